"""What it costs to send things, and where to."""
