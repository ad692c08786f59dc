"""The package as `make dist` builds it, and as it is installed where there is nothing else."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.packaging.installed import Installed

ROOT = Path(__file__).parents[2]
# What the lock names, as tools/fetch-wheels has it from the index.
WHEELS = ROOT / ".venv" / "wheels"
# In seconds; idle cores take 2 to build and 5 to install.
BUILD_LIMIT = 120.0
INSTALL_LIMIT = 300.0


@dataclass(frozen=True)
class Distributions:
    wheel: Path
    sdist: Path


def build(source: Path, into: Path, *kinds: str) -> "subprocess.CompletedProcess[str]":
    """Both distributions unless kinds are named: `-t wheel`."""
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(into), *kinds]
    return subprocess.run(command, cwd=source, capture_output=True, text=True, timeout=BUILD_LIMIT, check=False)


@pytest.fixture(scope="session")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Distributions:
    into = tmp_path_factory.mktemp("dist")
    done = build(ROOT, into)
    assert done.returncode == 0, done.stderr
    [wheel], [sdist] = into.glob("*.whl"), into.glob("*.tar.gz")
    return Distributions(wheel, sdist)


@pytest.fixture(scope="session")
def environment(distributions: Distributions, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel, and with what the wheel itself asks for."""
    assert WHEELS.is_dir(), "what the wheel asks for is not there: make .venv/wheels-fetched"
    made = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", made], timeout=INSTALL_LIMIT, check=True)
    pip = [sys.executable, "-m", "pip", "--python", made / "bin" / "python", "install"]
    quick = ["--quiet", "--no-compile", "--disable-pip-version-check"]
    from_files = ["--no-index", "--find-links", WHEELS, distributions.wheel]
    done = subprocess.run(
        [*pip, *quick, *from_files], capture_output=True, text=True, timeout=INSTALL_LIMIT, check=False
    )
    assert done.returncode == 0, done.stderr
    return made


@pytest.fixture
def installed(environment: Path, tmp_path: Path) -> Iterator[Installed]:
    """The shop of somebody who has just installed it: in an empty folder, with an empty home."""
    shop = Installed(environment / "bin" / "smartcart", tmp_path)
    yield shop
    shop.stop()
