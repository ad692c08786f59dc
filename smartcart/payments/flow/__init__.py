"""What is done with payments: the desk, the opening, the calls to the gateway, the reconciler."""
