"""What is imported is declared, so that it is there whatever the other libraries bring along."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

from tests.packaging.conftest import ROOT

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
OWN = {"bench", "smartcart", "tests", "tools"}


def declared(requirements: Iterable[str]) -> set[str]:
    return {normal(re.split(r"[^\w.-]", requirement)[0]) for requirement in requirements}


def normal(name: str) -> str:
    """https://packaging.python.org/en/latest/specifications/name-normalization/"""
    return re.sub(r"[-_.]+", "-", name).lower()


def imported(*paths: Path) -> set[str]:
    """The distributions that files import from, by their normal names."""
    modules = {module for path in paths for module in _modules(ast.parse(path.read_text()))}
    providers = packages_distributions()
    return {normal(providers.get(module, [module])[0]) for module in modules - OWN - sys.stdlib_module_names}


def _modules(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and not node.level:
            names = [str(node.module)]
        yield from (name.partition(".")[0] for name in names)


def test_all_that_the_shop_imports_is_declared() -> None:
    assert imported(*(ROOT / "smartcart").rglob("*.py")) - declared(PROJECT["project"]["dependencies"]) == set()


def test_all_that_tests_tools_and_the_bench_import_is_declared() -> None:
    files = [file for folder in ("tests", "bench", "tools") for file in (ROOT / folder).rglob("*.py")]
    files = [file for file in files if "node_modules" not in file.parts]  # of Mermaid's and the yardsticks' packages
    groups = PROJECT["dependency-groups"]
    allowed = declared([*PROJECT["project"]["dependencies"], *groups["build"], *groups["dev"]])
    assert imported(*files, ROOT / "hatch_build.py") - allowed == set()


def test_all_that_is_declared_for_the_shop_is_imported_or_said_why_not() -> None:
    needed_without_import = {"tzdata"}  # pyproject.toml has its reason
    found = imported(*(ROOT / "smartcart").rglob("*.py"))
    assert declared(PROJECT["project"]["dependencies"]) - found == needed_without_import
