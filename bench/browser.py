"""The browser with which pages are opened: that of the tests."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

FIND = Path(__file__).parents[1] / "tools" / "find-chromium"


@contextmanager
def chromium() -> Iterator[Browser]:
    found = (
        os.environ.get("SMARTCART_TEST_CHROMIUM")
        or subprocess.run([FIND], capture_output=True, text=True, check=True, cwd=FIND.parents[1]).stdout.strip()
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found)
        yield browser
        browser.close()
