"""Serving the shop: the listening socket, granian in front, the timetable of jobs, and the end of a process."""
