"""What a process that serves does before it begins."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.databases import ON_SQLITE, Databases
from tests.support.running import RunningShop

# In a process of its own: what is kept for good here would be kept to the end of the tests.
LOADED = """
import gc, os, sys
from smartcart.server import serve as serving

before = len(gc.get_objects())
serving.freeze_loaded_objects()
print(len(gc.get_objects()) / before)
serving.wake_without_haste()
print(os.sched_getscheduler(0))
print(sys.getswitchinterval())
"""


def test_what_was_loaded_is_no_more_searched_for_garbage_and_no_thread_interrupts_another_or_keeps_it_long() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True, timeout=60)
    searched, rule, turn = done.stdout.split()
    assert float(searched) < 0.1
    assert int(rule) == os.SCHED_BATCH
    assert float(turn) < 0.001


@ON_SQLITE
def test_one_file_is_left(databases: Databases, prepared_database: str, tmp_path: Path) -> None:
    shop = RunningShop(tmp_path, databases.create(prepared_database))
    file = Path(shop.database.removeprefix("sqlite:///"))
    shop.start()
    shop.put_on_sale("teapot")
    visitor = shop.visitor()
    session = visitor.order()
    visitor.pay(session)
    visitor.wait_until(session, "completed")
    shop.stop()
    assert [other.name for other in file.parent.glob(f"{file.name}*")] == [file.name]
