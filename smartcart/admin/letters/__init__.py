"""What the shop has written to people."""
