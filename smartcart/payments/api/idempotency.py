"""Idempotency keys: the same request sent again gets the same answer, and is not carried out again.

The key is written down before the work begins. As Stripe's documentation has it: the same key with other parameters is
an error, and keys may be forgotten after 24 hours. Only the answers are; what was done stays with its key
(`core.keyed_effects`).
"""

import time
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256

from flask import Response, request
from sqlalchemy import delete, update

from smartcart import clock
from smartcart.database.forgetting import forget
from smartcart.database.session import db, writing
from smartcart.database.upsert import insert_new
from smartcart.payments.api.models import KeptAnswer
from smartcart.payments.core.keyed_effects import Keyed, hang_on
from smartcart.web.problems import Problem

KEPT_FOR = timedelta(hours=24)
# A request that is still unanswered after so long was cut off by a crash. It may be sent again: what it has brought
# about is on record under its key, and is not brought about once more.
WORKED_ON_FOR = timedelta(seconds=60)
LONGEST_KEY = 255
# The twin of a request that is being worked on waits for its answer so long, looking so often (seconds).
TWIN_WAIT, TWIN_LOOK = 10.0, 0.05


def answered_once(caller: str, work: Callable[[str | None], Response]) -> Response:
    """Carry a request out once for its `Idempotency-Key`, if it has one. Raises Problem for a key used otherwise.

    `work` is told the session to which this was done before, if it was and the answer is gone.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return work(None)
    if not (1 <= len(key) <= LONGEST_KEY and key.isprintable()):
        raise Problem(422, "idempotency_key", f"An idempotency key has from 1 to {LONGEST_KEY} printable characters.")
    keyed = Keyed(caller, key, _fingerprint())
    done_to = _done_to(keyed)
    if not _claim(caller, key, keyed.fingerprint):
        return _kept(caller, key, keyed.fingerprint)
    try:
        with hang_on(keyed):
            response = work(done_to)
    except BaseException as error:
        if not isinstance(error, Problem) or error.status >= 500:
            _forget(caller, key)  # nothing was decided: the next try is a fresh one, beside what was done already
            raise
        response = error.response()
    _keep(caller, key, response)
    return response


def forget_old() -> int:
    """Forget the answers that are older than a day; returns how many."""
    return forget(KeptAnswer, KeptAnswer.kept_at < clock.now() - KEPT_FOR)


def _fingerprint() -> str:
    return sha256(b"\0".join([request.method.encode(), request.path.encode(), request.get_data()])).hexdigest()


def _done_to(keyed: Keyed) -> str | None:
    """The session to which this was done before, if any. Raises Problem where it was something else."""
    effect = keyed.effect()
    if effect is None:
        return None
    if effect.fingerprint != keyed.fingerprint:
        raise _reused()
    return effect.session_id


def _reused() -> Problem:
    return Problem(422, "idempotency_key_reused", "This idempotency key was used for another request.")


def _claim(caller: str, key: str, fingerprint: str) -> bool:
    """Write the key down. False when it is there already; one that a crash left unanswered is taken over."""
    with writing():
        db.session.execute(
            delete(KeptAnswer).where(
                KeptAnswer.caller == caller,
                KeptAnswer.key == key,
                KeptAnswer.fingerprint == fingerprint,
                KeptAnswer.status.is_(None),
                # What was begun in the future was begun by a wrong clock.
                ~KeptAnswer.kept_at.between(clock.now() - WORKED_ON_FOR, clock.now() + WORKED_ON_FOR),
            )
        )
        return insert_new(KeptAnswer, caller=caller, key=key, fingerprint=fingerprint, kept_at=clock.now())


def _kept(caller: str, key: str, fingerprint: str) -> Response:
    """The answer to the first request with this key, waiting for it if it is still being worked on."""
    give_up = time.monotonic() + TWIN_WAIT
    while time.monotonic() < give_up:
        db.session.rollback()
        kept = db.session.get(KeptAnswer, (caller, key), populate_existing=True)
        if kept is None:
            break
        if kept.fingerprint != fingerprint:
            raise _reused()
        if kept.status is not None:
            return Response(kept.body, kept.status, {"Idempotent-Replayed": "true"}, mimetype=kept.media_type)
        db.session.rollback()
        time.sleep(TWIN_LOOK)
    raise Problem(409, "in_progress", "The first request with this key is still being worked on.", {"Retry-After": "1"})


def _keep(caller: str, key: str, response: Response) -> None:
    with writing():
        db.session.execute(
            update(KeptAnswer)
            .where(KeptAnswer.caller == caller, KeptAnswer.key == key)
            .values(status=response.status_code, media_type=response.mimetype, body=response.get_data(as_text=True))
        )


def _forget(caller: str, key: str) -> None:
    with writing():
        db.session.execute(delete(KeptAnswer).where(KeptAnswer.caller == caller, KeptAnswer.key == key))
