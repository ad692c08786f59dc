"""Cards that the gateway keeps: what may be shown of them, whose they are, and how they come and go."""
