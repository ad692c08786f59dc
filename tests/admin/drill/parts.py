"""Verdicts as a drill tells them."""

from typing import Any

from smartcart.rules.drills import Promise


def verdict(*broken: Promise) -> list[dict[str, Any]]:
    """Of a lost reply; these promises were not kept."""
    checks = [
        {"promise": promise, "judged": 3, "cases": [f"session one: <b>{promise}</b>"] if promise in broken else []}
        for promise in Promise
    ]
    letters = ["receipt: taken"]
    paid = {"session": "one", "state": "completed", "attempts": 1, "page": "taken", "charges": 1, "letters": letters}
    played = {"name": "lost_reply", "happened": 3, "checks": checks, "payments": [paid], "passed": not broken}
    return [played, {"name": "afterwards", "happened": 0, "checks": [], "payments": [], "passed": True}]
