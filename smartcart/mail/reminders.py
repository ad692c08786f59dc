"""Letters that nobody needs are few: so many for an address and day, whoever typed it at checkout."""

from datetime import timedelta

from sqlalchemy import delete, func, select

from smartcart import clock
from smartcart.database.queues import queue_for
from smartcart.database.session import db, writing
from smartcart.mail.unsubscribed import Reminder
from smartcart.rules.letters import MOST_A_DAY

DAY = timedelta(days=1)


def is_one_too_many(letter: str, address_hash: str) -> bool:
    """Whether an address has had as many within a day; otherwise this one counts from now on, and once."""
    now = clock.now()
    with writing():
        queue_for("reminders to", address_hash)
        db.session.execute(delete(Reminder).where(Reminder.at <= now - DAY))
        if db.session.get(Reminder, letter) is not None:
            return False  # it was put off after it was made
        of_address = select(func.count()).select_from(Reminder).where(Reminder.address_hash == address_hash)
        if db.session.scalars(of_address).one() >= MOST_A_DAY:
            return True
        db.session.add(Reminder(letter=letter, address_hash=address_hash, at=now))
    return False
