"""The admin's rooms: who may come in, what is being paid, what is sold."""
