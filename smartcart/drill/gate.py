"""A gate at the drilled shop's door for all that is posted: it can be shut while the shop is put to a test alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition


class Gate:
    """Any number pass at once. Who shuts it waits until they are through, and nobody else passes before it opens."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._within = 0
        self._is_shut = False

    @contextmanager
    def passing(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: not self._is_shut)
            self._within += 1
        try:
            yield
        finally:
            with self._changed:
                self._within -= 1
                self._changed.notify_all()

    @contextmanager
    def shut(self) -> Iterator[None]:
        """To be used by one at a time."""
        with self._changed:
            self._is_shut = True
            self._changed.wait_for(lambda: self._within == 0)
        try:
            yield
        finally:
            with self._changed:
                self._is_shut = False
                self._changed.notify_all()
