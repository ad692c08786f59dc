"""What a process that serves does before it begins."""

import os
import subprocess
import sys
from pathlib import Path

from smartcart.config import Settings
from tests.support.databases import ON_SQLITE, Databases
from tests.support.running import RunningShop

# In a process of its own: what is kept for good here would be kept to the end of the tests.
LOADED = """
import gc, os, sys
from smartcart.config import Settings
from smartcart.server import serve as serving
from smartcart.server.listener import listening_at

loader = serving._Loader(Settings.model_validate_json(sys.argv[1]), listening_at("127.0.0.1", 0), False)
before = len(gc.get_objects())
loader()
print(len(gc.get_objects()) / before, os.sched_getscheduler(0))
"""


def loaded(settings: Settings) -> tuple[float, int]:
    """How much of what was there before is still searched for garbage, and by which rule threads get their turns."""
    command = [sys.executable, "-c", LOADED, settings.model_dump_json()]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    searched, rule = done.stdout.split()
    return float(searched), int(rule)


def test_what_was_loaded_is_no_more_searched_for_garbage_and_no_thread_interrupts_another(settings: Settings) -> None:
    searched, rule = loaded(settings)
    assert searched < 0.1
    assert rule == os.SCHED_BATCH


@ON_SQLITE
def test_no_open_connection_goes_through_the_fork_and_one_file_is_left(
    databases: Databases, prepared_database: str, tmp_path: Path
) -> None:
    shop = RunningShop(tmp_path, databases.create(prepared_database))
    file = Path(shop.database.removeprefix("sqlite:///"))
    shop.start()
    opened = [str(opened.readlink()) for opened in Path(f"/proc/{shop.process.pid}/fd").iterdir()]
    shop.put_on_sale("teapot")
    shop.visitor().order()
    shop.stop()
    assert [name for name in opened if name.startswith(str(file))] == []
    assert [other.name for other in file.parent.glob(f"{file.name}*")] == [file.name]
