"""Where merchants' systems are told of events, and what became of it."""
