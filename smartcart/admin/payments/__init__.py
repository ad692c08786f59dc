"""What is being paid: the monitor, a session's page, and refunds."""
