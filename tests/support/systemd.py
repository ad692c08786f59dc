"""What systemd does for a service with a socket: it listens, hands that over as file 3, and says so to the process.

https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html
"""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

# In the new process, whose id is to be named: python -c START FILE NUMBER COMMAND …
START = """
import os, sys
file, number, *command = sys.argv[1:]
os.dup2(int(file), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=number, LISTEN_FDNAMES="smartcart.socket")
os.execv(command[0], command)
"""


def started_with(file: int, command: Sequence[str | Path], number: int = 1) -> list[str]:
    """Returns the command that hands over that file, which is to be passed on to it, as one of so many."""
    return [sys.executable, "-c", START, str(file), str(number), *map(str, command)]


def run_with(
    file: int, command: Sequence[str | Path], environment: Mapping[str, str], number: int = 1
) -> subprocess.CompletedProcess[str]:
    """Run a command so to its end."""
    return subprocess.run(
        started_with(file, command, number),
        env={**os.environ, **environment},
        pass_fds=[file],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
