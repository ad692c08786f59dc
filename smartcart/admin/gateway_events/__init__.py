"""What the gateway has told by itself."""
