"""Time that moves only when somebody sleeps."""

from threading import Lock


class StillTime:
    """The `now` and `sleep` of a gateway under test, in seconds since 1970."""

    def __init__(self) -> None:
        self.moment = 1_800_000_000.0
        self._turn = Lock()

    def now(self) -> float:
        return self.moment

    def sleep(self, seconds: float) -> None:
        with self._turn:
            self.moment += seconds
