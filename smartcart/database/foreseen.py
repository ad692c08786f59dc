"""What a request is going to ask of the database: it goes along with the next question, so that it waits once for all.

docs/decisions/0031-questions-that-go-along.md
"""

from collections.abc import Callable, Mapping
from typing import Any, Generic, Protocol, TypeVar

from flask import g

from smartcart.database.looks import Looks, Question, Row

Found = list[tuple[Any, ...]]
Answer = TypeVar("Answer")
# Where Flask keeps what belongs to one request.
PLACE = "foreseen"


class Asking(Protocol):
    """A statement that asks by itself, as `statements.Prepared` does."""

    def rows(self, **values: Any) -> Found: ...
    def put_to(self, looks: Looks, values: Mapping[str, Any]) -> tuple[Question, Callable[[Row], tuple[Any, ...]]]: ...


class Foreseen(Generic[Answer]):
    """A question that may be answered before its answer is wanted; where it is not, it is asked then.

    What somebody has written in this request meanwhile is in the answer: it is asked anew.
    """

    __slots__ = ("_make", "_siblings", "goes_along", "rows", "statement", "values")

    def __init__(self, statement: Asking, values: Mapping[str, Any], make: Callable[[Found], Answer]) -> None:
        self.statement, self.values, self._make = statement, values, make
        self._siblings: list[Foreseen[Any]] = g.setdefault(PLACE, [])
        self._siblings.append(self)
        self.goes_along = True
        self.rows: Found | None = None

    def answer(self) -> Answer:
        """What is made of its rows. Raises what the database raises."""
        self.goes_along = False
        if self.rows is None or not self._siblings:
            self.rows = self.statement.rows(**self.values)
        return self._make(self.rows)


def going_along() -> list[Foreseen[Any]]:
    """Those that the next question takes along; no other does, whatever becomes of it."""
    going = [foreseen for foreseen in g.get(PLACE, ()) if foreseen.goes_along]
    for foreseen in going:
        foreseen.goes_along = False
    return going


def forget() -> None:
    """What was answered before this is not to be believed any more."""
    g.pop(PLACE, []).clear()
