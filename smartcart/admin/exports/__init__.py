"""Orders and payments as files, for bookkeeping."""
