"""Where no mail server is set letters are kept: in their row, and as a file that says the same."""

from flask import Flask

from smartcart.mail import sending
from smartcart.outbox.models import Effect, Fate
from smartcart.outbox.worker import Carried, Worker
from smartcart.rules import patience
from smartcart.work_queue import Claim, WorkQueue
from tests.mail.carrying import carry_out, letter
from tests.payments.opened import time_passes
from tests.payments.paying import pay_new_session


def test_a_kept_letters_file_is_that_of_its_row_whoever_comes_late(app: Flask) -> None:
    """Of two that carry the same letter, as after a claim that was over, the late one changes neither."""
    session = pay_new_session()

    def carry_late(claim: Claim, effect: Effect) -> Carried:
        time_passes(patience.CARRYING_OUT + 60)  # so that it says another minute
        assert carry_out() == 1  # another, after the claim's end
        time_passes(60)
        return sending.carry(claim, effect)

    WorkQueue(Worker(app, carry_late).due()).finish(1.0)
    kept = letter(session)
    [file] = sending.folder().iterdir()
    assert (kept.fate, file.suffix) == (Fate.KEPT, ".eml")
    assert file.read_bytes() == kept.message
