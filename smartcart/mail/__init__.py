"""Letters: what is written to people, made anew for each try, and handed to a mail server or kept."""
