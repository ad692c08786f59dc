"""`tools/find-python`: the first Python that fits, and a word where the system has a quicker one."""

import shutil
import subprocess
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / "tools" / "find-python"
# What stands for a Python: it is new enough, has what an environment takes, and says how many milliseconds work takes.
PYTHON = """#!/bin/sh
case "$2" in *process_time*) echo {milliseconds} ;; esac
"""


@pytest.fixture
def first(tmp_path: Path) -> Path:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "sh").symlink_to(str(shutil.which("sh")))
    return _python(tmp_path / "bin" / "python3", 40)


def _python(file: Path, milliseconds: int) -> Path:
    file.write_text(PYTHON.format(milliseconds=milliseconds))
    file.chmod(0o755)
    return file


def find(first: Path, system: Path, **more: str) -> tuple[str, str]:
    """What it prints, and what it says beside."""
    environment = {"PATH": str(first.parent), "SYSTEM_PYTHON": str(system), **more}
    done = subprocess.run([TOOL], env=environment, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.strip(), done.stderr


def test_the_first_is_taken_and_a_quicker_one_of_the_system_is_named(first: Path, tmp_path: Path) -> None:
    quicker = _python(tmp_path / "quicker", 32)
    found, said = find(first, quicker)
    assert found == str(first)
    assert said == (
        f"{quicker} is quicker than {first}: 32 ms for what takes that 40."
        f" To have it instead: make clean; PYTHON={quicker} make run\n"
    )


@pytest.mark.parametrize("milliseconds", [39, 40, 60])
def test_one_that_is_as_quick_or_slower_is_not(first: Path, tmp_path: Path, milliseconds: int) -> None:
    assert find(first, _python(tmp_path / "other", milliseconds)) == (str(first), "")


def test_nor_is_one_where_a_python_was_asked_for_or_the_system_has_none(first: Path, tmp_path: Path) -> None:
    assert find(first, _python(tmp_path / "quicker", 32), PYTHON="python3") == (str(first), "")
    assert find(first, tmp_path / "nowhere") == (str(first), "")
