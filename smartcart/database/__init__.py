"""The database: one session per request or job, typed columns, whose turn it is to write, and its own faults."""
