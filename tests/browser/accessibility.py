"""Whether everybody can use a page, as far as axe can tell. https://github.com/dequelabs/axe-core"""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize

# The narrowest phone that is still about.
PHONE: ViewportSize = {"width": 360, "height": 740}
# A tenth of what axe hands back are violations, and to hand the rest over takes as long as to find it. By their own
# words: what a page shows may be a megabyte.
RUN = """options => axe.run(options).then(found => found.violations.flatMap(rule =>
    rule.nodes.map(node => `${rule.id}: ${node.html}`)))"""


def violations(page: Page, *rules: str) -> list[str]:
    """What axe finds: of these rules, or of all it knows."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(Axe().axe_script)
    options = {"resultTypes": ["violations"], **({"runOnly": rules} if rules else {})}
    found: list[str] = page.evaluate(RUN, options)
    return found
