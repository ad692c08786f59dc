"""How much processor time a process has taken, with those that it has started: a busy machine does not add to it.

/proc as in proc_pid_stat(5) and proc_pid_task(5).
"""

import os
from pathlib import Path

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
# utime and stime, counted from behind the name, which may hold anything but ends with the last bracket.
UTIME, STIME = 11, 12


def seconds_of(pid: int) -> float:
    """User's and system's time so far, in seconds, of the process and of all that it has running."""
    process = Path("/proc", str(pid))
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    own = (int(fields[UTIME]) + int(fields[STIME])) / TICKS_A_SECOND
    children = (process / "task" / str(pid) / "children").read_text().split()
    return own + sum(seconds_of(int(child)) for child in children)
