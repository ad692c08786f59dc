"""`make docs`: the documents as a site, by Zensical. It is searched without a server, and loads nothing from elsewhere.

The documents stay readable as they lie here. What they link to that is not on the site, such as a file of the code, is
named there without a link.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.documents.generated import ROOT

CONFIGURATION = ROOT / "tools/documents/zensical.toml"
FETCHED = ROOT / "tools/mermaid/node_modules"
# By their names on the site.
SCRIPTS = {
    "mermaid.min.js": FETCHED / "mermaid/dist/mermaid.min.js",
    "iframe-worker.js": FETCHED / "iframe-worker/shim/index.js",
}
# Zensical has each page load this from elsewhere, for its search of a folder.
FOREIGN = "https://unpkg.com/iframe-worker/shim"
ON_THE_SITE = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "docs/**/*")
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)#\s]+)(#[^)\s]*)?\)")


def build(target: Path) -> None:
    """Write the site into the folder, in place of what is there. Raises CalledProcessError, as for a link that leads
    nowhere."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        _gather(folder / "docs")
        shutil.copy(CONFIGURATION, folder)
        zensical = Path(sys.executable).with_name("zensical")
        subprocess.run([zensical, "build", "--strict"], cwd=folder, check=True)  # noqa: S603
        _load_nothing_foreign(folder / "site")
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(folder / "site", target)


def _gather(folder: Path) -> None:
    paths = [path for pattern in ON_THE_SITE for path in ROOT.glob(pattern) if path.is_file()]
    for path in paths:
        copy = folder / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".md":
            copy.write_text(_as_on_the_site(path, set(paths)), encoding="utf-8")
        else:
            shutil.copy(path, copy)
    for name, script in SCRIPTS.items():
        shutil.copy(script, folder / name)


def _load_nothing_foreign(site: Path) -> None:
    for page in site.rglob("*.html"):
        own = "../" * (len(page.relative_to(site).parts) - 1) + "iframe-worker.js"
        page.write_text(page.read_text(encoding="utf-8").replace(FOREIGN, own), encoding="utf-8")


def _as_on_the_site(document: Path, gathered: set[Path]) -> str:
    """The document's text. A folder is linked to by its README, where it has one; of a fence Zensical understands the
    language alone.
    """

    def relinked(link: re.Match[str]) -> str:
        words, address, anchor = link[1], link[2], link[3] or ""
        if "://" in address or address.startswith("mailto:"):
            return link[0]
        leads_to = (document.parent / address).resolve()
        if leads_to.is_dir() and leads_to / "README.md" in gathered:
            return f"[{words}]({address.rstrip('/')}/README.md{anchor})"
        return link[0] if leads_to in gathered else words

    text = document.read_text(encoding="utf-8").replace("```sh not here\n", "```sh\n")
    return LINK.sub(relinked, text)


if __name__ == "__main__":
    build(ROOT / "dist/docs")
