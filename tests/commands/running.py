"""Running a command of `smartcart` within the test."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.support.ports import free_port


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


Command = Callable[..., Done]

# At the usual port somebody may be serving: a shop of the developer's, or a test beside this one.
PORT = free_port()
SERVE = ("serve", "--port", str(PORT))
