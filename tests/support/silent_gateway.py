"""The shop with a sandbox that answers no charge, or no question, while a file is there. Run by tests, with
`FOLDER serve --port 8000` and the like.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

from smartcart import commands
from smartcart.gateways.sandbox.gateway import Sandbox
from tests.support.running import RunningShop

# So often the file is looked for, in seconds.
GLANCE = 0.02
# What a gateway may be silent about; the names of the files.
CHARGES, QUESTIONS = "no charge is answered", "no question is answered"


class PatientShop(RunningShop):
    """A shop whose gateway is silent for as long as a test wants to look around meanwhile."""

    def program(self) -> list[str]:
        return [__name__, str(self.folder)]

    @contextmanager
    def silence(self, *about: str) -> Iterator[None]:
        """What is asked in here is answered at the end of it: charges, questions what became of one, or else both.

        A page that is left while a payment is under way has the gateway asked about it.
        """
        files = [self.folder / name for name in about or (CHARGES, QUESTIONS)]
        for file in files:
            file.touch()
        try:
            yield
        finally:
            for file in files:
                file.unlink()


def main() -> None:
    folder = Path(sys.argv.pop(1))
    for about, method in ((CHARGES, "_answer"), (QUESTIONS, "ask")):
        setattr(Sandbox, method, _after_silence(folder / about, getattr(Sandbox, method)))
    commands.main()


def _after_silence(file: Path, answer: Any) -> Any:
    @wraps(answer)
    def answers_after_it(*asked: Any, **named: Any) -> Any:
        while file.exists():
            time.sleep(GLANCE)
        return answer(*asked, **named)

    return answers_after_it
