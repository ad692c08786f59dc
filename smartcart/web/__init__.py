"""What answers a browser or a program: security, limits, problems, cookies, and who shops."""
