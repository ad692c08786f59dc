"""What werkzeug compiles of an address rule, kept for the next app: each test's shop has the same hundred."""

from functools import wraps
from typing import Any

from werkzeug.routing import Rule

_compile = Rule.compile
_compiled: dict[tuple[Any, ...], Rule] = {}


def compile_once() -> None:
    """From here on a rule is compiled once in this process: the next of the same address takes over what came out.

    That is made of nothing but the address, and functions in it are handed the rule when they are called. An app takes
    two thirds of the time.
    """
    Rule.compile = _compiled_once  # type: ignore[method-assign]


@wraps(_compile)
def _compiled_once(rule: Rule) -> None:
    address = (rule.rule, rule.subdomain, rule.host, rule.merge_slashes)
    if rule.defaults:
        _compile(rule)
    elif known := _compiled.get(address):
        _take_over(known, rule)
    else:
        _compile(rule)
        _compiled[address] = rule


def _take_over(known: Rule, rule: Rule) -> None:
    rule._parts, rule._trace, rule._converters = known._parts, known._trace, known._converters
    rule.arguments = set(known.arguments)
    rule._build = known._build.__func__.__get__(rule, None)  # type: ignore[attr-defined]
    rule._build_unknown = known._build_unknown.__func__.__get__(rule, None)  # type: ignore[attr-defined]
