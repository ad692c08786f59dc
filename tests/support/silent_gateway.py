"""The shop with a sandbox that answers no charge while a file is there. Run by tests, with `FILE serve --port 8000` and
the like.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from smartcart import commands
from smartcart.gateways.sandbox.gateway import Sandbox
from tests.support.running import RunningShop

# So often the file is looked for, in seconds.
GLANCE = 0.02


class PatientShop(RunningShop):
    """A shop that waits for its gateway for as long as a test wants to look around meanwhile."""

    @property
    def _silence(self) -> Path:
        return self.folder / "silence"

    def program(self) -> list[str]:
        return [__name__, str(self._silence)]

    @contextmanager
    def silence(self) -> Iterator[None]:
        """No charge that is begun in here is answered before the end of it."""
        self._silence.touch()
        try:
            yield
        finally:
            self._silence.unlink()


def main() -> None:
    silence, answer = Path(sys.argv.pop(1)), Sandbox._answer

    def answer_after_it(*asked: Any) -> Any:
        while silence.exists():
            time.sleep(GLANCE)
        return answer(*asked)

    Sandbox._answer = answer_after_it  # type: ignore[method-assign]
    commands.main()
