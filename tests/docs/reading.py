"""The documents of the repository, and what is in them."""

import re
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(path for pattern in ("*.md", "docs/**/*.md", "bench/*.md") for path in ROOT.glob(pattern))
NAMES = [str(path.relative_to(ROOT)) for path in DOCUMENTS]


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def section(name: str, heading: str) -> str:
    """What stands under a heading of the second rank. Raises IndexError where there is none."""
    return text_of(name).split(f"\n## {heading}\n")[1].split("\n## ")[0]


def code_in(text: str) -> list[str]:
    """What is set as code: in a line, and each line of a block."""
    blocks = re.findall(r"^```[^\n]*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return spans_in(text) + [line.strip() for block in blocks for line in block.splitlines()]


def spans_in(text: str) -> list[str]:
    """What is set as code in a line."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))


def rows(text: str) -> list[list[str]]:
    """The cells of all rows of its tables, but for their heads."""
    found = []
    for is_table, lines in groupby(text.splitlines(), lambda line: line.startswith("|")):
        found += [[cell.strip() for cell in line.strip("|").split("|")] for line in lines][2:] if is_table else []
    return found


def word(cell: str) -> str:
    return cell.strip("`")
