"""What hatchling is to do beside its own work: a wheel carries templates and static files within the package.

https://hatch.pypa.io/latest/plugins/build-hook/custom/
"""

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FETCHED = "static/vendor/htmx.min.js"
BUILT = "static/built"


class ShopFiles(BuildHookInterface):  # type: ignore[type-arg]
    """Puts into a wheel what lies at the top of a checkout; refuses to build one without the browser library."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before a build. An editable install is left alone: it finds the files where they are."""
        if version == "editable":
            return
        root = Path(self.root)
        if not (root / FETCHED).is_file():
            raise SystemExit(f"{FETCHED} is missing, which browsers load from the shop. Run: make setup")
        if self.target_name == "wheel":
            runpy.run_path(str(root / "tools/build_static.py"))["build"](root / "static", root / BUILT)
            build_data["force_include"] |= {"templates": "smartcart/templates", BUILT: "smartcart/static"}
