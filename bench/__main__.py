"""`python -m bench [PART …]`: measures all parts, or those named, and prints a table of each.

All parts together are also written down, as docs/bench.md and docs/bench.svg.
"""

import argparse
import sys

from bench import (
    admin,
    api,
    attack,
    books,
    checkout,
    crowd,
    feed,
    fraud,
    outage,
    page_bytes,
    pages,
    payment,
    poll,
    press,
    report,
    rush,
    start,
    stranger,
    sweep,
    tables,
    weather,
    webhooks,
)
from bench.figures import Figure
from bench.load import CannotMeasure
from bench.rig import Rig

PARTS = {
    "poll": poll.figures,
    "payment": payment.figures,
    "sweep": sweep.figures,
    "tables": tables.figures,
    "admin": admin.figures,
    "crowd": crowd.figures,
    "stranger": stranger.figures,
    "rush": rush.figures,
    "pages": pages.figures,
    "checkout": checkout.figures,
    "api": api.figures,
    "outage": outage.figures,
    "weather": weather.figures,
    "fraud": fraud.figures,
    "attack": attack.figures,
    "bytes": page_bytes.figures,
    "press": press.figures,
    "books": books.figures,
    "feed": feed.figures,
    "webhooks": webhooks.figures,
    "start": start.figures,
}
# Medians of fewer say little on a machine that does other things as well.
ROUNDS = 7
# An outage is known after half a minute; what follows is the same each minute.
MINUTES = 2.0


def main() -> None:
    """Ends with 1 when a figure misses its target."""
    asked = _asked()
    found: list[Figure] = []
    try:
        with Rig(asked.rounds, asked.minutes) as rig:
            for part in asked.parts or PARTS:
                print(f"Measuring: {part} …", file=sys.stderr)
                measured = list(PARTS[part](rig))
                print(report.table(measured), flush=True)
                found += measured
    except CannotMeasure as problem:
        sys.exit(str(problem))
    if not asked.parts:
        report.write(found, asked.rounds)
    sys.exit(not all(figure.is_met for figure in found))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="How fast the shop is, against its yardsticks."
    )
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"how often all is measured ({ROUNDS})")
    parser.add_argument("--minutes", type=float, default=MINUTES, help=f"how long an outage lasts ({MINUTES:g})")
    return parser.parse_args()


if __name__ == "__main__":
    main()
