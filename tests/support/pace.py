"""How long the sandbox of a test takes for a charge. As long as usual is for people to see that something goes on; most
tests wait until it is over, and there are thousands of charges in a run."""

from dataclasses import replace

import pytest

from smartcart.gateways.sandbox import gateway

# For whoever looks at a payment under way without holding it there, or has several meet.
UNHURRIED = pytest.mark.usefixtures("unhurried")
# In seconds: a tenth of the usual time.
PROMPT = 0.03
# Who gets no answer need not wait for it until the time is over; what was charged without one is charged by then.
SILENCE, PROMPT_SILENCE = 0.5, 0.1

PROMPT_BEHAVIOURS = {
    token: replace(behaviour, takes=PROMPT) if behaviour.takes == gateway.QUICK else behaviour
    for token, behaviour in gateway.BEHAVIOURS.items()
}
