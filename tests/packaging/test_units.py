"""The systemd units of packaging/: they are understood, shut in, and alike where they are to be alike."""

import shutil
import subprocess
from pathlib import Path

import pytest

UNITS = Path(__file__).parents[2] / "packaging" / "systemd"
SERVICES = sorted(path.name for path in UNITS.glob("*.service"))
# "OK": below 3.0, in tenths as --threshold wants it.
# https://www.freedesktop.org/software/systemd/man/latest/systemd-analyze.html#systemd-analyze%20security%20UNIT...
MOST_EXPOSED = 29
ANALYZE = shutil.which("systemd-analyze")
SUFFIXES = (".service", ".socket", ".timer")
NONE = "NO SYSTEMD on this machine: its units were not read by it. On Debian: apt-get install systemd"
BEGINS = "# What it does not need it cannot have"


@pytest.mark.skipif(ANALYZE is None, reason=NONE)
@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_shut_in(name: str) -> None:
    command = [str(ANALYZE), "security", "--offline=true", f"--threshold={MOST_EXPOSED}", str(UNITS / name)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(ANALYZE is None, reason=NONE)
def test_systemd_understands_every_line(tmp_path: Path) -> None:
    for unit in filter(lambda path: path.suffix in SUFFIXES, UNITS.iterdir()):  # with a program that is there
        text = unit.read_text().replace("/opt/smartcart/bin/smartcart", "/bin/true")
        (tmp_path / unit.name).write_text(text)
    units = sorted(str(path) for path in tmp_path.iterdir())
    done = subprocess.run([str(ANALYZE), "verify", *units], capture_output=True, text=True, check=False)
    own = [line for line in done.stderr.splitlines() if "smartcart" in line]
    assert not own, done.stderr


def test_all_services_are_shut_in_alike() -> None:
    walls = {(UNITS / name).read_text().partition(BEGINS)[2].partition("\n\n[Install]")[0].strip() for name in SERVICES}
    assert len(walls) == 1
    assert "MemoryDenyWriteExecute=yes" in walls.pop()
