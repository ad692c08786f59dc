"""What the gateway tells by itself: stored, then processed."""
