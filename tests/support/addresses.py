"""What werkzeug compiles of an address rule, kept for the next app: each test's shop has the same hundred."""

from functools import cache, wraps
from typing import Any

from werkzeug.routing import Rule

_compile = Rule._compile_builder


def compile_once() -> None:
    """From here on the function that writes a rule's addresses is compiled once in this process.

    It is made of nothing but the parts of a rule, and is handed the rule when it is called. An app took 24 ms to be
    made, of which this took 18.
    """
    Rule._compile_builder = _compiled_once  # type: ignore[method-assign, assignment]


@wraps(_compile)
def _compiled_once(rule: Rule, append_unknown: bool = True) -> Any:
    if rule.defaults:
        return _compile(rule, append_unknown)
    return _of(_Parts(rule), append_unknown)


class _Parts:
    """A rule that is alike with all of the same parts."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._alike = tuple(rule._trace)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Parts) and self._alike == other._alike

    def __hash__(self) -> int:
        return hash(self._alike)


@cache
def _of(parts: _Parts, append_unknown: bool) -> Any:
    return _compile(parts.rule, append_unknown)
