"""What a process that serves does before it begins."""

import subprocess
import sys

from smartcart.config import Settings

# In a process of its own: what is kept for good here would be kept to the end of the tests.
LOADED = """
import gc, socket, sys
from smartcart import serving
from smartcart.config import Settings

loader = serving._Loader(Settings.model_validate_json(sys.argv[1]), socket.create_server(("127.0.0.1", 0)), False)
before = len(gc.get_objects())
loader()
print(len(gc.get_objects()) / before)
"""


def test_what_was_loaded_is_no_more_searched_for_garbage(settings: Settings) -> None:
    command = [sys.executable, "-c", LOADED, settings.model_dump_json()]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert float(done.stdout) < 0.1
