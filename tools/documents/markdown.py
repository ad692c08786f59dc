"""Tables as Markdown has them."""

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Returns a table; a bar in a cell is escaped, and a line break is a blank."""
    return "\n".join([_row(head), "|---" * len(head) + "|", *map(_row, rows)])


def code(words: str) -> str:
    """Returns the words set as code; nothing where there are none."""
    return f"`{words}`" if words else ""


def _row(cells: Sequence[str]) -> str:
    escaped = (" ".join(cell.replace("|", "\\|").split()) for cell in cells)
    return f"|{'|'.join(f' {cell} ' if cell else ' ' for cell in escaped)}|"
