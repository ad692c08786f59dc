"""How much processor time a process has taken, with those that it has started: a busy machine does not add to it.

/proc as in proc_pid_stat(5) and proc_pid_task(5).
"""

import os
from pathlib import Path
from typing import NamedTuple

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
# utime and stime, counted from behind the name, which may hold anything but ends with the last bracket.
UTIME, STIME = 11, 12

PAGE_SIZE = os.sysconf("SC_PAGE_SIZE")


def seconds_of(pid: int) -> float:
    """User's and system's time so far, in seconds, of the process and of all that it has running."""
    process = Path("/proc", str(pid))
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    own = (int(fields[UTIME]) + int(fields[STIME])) / TICKS_A_SECOND
    children = (process / "task" / str(pid) / "children").read_text().split()
    return own + sum(seconds_of(int(child)) for child in children)


def memory_of(pid: int) -> int:
    """What the process takes with all that it has running, in bytes: what they share is counted once.

    As Pss in proc_pid_smaps(5), where what several processes have is divided among them.
    """
    process = Path("/proc", str(pid))
    sizes = dict(line.split(":", 1) for line in (process / "smaps_rollup").read_text().splitlines()[1:])
    children = (process / "task" / str(pid) / "children").read_text().split()
    return int(sizes["Pss"].split()[0]) * 1024 + sum(memory_of(int(child)) for child in children)


class Resources(NamedTuple):
    """Of a process and all that it has running: `memory` in bytes, processor time in seconds."""

    threads: int
    memory: int
    seconds: float


def resources_of(pid: int) -> Resources:
    tasks = Path("/proc", str(pid), "task")
    children = (tasks / str(pid) / "children").read_text().split()
    below = [resources_of(int(child)) for child in children]
    pages = int(Path("/proc", str(pid), "statm").read_text().split()[1])
    return Resources(
        len(list(tasks.iterdir())) + sum(each.threads for each in below),
        pages * PAGE_SIZE + sum(each.memory for each in below),
        seconds_of(pid),
    )
