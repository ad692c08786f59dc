"""Figures as people read them: a table."""

import os
import platform
from collections.abc import Sequence
from pathlib import Path

from bench.chart import chart
from bench.figures import Figure

DOCS = Path(__file__).resolve().parents[1] / "docs"
HEADER = ("figure", "database", "ratio", "target", "measured", "against", "")
TEXT = """# Measured

Written by `make bench`; how it measures is in [bench/README.md](../bench/README.md). Medians of {rounds} interleaved
rounds on {cores} cores, Linux {linux}, Python {python}. Only the ratios say something about other machines: where the
target is a time ("of 50 ms", "within 2 s"), a slow one misses what a quick one meets. How quick this one was is told by
what a page of bare Flask takes, under "against".

![Each figure as a multiple of its target](bench.svg)

{table}
"""


def table(figures: Sequence[Figure]) -> str:
    """A Markdown table, its columns aligned."""
    rows = [HEADER, *map(_row, figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADER))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])


def write(figures: Sequence[Figure], rounds: int) -> None:
    """docs/bench.md and its chart."""
    text = TEXT.format(
        rounds=rounds,
        cores=os.cpu_count(),
        linux=platform.release().partition("-")[0],
        python=platform.python_version(),
        table=table(figures),
    )
    (DOCS / "bench.md").write_text(text, encoding="utf-8")
    (DOCS / "bench.svg").write_text(chart([figure for figure in figures if figure.target]), encoding="utf-8")


def _row(figure: Figure) -> tuple[str, ...]:
    met = "met" if figure.is_met else "**missed**"
    verdict = met if figure.target else ""
    return (
        figure.name,
        figure.database,
        figure.ratio_text,
        figure.target,
        figure.measured,
        figure.yardstick,
        verdict,
    )
