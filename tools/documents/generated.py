"""Which documents are made whole, and which have tables that are: those stand between two comments with their name."""

from collections.abc import Callable, Mapping
from pathlib import Path

from tools.documents import api_collection, api_reference, interruptions, reference, settings, support

ROOT = Path(__file__).resolve().parents[2]

# By the path of a document, what makes it.
WHOLE: Mapping[str, Callable[[], str]] = {
    "docs/api.md": api_reference.page,
    "docs/smartcart.postman_collection.json": api_collection.collection,
}

# By the path of a document and the name of a part, what makes that part.
MARKED: Mapping[tuple[str, str], Callable[[], str]] = {
    ("docs/reference.md", "settings"): settings.table,
    ("docs/reference.md", "states"): reference.states,
    ("docs/reference.md", "interruptions"): reference.interruptions,
    ("docs/reference.md", "commands"): reference.commands,
    ("docs/reference.md", "metrics"): reference.metrics,
    ("docs/reference.md", "events"): reference.events,
    ("docs/reference.md", "letters"): reference.letters,
    ("docs/reference.md", "owner-letters"): reference.owner_letters,
    ("docs/interruptions.md", "told"): interruptions.told,
    ("docs/interruptions.md", "causes"): interruptions.causes,
    ("docs/interruptions.md", "sandbox"): interruptions.sandbox,
    ("docs/support.md", "truths"): support.truths,
    ("docs/support.md", "calls"): support.calls,
}


def written_documents() -> dict[Path, str]:
    """Returns each document as it should be, by its path."""
    whole = {ROOT / path: make() for path, make in WHOLE.items()}
    return whole | {ROOT / path: _with_parts(path) for path, _ in MARKED}


def _with_parts(path: str) -> str:
    text = (ROOT / path).read_text(encoding="utf-8")
    for (document, name), make in MARKED.items():
        if document == path:
            text = _with_part(text, name, make())
    return text


def _with_part(text: str, name: str, part: str) -> str:
    """Raises ValueError where the document has no place for it."""
    begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->"
    before, begun, rest = text.partition(begin)
    _, ended, after = rest.partition(end)
    if not (begun and ended):
        raise ValueError(f"there is no place for {name}: {begin}{end}")
    return f"{before}{begin}\n{part}\n\n{end}{after}"
