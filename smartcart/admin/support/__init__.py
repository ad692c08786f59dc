"""What to say to who calls about a payment."""
