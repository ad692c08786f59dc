"""`python -m tests.support.stripe_server PORT BOOKS`: the server, until it is told to end; BOOKS keeps its state."""

import os
import pickle
import sys
from pathlib import Path
from typing import Any

from aiohttp import web
from localstripe import resources

# Before localstripe's own server is imported: it takes the classes as it finds them.
from tests.support.stripe_server import account, hands, intents, payouts
from tests.support.stripe_server.idempotency import idempotency
from tests.support.stripe_server.keys import keys_are_right, only_ones_own
from tests.support.stripe_server.slowness import one_at_a_time


def main(port: int, books: Path) -> None:
    resources.Store.dump_to_disk = lambda _store: None  # localstripe keeps one file for the whole machine
    if books.exists():
        resources.store.update(pickle.loads(books.read_bytes()))  # noqa: S301  # written by ourselves

    from localstripe.server import app, auth_middleware, save_store_middleware

    intents.OWN["url"] = f"http://127.0.0.1:{port}"
    app.middlewares.remove(auth_middleware)
    app.middlewares.remove(save_store_middleware)
    app.middlewares.insert(0, _keeping(books))
    app.middlewares.insert(0, hands.note)
    # Inside localstripe's own, which makes an answer of an error: the key first, then the lock.
    app.middlewares[2:2] = [idempotency]
    app.middlewares.extend([keys_are_right, only_ones_own, one_at_a_time, payouts.listed_here])
    app.add_routes([*payouts.ROUTES, *hands.ROUTES, *account.ROUTES])
    web.run_app(app, host="127.0.0.1", port=port, print=None, access_log=None)


def _keeping(books: Path) -> Any:
    @web.middleware
    async def keep(request: web.Request, handler: Any) -> web.StreamResponse:
        answer = await handler(request)
        if request.method != "GET":
            draft = books.with_suffix(".draft")
            draft.write_bytes(pickle.dumps(dict(resources.store)))
            os.replace(draft, books)  # noqa: PTH105
        return answer  # type: ignore[no-any-return]

    return keep


main(int(sys.argv[1]), Path(sys.argv[2]))
