"""What is true of payments: sessions, attempts and events, and the record, their only writer."""
