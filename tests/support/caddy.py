"""The shop behind a real Caddy, as packaging/caddy/Caddyfile.sub-path has it: with HTTPS, under a path of its host."""

import os
import shutil
import subprocess
from functools import partial
from http.client import HTTPResponse, HTTPSConnection
from pathlib import Path
from urllib.request import HTTPSHandler, Request

from smartcart.drill.browser import Answer
from tests.support.ports import free_port
from tests.support.silent_gateway import PatientShop
from tests.support.visitor import Visitor

ROOT = Path(__file__).parents[2]
# `make test` has looked for it (tools/find-caddy); who calls pytest by hand has it or not.
PROGRAM = os.environ.get("SMARTCART_TEST_CADDY") or shutil.which("caddy") or ""
NONE = "NO CADDY on this machine: nothing was tried through one. On Debian: apt-get install caddy"
# Caddy makes certificates for this name by itself, of an authority of its own.
HOST = "localhost"
SUB_PATH = "/shop"
# Beside the file that is tried: nothing is installed into the machine, and no port is taken but the one.
MORE = """
{{
	skip_install_trust
	auto_https disable_redirects
	admin off
}}
import {caddyfile}
"""


class ShopBehindCaddy(PatientShop):
    """Reached at `url`, through Caddy; `own_url` is the shop's own, which nobody uses."""

    def __init__(self, folder: Path, database: str = "", **settings: object) -> None:
        self.site = f"{HOST}:{free_port()}"
        super().__init__(
            folder, database, base_url=f"https://{self.site}{SUB_PATH}", trusted_proxies="127.0.0.1", **settings
        )
        self.own_url, self.url = self.url, f"https://{self.site}{SUB_PATH}"
        self.certificates = folder / "caddy/pki/authorities/local/root.crt"
        self._caddy: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> None:
        (self.folder / "Caddyfile").write_text(MORE.format(caddyfile=ROOT / "packaging/caddy/Caddyfile.sub-path"))
        own = {"SITE": f"https://{self.site}", "SHOP_AT": f"127.0.0.1:{self.port}", "XDG_DATA_HOME": str(self.folder)}
        with (self.folder / "caddy.log").open("wb") as log:
            self._caddy = subprocess.Popen(
                [PROGRAM, "run", "--adapter", "caddyfile", "--config", self.folder / "Caddyfile"],
                env=os.environ | own,
                stdout=log,
                stderr=log,
            )
        os.environ["SSL_CERT_FILE"] = str(self.certificates)  # whom Python believes
        super().start(*options)

    def abandon(self) -> None:
        super().abandon()
        del os.environ["SSL_CERT_FILE"]
        if self._caddy is not None:
            self._caddy.kill()
            self._caddy.wait()

    def visitor(self) -> "VisitorOfSubPath":
        return VisitorOfSubPath(self.url)


class VisitorOfSubPath(Visitor):
    """Goes where the shop sends them: its addresses have the sub-path already."""

    def _call(self, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        return super()._call(path.removeprefix(SUB_PATH), body, headers)

    def come_from(self, address: str) -> None:
        """From here on this browser asks from that address of the machine."""
        self._opener.add_handler(_From(address))


class _From(HTTPSHandler):
    handler_order = 400  # before urllib's own, which has 500

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address

    def https_open(self, request: Request) -> HTTPResponse:
        return self.do_open(partial(HTTPSConnection, source_address=(self._address, 0)), request)
