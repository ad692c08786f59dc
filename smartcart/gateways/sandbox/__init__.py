"""A gateway that moves no money and misbehaves on demand, with its own books and cards."""
