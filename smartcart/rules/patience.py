"""How long to wait: the next automatic retry, the next question to the gateway, and when a person is needed.

All durations are in seconds.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from smartcart.rules.outcomes import Outcome, OutcomeKind
from smartcart.rules.payment_states import AT_REST, State

# An answer may still be on its way a moment after the call's own timeout: a crash is only concluded then.
CALL_GRACE = 1.0
# A press on Pay waits for a thread for this share of the time that a payment may take, and the rest is the call's: one
# that is cut short leaves the shopper in the dark, and one that was never sent does not.
WAITING_SHARE = 0.5
# So many may wait for each thread: a gateway that takes 0.3 s, as the sandbox does, charges 50 in the usual 15 s. More
# would wait only to be given up.
WAITING_FOR_A_THREAD = 50
# The first question waits a moment: a charge cut off just now may still be finishing at the gateway.
FIRST_LOOK = 2.0
# Questions slow down to one in ten minutes, and never stop.
LONGEST_LOOK = 600.0
# To see whether the account that a payment belongs to is in use again costs a look at what this process works with.
LOOK_ELSEWHERE = 60.0
# A refund that is pending takes days; to ask for it more often would use up what a gateway allows of questions.
LOOK_PENDING = 3600.0
# Between two looks into the gateway's books. A look is four questions: every ten minutes they would be more in thirty
# days than Stripe lets a quiet shop ask (10,000); every hour they are 2,880.
OFTEN, HOUR, SELDOM, DAY = 600.0, 3600.0, 4 * 3600.0, 86400.0
# So often a gateway that is silent is asked whether it answers again, so that what waits for it has its first answer
# within 5 s: the question takes its time, too.
PROBE = 3.0
# With the default interval of 5 s, the tenth doubling question comes after about half an hour: by then automation has
# had its chance, and the shopper has waited long enough for a person.
LOOKS_BEFORE_A_PERSON = 10
# Who comes back to a payment by a link wants an answer of now, and mail programs open links by themselves: the gateway
# is asked for that once in so many seconds.
COMES_BACK = 30.0
# Two machines whose clocks are kept by a time server differ by less than so many seconds.
MAY_DIFFER = 1.0
# Whoever could bring what is waited for on record, as a database that catches up, has done it within a day.
GIVEN_UP_AFTER = 86400.0
# What could not be carried out of the outbox is tried again after so long, and at last once an hour: a mail server that
# does not know us yet wants to be asked again after some minutes (RFC 6647, section 5), and within the day.
FIRST_UNDELIVERED, LONGEST_UNDELIVERED = 30.0, 3600.0
# RFC 5321, section 4.5.4.1: "the give-up time generally needs to be at least 4-5 days".
UNDELIVERED_FOR = 4 * 86400.0
# Whoever carries one out is given up after so long: longer than a letter may take (mail/smtp.py).
CARRYING_OUT = 300.0
# While people wait in line to pay, letters begin nothing: the two share a processor. A press waits for half of 30 s at
# most, so a line that lasts longer is a shop that is always full, and from then on one letter goes at a time.
LETTERS_GIVE_WAY = 15.0
# Twenty doublings make two weeks of a second; any wait here is at its longest before.
MOST_DOUBLINGS = 20
# WCAG 2.2.1: a time limit can be extended at least ten times, and is warned of with time to react.
MAX_EXTENSIONS = 10
WARN_BEFORE = 120.0
# The share of a lifetime that an extension must gain. What gains less (the second click of two, a press right after the
# page was opened) changes nothing, so that it costs none of the ten.
LEAST_GAIN = 0.1
# So many rounds after it was due a session counts as overlooked: a timetable that runs is not so late, unless a crowd
# came due at once.
OVERLOOKED_ROUNDS = 3
# So often in a row it is tried again unasked; a gateway that is out of reach for longer is for the shopper to wait for.
RETRIES_IN_A_ROW = 3
# Attempts that never reached the gateway give their number back until a session has had so many: each is a row of the
# trail, and whoever presses Pay during an outage of an hour must not fill it.
MOST_NUMBERS = 12
# Retry delays double; past five minutes a shopper has long chosen another way.
LONGEST_RETRY = 300.0


class Duty(StrEnum):
    """What the reconciler has to do for a session that is due."""

    DECLARE_UNANSWERED = "declare_unanswered"
    ASK = "ask"
    ABANDON = "abandon"
    ASK_AGAIN = "ask_again"
    RETRY = "retry"
    CANCEL = "cancel"
    EXPIRE = "expire"
    WAIT_FOR_OWNER = "wait_for_owner"
    NONE = "none"


_ALWAYS = {
    State.PROCESSING: Duty.DECLARE_UNANSWERED,
    State.CHECKING: Duty.ASK,
    State.AUTHORIZED: Duty.WAIT_FOR_OWNER,
}


def retry_delay(retries: int, base: float, jitter: float) -> float:
    """Seconds until automatic retry number `retries` (from 1): doubling, spread by a quarter in both directions.

    `jitter` is a random number from 0 to 1. The spread keeps shoppers who failed together from coming back together
    (Stripe: "Designing robust and predictable APIs with idempotency").
    """
    return float(min(base * 2 ** (retries - 1) * (0.75 + 0.5 * jitter), LONGEST_RETRY))


def retries_by_itself(outcome: Outcome, attempts_left: int, retries: int) -> bool:
    """Whether to try again unasked: only after a network error that provably charged nothing.

    `retries` is how often that was done already since somebody pressed Pay.
    """
    return outcome.kind is OutcomeKind.UNREACHABLE and attempts_left > 0 and retries < RETRIES_IN_A_ROW


def with_number_given_back(max_attempts: int) -> int:
    """How many attempts a session may have now that one of them does not count."""
    return max_attempts + (max_attempts < MOST_NUMBERS)


def check_delay(looks: int, interval: float) -> float:
    """Seconds until the gateway is asked again, after `looks` questions so far; doubling from `interval`."""
    return min(FIRST_LOOK, interval) if looks == 0 else backoff(looks, interval, LONGEST_LOOK)


def questions_at_once(so_far: float, answered: bool, fewest: int, most: int) -> float:
    """How many questions may be under way, of which the last was answered or met silence.

    One more for each round of answers, half as many for each silence, which is also said of a question that was one too
    many: so it comes to as many as the gateway takes, as TCP does (RFC 5681, section 3.1, "congestion avoidance").
    Stripe takes 25 a second of one kind (https://docs.stripe.com/rate-limits).
    """
    return min(so_far + 1 / so_far, float(most)) if answered else max(so_far / 2, float(fewest))


def backoff(tries: int, interval: float, longest: float, jitter: float = 0.0) -> float:
    """Seconds until the next try, after so many (at least one): doubling from `interval`, and then always `longest`.

    `jitter` is a random number from 0 to 1, and takes up to a quarter away: what failed together does not come back
    together, however long it has been failing. The wait is bounded before it is spread, as "equal jitter" has it of a
    half (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
    """
    return float(min(interval * 2 ** min(tries - 1, MOST_DOUBLINGS), longest) * (1 - 0.25 * jitter))


def as_long_again(since: datetime, now: datetime) -> float:
    """Seconds until what was wanted `since` then is tried again: as long as it has waited in all, a second to a day."""
    return min(max((now - since).total_seconds(), 1.0), DAY)


def needs_a_person(state: State, looks: int) -> bool:
    """Whether a session was in the dark for so long that the admin must see it; one at the bank is not in the dark."""
    return looks >= LOOKS_BEFORE_A_PERSON and state is not State.ACTION_REQUIRED


def is_hopeless(since: datetime, now: datetime, after: float = GIVEN_UP_AFTER) -> bool:
    """Whether what has waited `since` then, as for something to come on record, is given up to a person."""
    return now - since >= timedelta(seconds=after)


def overlooked_since(interval: float, now: datetime) -> datetime:
    """What was due by then, and is still, is looked after by no timetable; `interval` is between its rounds."""
    return now - timedelta(seconds=OVERLOOKED_ROUNDS * interval)


def extended_end(expires_at: datetime, now: datetime, lifetime: float) -> datetime | None:
    """When the time ends after a wish for more: a whole lifetime from now; None if it would hardly be later."""
    end = now + timedelta(seconds=lifetime)
    return end if end - expires_at >= timedelta(seconds=LEAST_GAIN * lifetime) else None


def call_deadline(begun_at: datetime, timeout: float) -> datetime:
    """When an attempt without an answer is given up as unanswered."""
    return begun_at + timedelta(seconds=timeout + CALL_GRACE)


def send_by(begun_at: datetime, timeout: float, expires_at: datetime) -> datetime:
    """Until when an attempt that waits for a thread may be sent; then it is given up, and nothing was charged."""
    return min(begun_at + timedelta(seconds=timeout * WAITING_SHARE), expires_at)


def is_answer_of_now(answered_at: datetime | None, opened_at: datetime) -> bool:
    """Whether who came back then needs not wait for another answer; None is no answer yet."""
    return answered_at is not None and answered_at >= opened_at - timedelta(seconds=COMES_BACK)


def reading_interval(moved_at: datetime | None, now: datetime) -> float:
    """Seconds between two looks into the gateway's books, by when money last moved here, or may have; None is long ago.

    What moves without the shop, as by hand at the gateway, is rare where nothing else does, and can wait for so long.
    """
    still = (now - moved_at).total_seconds() if moved_at else DAY
    if still < HOUR:
        return OFTEN
    return HOUR if still < DAY else SELDOM


def room_beside_a_line(free: int, under_way: int, lasts: float | None) -> int:
    """How many letters may begin, of as many as are `free`, while people wait in line to pay.

    `lasts` is for how long they have, in seconds; None is no line. However long it lasts, letters move on.
    """
    if lasts is None:
        return free
    return min(free, max(1 - under_way, 0)) if lasts >= LETTERS_GIVE_WAY else 0


def is_due(moment: datetime, now: datetime, longest: float) -> bool:
    """Whether a moment has come. One that is farther off than the `longest` wait there is was set by a wrong clock."""
    return moment <= now or moment > now + timedelta(seconds=longest)


def was_ahead(written_at: datetime | None, now: datetime) -> bool:
    """Whether the clock was ahead by which something was written down; None is nothing."""
    return written_at is not None and written_at > now + timedelta(seconds=MAY_DIFFER)


def duty(state: State, cancelling: bool, retry_at: datetime | None, expires_at: datetime, now: datetime) -> Duty:
    """What to do for a session whose time to be looked at has come."""
    if state is State.ACTION_REQUIRED:
        return Duty.ABANDON if cancelling or expires_at <= now else Duty.ASK
    if state in AT_REST | {State.AUTHORIZED} and cancelling:
        return Duty.CANCEL
    if state in _ALWAYS:
        return _ALWAYS[state]
    if state in AT_REST and expires_at <= now:
        return Duty.EXPIRE
    if state is State.INTERRUPTED and retry_at is not None and is_due(retry_at, now, LONGEST_RETRY):
        return Duty.RETRY
    if state is State.INTERRUPTED and retry_at is None:
        return Duty.ASK_AGAIN  # it has come due for nothing but that somebody wants to know
    return Duty.NONE
