"""The browser that draws the diagrams, and opens the site."""

import os
import subprocess
from typing import Any

import pytest

from tests.docs.reading import ROOT


@pytest.fixture(scope="session")
def base_url() -> None:
    """None: every address here is whole. Stands in for pytest-playwright's own, which pytest 9 warns of."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    chromium = os.environ.get("SMARTCART_TEST_CHROMIUM") or _find_chromium()
    return {**browser_type_launch_args, "executable_path": chromium}


def _find_chromium() -> str:
    return subprocess.check_output([ROOT / "tools/find-chromium"], text=True, cwd=ROOT).strip()
