"""`smartcart draw-states` prints the graph as a diagram."""

import re

from smartcart.rules.payment_states import State
from tests.commands.running import Command


def test_draw_states_draws_every_state(run: Command) -> None:
    done = run("draw-states")
    assert done.code == 0
    assert done.out.startswith("stateDiagram-v2\n")
    for state in State:
        assert re.search(rf"--> {state}\b", done.out)
