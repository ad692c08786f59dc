"""Figures as a chart: a bar each, as long as the figure is better than its target."""

from collections.abc import Sequence
from html import escape

from bench.figures import Figure

WIDTH, ROW, BAR, TOP = 1000, 30, 14, 56
# The bars begin here, and a figure that just meets its target ends at `UNIT` from it; longer than `LONGEST` times that
# is cut off, for the number is beside it.
LEFT, UNIT, LONGEST = 500, 130, 2.8
STYLE = """
    text { font: 13px system-ui, sans-serif; fill: #1f2328; }
    .soft { fill: #59636e; }
    .met { fill: #1a7f5a; }
    .missed { fill: #c4432b; }
    .target { stroke: #59636e; stroke-dasharray: 4 3; }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc; }
      .soft { fill: #9198a1; }
      .met { fill: #3fb68b; }
      .missed { fill: #f0705a; }
      .target { stroke: #9198a1; }
    }
"""


def chart(figures: Sequence[Figure]) -> str:
    """An SVG of figures that have a target, for light and dark pages."""
    height = TOP + ROW * len(figures) + 12
    line = LEFT + UNIT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}">',
        "<title>Each figure as a multiple of its target</title>",
        f"<style>{STYLE}</style>",
        f'<text x="{line}" y="22" text-anchor="middle" class="soft">target</text>',
        f'<text x="{line + 12}" y="42" class="soft">met →</text>',
        f'<text x="{line - 12}" y="42" text-anchor="end" class="soft">← missed</text>',
        *(_bar(figure, TOP + ROW * number) for number, figure in enumerate(figures)),
        f'<line x1="{line}" y1="30" x2="{line}" y2="{height - 8}" class="target"/>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _bar(figure: Figure, top: int) -> str:
    length = round(min(_times_target(figure), LONGEST) * UNIT)
    label = escape(" · ".join(filter(None, [figure.name, figure.database])))
    kind = "met" if figure.is_met else "missed"
    middle = top + BAR / 2 + 4.5
    return (
        f'<text x="{LEFT - 12}" y="{middle}" text-anchor="end">{label}</text>'
        f'<rect x="{LEFT}" y="{top}" width="{length}" height="{BAR}" rx="3" class="{kind}"/>'
        f'<text x="{LEFT + max(length, UNIT) + 8}" y="{middle}">{figure.ratio_text}'
        f' <tspan class="soft">{escape(figure.target)}</tspan></text>'
    )


def _times_target(figure: Figure) -> float:
    """How many times as good as it must be."""
    if figure.at_least is not None:
        return figure.ratio / figure.at_least
    return (figure.at_most or 0) / figure.ratio if figure.ratio > 0 else LONGEST
