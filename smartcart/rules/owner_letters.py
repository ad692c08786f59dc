"""What the owner is written about, and when: at once, but never a letter for each event of a storm; or once a day."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Literal
from zoneinfo import ZoneInfo

from smartcart.rules.verdicts import DIFFERENCES, Verdict

Way = Literal["at-once", "daily"]

# After a letter of a kind the next of that kind waits for so long, and tells all that came meanwhile: who has looked at
# the first sees the others there. A storm of a day is 24 letters.
QUIET = timedelta(hours=1)
# A digest comes before the day's work, by the shop's own clock.
DIGEST_AT = time(8)
# A letter names so many, and says how many there are: the admin lists them all.
NAMED = 10
# A gateway that has been silent for less has stumbled: a look is put off by that and nothing else.
OUT_AFTER = timedelta(minutes=1)
# An outage that lasts is told of again, so that nobody takes an old letter's silence for good news.
STILL_OUT = timedelta(hours=6)


class Subject(StrEnum):
    """What a notice is about. A new one needs no new table: the column takes any word."""

    NEEDS_PERSON = "needs_person"
    MONEY = "money"
    REFUND = "refund"
    DISPUTE = "dispute"
    GATEWAY_OUT = "gateway_out"
    GATEWAY_BACK = "gateway_back"
    HELD = "held"
    MAIL = "mail"
    WEBHOOKS = "webhooks"
    EVENTS_MISSING = "events_missing"
    EVENTS_BACK = "events_back"
    DRILL = "drill"


SUBJECTS: Mapping[Verdict, Subject | None] = {
    **dict.fromkeys(DIFFERENCES, Subject.MONEY),
    Verdict.LATE_MONEY: Subject.MONEY,
    Verdict.REFUND_WANTED: Subject.NEEDS_PERSON,
    Verdict.DOUBLED: Subject.NEEDS_PERSON,
    Verdict.HELD_NOT_HERE: Subject.NEEDS_PERSON,
    Verdict.HELD_NOT_THERE: Subject.NEEDS_PERSON,
    Verdict.BEGUN_ELSEWHERE: Subject.NEEDS_PERSON,
    Verdict.REFUND_REFUSED: Subject.REFUND,
    Verdict.REFUND_FAILED: Subject.REFUND,
    Verdict.DISPUTED: Subject.DISPUTE,
    Verdict.DISPUTE_LOST: Subject.DISPUTE,
    Verdict.FRAUD_WARNING: Subject.DISPUTE,
    Verdict.REFUNDED_ELSEWHERE: None,  # whoever did that at the gateway knows it
}


def is_time(way: Way, first_at: datetime, last_letter_at: datetime | None, now: datetime, zone: ZoneInfo) -> bool:
    """Whether what has waited since `first_at` is told now.

    At once: unless a letter of the same kind went less than an hour ago. Daily: once eight in the morning has passed
    since the first came. What is from the future was written by a wrong clock, and keeps nothing waiting.
    """
    if way == "daily":
        return not latest_digest(now, zone) <= first_at <= now
    return last_letter_at is None or not last_letter_at <= now < last_letter_at + QUIET


def latest_digest(now: datetime, zone: ZoneInfo) -> datetime:
    """The last time that it was eight in the morning in the shop."""
    local = now.astimezone(zone)
    today = datetime.combine(local.date(), DIGEST_AT, zone)
    return today if today <= local else datetime.combine(local.date() - timedelta(days=1), DIGEST_AT, zone)


def news_of_gateway(
    silent_since: datetime | None,
    answers_since: datetime | None,
    told_out_at: datetime | None,
    told_back_at: datetime | None,
    now: datetime,
) -> Subject | None:
    """What is to be told of whether the gateway answers, by what this process has seen and what was told last."""
    is_told = told_out_at is not None and (told_back_at is None or told_back_at < told_out_at)
    if silent_since is not None:
        is_told_lately = is_told and told_out_at is not None and now < told_out_at + STILL_OUT
        return Subject.GATEWAY_OUT if now >= silent_since + OUT_AFTER and not is_told_lately else None
    is_back = is_told and told_out_at is not None and answers_since is not None and answers_since > told_out_at
    return Subject.GATEWAY_BACK if is_back else None
