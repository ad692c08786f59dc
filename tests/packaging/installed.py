"""A shop that was installed from its wheel, and knows nothing of this checkout."""

import subprocess
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from tests.support.ports import free_port
from tests.support.running import START_LIMIT
from tests.support.visitor import Visitor
from tests.support.waiting import wait_for


class Installed:
    """Its commands run in a folder that is empty; the home of its user is beside it, and empty too."""

    def __init__(self, executable: Path, scratch: Path) -> None:
        self.home = scratch / "home"
        self.folder = scratch / "empty"
        self.home.mkdir()
        self.folder.mkdir()
        # The least that a machine sets: no path into the tests' own environment, and no setting.
        self.environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.home), "LANG": "C.UTF-8"}
        self._executable = executable
        self._log = scratch / "shop.log"
        self._process: subprocess.Popen[bytes] | None = None

    def command(self, *words: str) -> str:
        """Run a command to its end, which must be a good one; returns what it printed."""
        asked = [self._executable, *words]
        done = subprocess.run(
            asked,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=START_LIMIT,
            check=False,
        )
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout

    def serve(self) -> Visitor:
        """Serve until `stop`; returns somebody who has found the shop."""
        port = free_port()
        asked = [self._executable, "serve", "--port", str(port)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(asked, cwd=self.folder, env=self.environment, stdout=log, stderr=log)
        url = f"http://127.0.0.1:{port}"
        wait_for(lambda: self._is_ready(url), START_LIMIT)
        return Visitor(url)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(START_LIMIT)
            self._process = None

    def _is_ready(self, url: str) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self._log.read_text()
        try:
            with urlopen(f"{url}/readyz", timeout=5) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except (URLError, ConnectionError, TimeoutError):
            return False
