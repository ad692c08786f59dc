"""What the poll is measured against; both are started on the servers' core."""

import json
import shutil
import sys
from pathlib import Path

from bench import sessions
from bench.rig import Rig
from tests.support.ports import free_port

EXPRESS = Path(__file__).parent / "express"


def express(rig: Rig, count: int) -> str:
    """The address of Express, with so many of the shop's sessions in its memory."""
    # Where the machine has no Node.js, the one that `make` has put beside Python.
    node = shutil.which("node", path=str(Path(sys.executable).parent)) or "node"
    held = rig.folder / "sessions.json"
    held.write_text(json.dumps({sessions.identifier(number): sessions.as_json(number) for number in range(count)}))
    port = free_port()
    return rig.serve([node, EXPRESS / "server.js", port, held], port, NODE_ENV="production")


def bare_flask(rig: Rig, *sizes: int) -> str:
    """The address of Flask with a constant page of 500 bytes, and one of each of these sizes by its number."""
    port = free_port()
    return rig.serve([sys.executable, "-m", "bench.bare", port, *sizes], port)
