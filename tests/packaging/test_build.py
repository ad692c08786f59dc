"""What is built, from a checkout or from the source distribution, is the same; or it is not built at all."""

import tarfile
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.packaging.conftest import Distributions, build


@pytest.fixture
def source(distributions: Distributions, tmp_path: Path) -> Path:
    """The source distribution, unpacked."""
    with tarfile.open(distributions.sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    [unpacked] = tmp_path.iterdir()
    return unpacked


def contents(wheel: Path) -> dict[str, bytes]:
    with ZipFile(wheel) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def test_the_source_distribution_builds_the_same_wheel_without_git_and_npm(
    distributions: Distributions, source: Path, tmp_path: Path
) -> None:
    done = build(source, tmp_path / "again", "-t", "wheel")
    assert done.returncode == 0, done.stderr
    assert contents(tmp_path / "again" / distributions.wheel.name) == contents(distributions.wheel)


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_without_the_browser_library_nothing_is_built_and_one_line_says_why(
    source: Path, tmp_path: Path, kind: str
) -> None:
    (source / "static" / "vendor" / "htmx.min.js").unlink()
    done = build(source, tmp_path / "again", "-t", kind)
    assert done.returncode != 0
    assert done.stderr == "static/vendor/htmx.min.js is missing, which browsers load from the shop. Run: make setup\n"
    assert not list((tmp_path / "again").glob("smartcart*"))
