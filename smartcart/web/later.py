"""An answer that is given later, and keeps no thread busy until then.

A WSGI app answers in the thread that calls it. Where the server offers it (`server/wsgi_bridge.py` does), the app may
put a request off: it takes the way back, returns `LATER`, and whoever goes the way back has the app called with the
request once more. Then it is not offered again.
"""

from collections.abc import Callable
from typing import Any

# In the environ: has the app called with an environ once more, in some other thread.
COME_BACK = "smartcart.come_back"
# In place of an answer; known by being this very list.
LATER: list[bytes] = []
_WAS_PUT_OFF = "smartcart.was_put_off"


def way_back(environ: dict[str, Any]) -> Callable[[], object] | None:
    """Takes the offer to put a request off; None where there is none, or none any more."""
    offer: Callable[[dict[str, Any]], object] | None = environ.pop(COME_BACK, None)
    if offer is None:
        return None

    def come_back() -> None:
        environ[_WAS_PUT_OFF] = True
        offer(environ)

    return come_back


def was_put_off(environ: dict[str, Any]) -> bool:
    """Whether somebody has waited for this answer already."""
    return _WAS_PUT_OFF in environ
