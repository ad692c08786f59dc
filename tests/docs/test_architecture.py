"""The map in the architecture is the map that is held by `make check`."""

import re
import tomllib

from smartcart.rules.payment_states import draw
from tests.docs.reading import ROOT, section, text_of

ARCHITECTURE = "docs/architecture.md"


def layers(container: str) -> list[set[str]]:
    """The rows of rooms inside a package, from the top down."""
    contracts = tomllib.loads(text_of("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    [found] = [each["layers"] for each in contracts if each.get("containers") == [container]]
    return [{room.strip(" ()") for room in re.split(r"[|:]", row)} for row in found]


def picture() -> str:
    """The diagram of who may import whom."""
    return section(ARCHITECTURE, "Who may import whom").split("```mermaid\n")[1].split("```")[0]


def drawn(text: str) -> list[set[str]]:
    """The boxes of a diagram that name rooms, in the order of their first mention."""
    boxes = re.findall(r'(\w+)\["([^"]+)"\]|(\w+)(?= ?-->)|--> (\w+)$', text, re.MULTILINE)
    aliases = {alias: label for alias, label, *_ in boxes if alias}
    labels = dict.fromkeys(label or aliases.get(one or other, one or other) for _, label, one, other in boxes)
    return [set(label.split(" · ")) for label in labels]


def test_the_rooms_are_drawn_in_the_rows_that_they_may_import_by() -> None:
    outer, inner = picture().split("subgraph payments")
    assert drawn(outer) == layers("smartcart")
    assert drawn(inner) == layers("smartcart.payments")


def test_each_room_is_explained() -> None:
    explained = section(ARCHITECTURE, "The rooms")
    for room in set().union(*layers("smartcart")):
        path = f"smartcart/{room}" + ("/" if (ROOT / "smartcart" / room).is_dir() else ".py")
        assert f"`{path}`" in explained, path
    for room in set().union(*layers("smartcart.payments")):
        assert f"`{room}/`" in explained, room


def test_the_graph_of_a_payment_is_the_one_that_the_shop_draws() -> None:
    assert f"```mermaid\n{draw()}\n```" in text_of(ARCHITECTURE)
