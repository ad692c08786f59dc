"""What the documents name is there: files, modules, functions, targets of make, commands and settings.

What a reader is to make is called acme in them, and is looked for nowhere.
"""

import re
from functools import cache
from pathlib import Path

import pytest

from smartcart import commands
from smartcart.config import PREFIX, Settings
from smartcart.rules.merchant_events import MerchantEventType
from tests.docs.reading import NAMES, ROOT, code_in, spans_in, text_of

INVENTED = "acme"
# Of libraries, made by `make`, or made while the shop runs.
ELSEWHERE = ("granian/", "instance/", ".venv/", "static/vendor", "node_modules/", "dist/", "test-results/")
# What a path may be written from: a document says "page/fast/" while it speaks of payments.
BASES = ("", "smartcart", "smartcart/payments", "smartcart/gateways", "templates", "bench")
ENDINGS = "py|md|html|css|js|toml|lock|json|yaml|svg|png|sh|mako|ini"
PATH = re.compile(rf"(?<![\w/.:<-])((?:\.?[a-z_][\w.-]*/)+[\w.*-]*|[\w-]+\.(?:{ENDINGS}))(?![\w/<])")
TREES = ("smartcart", "tests", "templates", "static", "docs", "tools", "bench", "packaging")


def paths_in(name: str) -> set[str]:
    """What is written as a path of this repository."""
    codes = [code for code in code_in(text_of(name)) if not re.search(r"://|application/", code)]
    found = {path.rstrip(".") for code in codes for path in PATH.findall(code)}
    return {path for path in found if INVENTED not in path and not path.startswith(ELSEWHERE)}


def is_there(path: str) -> bool:
    """As written from the root or a room; a file's name alone, anywhere."""
    if "/" not in path:
        return path in file_names()
    return any(any(ROOT.glob(f"{base}/{path}".strip("/"))) for base in BASES)


def anchors(path: Path, name: str) -> set[str]:
    """By which headings of a document, or of `name` itself, are led to, as a forge makes them."""
    text = (ROOT / name if path.is_dir() else path).read_text(encoding="utf-8")
    without_code = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.+)$", without_code, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@cache
def file_names() -> set[str]:
    return {
        path.name
        for tree in (*TREES, ".")
        for path in (ROOT / tree).glob("**/*" if tree != "." else "*")
        if path.is_file()
    }


@cache
def modules() -> dict[str, list[Path]]:
    """The shop's modules by the last part of their names."""
    found: dict[str, list[Path]] = {}
    for path in (ROOT / "smartcart").rglob("*.py"):
        found.setdefault(path.stem, []).append(path)
    return found


def test_there_are_documents() -> None:
    assert {"README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "docs/architecture.md"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_file_that_is_named_is_there(name: str) -> None:
    assert sorted(path for path in paths_in(name) if not is_there(path)) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_to_a_file(name: str) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text_of(name))
    local = [link for link in links if "://" not in link and not link.startswith("mailto:")]
    assert [link for link in local if not (ROOT / name).parent.joinpath(link).exists()] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_link_into_a_document_leads_to_a_heading(name: str) -> None:
    links = re.findall(r"\]\(([^)#\s]*)#([^)\s]+)\)", text_of(name))
    local = [(link, anchor) for link, anchor in links if "://" not in link]
    lost = [f"{link}#{anchor}" for link, anchor in local if anchor not in anchors((ROOT / name).parent / link, name)]
    assert lost == []


@pytest.mark.parametrize("name", NAMES)
def test_every_function_that_is_named_is_in_its_module(name: str) -> None:
    """Written as `module.name`, or with all of its package in front."""
    named = {found for code in code_in(text_of(name)) for found in re.findall(r"^(?:\w+\.)*(\w+)\.(\w+)\b(?!\.)", code)}
    lost = [
        f"{module}.{member}"
        for module, member in sorted(named)
        if module in modules()
        and member not in ("py", "com")
        and f"{module}.{member}" not in set(MerchantEventType)
        and not any(
            re.search(rf"^(?:def|class) {member}\b|^{member}\b", path.read_text(), re.M) for path in modules()[module]
        )
    ]
    assert lost == []


def settings() -> set[str]:
    return {PREFIX + setting.upper() + ending for setting in Settings.model_fields for ending in ("", "_FILE")}


@cache
def words_of_the_code() -> set[str]:
    sources = [path for tree in ("smartcart", "tests", "templates", "tools") for path in (ROOT / tree).rglob("*")]
    known = [
        path.read_text(encoding="utf-8") for path in sources if path.suffix in (".py", ".html", "") and path.is_file()
    ]
    return {
        found for text in [*known, text_of("Makefile"), text_of("pyproject.toml")] for found in re.findall(r"\w+", text)
    }


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "docs/architecture.md", "docs/glossary.md"])
def test_every_name_is_one_that_the_code_knows(name: str) -> None:
    named = {code.rstrip("()") for code in spans_in(text_of(name)) if re.fullmatch(r"[A-Za-z_]\w+(\(\))?", code)}
    assert {found for found in named if INVENTED not in found.lower()} - words_of_the_code() - settings() == set()


@pytest.mark.parametrize("name", NAMES)
def test_every_target_of_make_that_is_named_is_one(name: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.MULTILINE))
    named = {found for code in code_in(text_of(name)) for found in re.findall(r"(?:^|\W)make ([a-z-]+)", code)}
    assert named - targets == set()


@pytest.mark.parametrize("name", NAMES)
def test_every_command_that_is_named_is_one(name: str) -> None:
    named = {
        found
        for code in code_in(text_of(name))
        for found in re.findall(r"(?:^|bin/|\s)smartcart ([a-z][a-z-]*)", code.partition("#")[0])
    }
    assert named - set(commands.COMMANDS) == set()


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_that_is_named_is_one(name: str) -> None:
    named = {found for code in code_in(text_of(name)) for found in re.findall(rf"\b{PREFIX}[A-Z_]+[A-Z]", code)}
    assert {found for found in named if not found.startswith(f"{PREFIX}TEST_")} - settings() == set()


@pytest.mark.parametrize("name", [name for name in NAMES if re.match(r"docs/decisions/\d", name)])
def test_a_decision_says_what_the_matter_was_what_was_chosen_and_what_it_costs(name: str) -> None:
    text = text_of(name)
    assert re.match(rf"# {int(Path(name).name[:4])}\. \w", text)
    for part in ("context", "choice", "costs"):
        assert re.search(rf"\b{part}\b", text, re.IGNORECASE), part
