"""A gateway goes silent under load, and comes back: what is sent into the outage, and how the shoppers hear of its end.

A shop in processes of its own on each database: all in one on SQLite, two that serve and a worker on PostgreSQL. Each
second somebody new orders and presses Pay; of those who are told to come back, every fifth asks for a letter, which a
real mail server takes. Nothing is timed here that a busy machine would change, so both databases are at it at once.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import count, takewhile
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple

from sqlalchemy import Engine, Row, Select, create_engine, select

from bench.figures import Figure
from bench.rig import DATABASES, POSTGRESQL, Rig
from bench.silent_sandbox import JOURNAL, SILENT
from smartcart.database.session import db
from smartcart.drill.browser import Answer
from smartcart.gateways.sandbox.gateway import Sandbox
from smartcart.outbox.models import Effect, EffectKind
from smartcart.payments.core.known_weather import KNOWN_FOR
from smartcart.payments.core.models import Attempt, PaymentSession
from smartcart.payments.core.weather_models import WeatherChange
from smartcart.rules.payment_states import IN_FLIGHT, Money, State
from smartcart.rules.weather import Weather
from tests.mail.mail_server import MailServer
from tests.support.ports import free_port
from tests.support.shopper import product
from tests.support.visitor import Visitor
from tests.support.waiting import wait_for

# In seconds. Twenty payments that are answered are what the weather is judged by first.
BETWEEN_PRESSES, FAIR_FOR = 1.0, 22.0
EVERY_HOW_MANY_ASK = 5
MOST_PRESSES = 5
# A charge that was sent just before the gateway came back hangs for 30 s, and is the one probe; three answers follow.
FAIR_WITHIN = 60.0
# What is in the dark is settled by then, and every letter sent. In seconds.
SETTLED_WITHIN = 300.0
STOCK, BOOKS = 100_000, "sandbox.sqlite3"
REFUSED = "no attempt was used"

CHANGES = select(WeatherChange.weather, WeatherChange.at).order_by(WeatherChange.at)
BEGUN = select(Attempt.session_id, Attempt.number, Attempt.begun_at)
IN_THE_DARK = select(PaymentSession.id).where(PaymentSession.state == State.CHECKING)
UNDER_WAY = select(PaymentSession.id).where(PaymentSession.state.in_(IN_FLIGHT))
PAID = select(PaymentSession.id).where(PaymentSession.state == State.COMPLETED)
UNSENT = select(Effect.id).where(Effect.kind == EffectKind.PAYMENTS_WORK, Effect.due_at.is_not(None))


class Shop(NamedTuple):
    database: str
    url: str
    folder: Path
    addresses: Sequence[str]
    mail: MailServer


class Came(NamedTuple):
    """A shopper who ordered and pressed Pay."""

    session: str
    email: str
    was_refused: bool
    has_asked: bool


class Call(NamedTuple):
    """What the gateway was sent, and until when it kept whoever did that waiting; in seconds since 1970."""

    what: str
    session: str
    attempt: int
    sent_at: float
    until: float


class Outage(NamedTuple):
    """What was seen of one; moments in seconds since 1970."""

    came: Sequence[Came]
    silent_at: float
    out_at: float
    back_at: float
    fair_at: float
    in_the_dark: int
    hidden: int
    calls: Sequence[Call]
    begun_at: dict[tuple[str, int], float]
    letters: Counter[str]
    strays: int

    @property
    def charges(self) -> list[Call]:
        """What was to be charged between the first silence and the end of the weather, by when it was sent."""
        sent = [call for call in self.calls if call.what == "charge" and self.silent_at <= call.sent_at < self.fair_at]
        return sorted(sent, key=lambda call: call.sent_at)

    @property
    def before_known(self) -> list[Call]:
        """Those that were sent before each process knew that it is out."""
        return [call for call in self.charges if call.sent_at < self.out_at + KNOWN_FOR]

    @property
    def since_known(self) -> list[Call]:
        return self.charges[len(self.before_known) :]

    @property
    def wasted(self) -> list[Call]:
        """Those that were sent though it was known, and are no probe: begun before, or beside another."""
        found, busy_until = [], 0.0
        for call in self.since_known:
            if self.begun_at[call.session, call.attempt] < self.out_at or call.sent_at < busy_until:
                found.append(call)
            busy_until = max(busy_until, call.until)
        return found


class Patient(Visitor):
    """Somebody who presses again where the shop could not write, as on a machine that is busy with other things."""

    def post(self, path: str, **fields: str) -> Answer:
        for _ in range(MOST_PRESSES):
            answer = super().post(path, **fields)
            if answer.status != 503:
                break
        return answer


def figures(rig: Rig) -> Iterator[Figure]:
    """What reaches a gateway that is out, when payments work again, and who hears of it."""
    shops = [_shop(rig, database) for database in DATABASES]
    with ThreadPoolExecutor(len(shops)) as at_once:
        for shop, seen in zip(shops, at_once.map(partial(_outage, minutes=rig.minutes), shops), strict=True):
            shop.mail.stop()
            yield from _figures(shop.database, seen)


def _figures(database: str, seen: Outage) -> Iterator[Figure]:
    refused = sum(each.was_refused for each in seen.came)
    asked = [each.email for each in seen.came if each.has_asked]
    told_once = sum(seen.letters[email] == 1 for email in asked)
    wasted, probes = len(seen.wasted), len(seen.since_known) - len(seen.wasted)
    until_out = seen.out_at - seen.silent_at
    yield Figure(
        "charges sent into the silence until it was known",
        database,
        len(seen.before_known),
        f"{until_out:.0f} s",
        f"{len(seen.came)} presses",
    )
    name = "charges sent since it was known, but for one probe at a time"
    yield Figure(name, database, wasted, f"{wasted}", f"{probes} probes", at_most=0)
    yield Figure("presses refused meanwhile, and not counted", database, refused, f"{refused}", f"{len(seen.came)}")
    questions = sum(call.what == "question" for call in seen.calls)
    minutes = (seen.back_at - seen.silent_at) / 60
    name = "questions a minute that the silent gateway was asked"
    yield Figure(name, database, questions / minutes, f"{questions}", f"{minutes:.1f} min")
    name = "payments in the dark whose page does not say so"
    yield Figure(name, database, seen.hidden, f"{seen.hidden}", f"{seen.in_the_dark}", at_most=0)
    name = "charged and not paid for in the end, or the other way about"
    yield Figure(name, database, seen.strays, f"{seen.strays}", f"{len(seen.came)} orders", at_most=0)
    until_fair = seen.fair_at - seen.back_at
    name = f"fair again after the gateway is back, of {FAIR_WITHIN:.0f} s"
    yield Figure(name, database, until_fair / FAIR_WITHIN, f"{until_fair:.1f} s", at_most=1)
    name = "one letter for each who asked for it"
    yield Figure(name, database, told_once / max(1, len(asked)), f"{told_once}", f"{len(asked)}", at_least=1)


def _shop(rig: Rig, database: str) -> Shop:
    """It serves from now on, with its jobs."""
    url, folder, mail = rig.database(database), rig.folder / f"weather on {database}", MailServer()
    folder.mkdir()
    mail.start(folder)
    with rig.sandbox_app(url).app_context():
        product(stock=STOCK)
        db.session.remove()
        db.engine.dispose()
    serving = ("serve", "serve", "worker") if database == POSTGRESQL else ("serve",)
    alone = () if len(serving) == 1 else ("--no-schedule",)
    addresses = []
    for command in serving:
        port = free_port()
        environment = rig.environment(
            url,
            weather="on",
            data=folder,
            sandbox_ledger=folder / BOOKS,
            base_url=f"http://127.0.0.1:{port}",
            smtp_host="127.0.0.1",
            smtp_port=mail.port,
            smtp_security="none",
            mail_from="shop@example.org",
        )
        program = [sys.executable, "-m", "bench.silent_sandbox", folder, command]
        if command == "worker":
            rig.start(program, **environment)
        else:
            addresses.append(rig.serve([*program, "--port", port, *alone], port, **environment))
    return Shop(database, url, folder, addresses, mail)


def _outage(shop: Shop, minutes: float) -> Outage:
    engine, silent = create_engine(shop.url), shop.folder / SILENT
    with _shoppers(shop) as came:
        time.sleep(FAIR_FOR)
        silent.touch()
        silent_at = time.time()
        time.sleep(60 * minutes)
        dark = _column(engine, IN_THE_DARK)
        hidden = sum(not _says_so(shop, session) for session in dark)
        silent.unlink()
        back_at = time.time()
        wait_for(lambda: len(_out_and_fair(engine)) == 2, SETTLED_WITHIN)
        time.sleep(FAIR_FOR)
    wait_for(lambda: not _column(engine, UNDER_WAY) and not _column(engine, UNSENT), SETTLED_WITHIN)
    out_at, fair_at = _out_and_fair(engine)
    return Outage(
        came=came,
        silent_at=silent_at,
        out_at=out_at,
        back_at=back_at,
        fair_at=fair_at,
        in_the_dark=len(dark),
        hidden=hidden,
        calls=[Call(*json.loads(line)) for line in (shop.folder / JOURNAL).read_text().splitlines()],
        begun_at={(session, number): at.timestamp() for session, number, at in _rows(engine, BEGUN)},
        letters=Counter(str(mail["To"]) for mail in shop.mail.mails()),
        strays=len({each.session for each in Sandbox(shop.folder / BOOKS).charges()} ^ set(_column(engine, PAID))),
    )


@contextmanager
def _shoppers(shop: Shop) -> Iterator[list[Came]]:
    """Each second somebody new comes; who came is in the list in the end, when all have been answered."""
    over, came = Event(), list[Came]()

    def come_in() -> list[Future[Came]]:
        numbers = takewhile(lambda _: not over.wait(BETWEEN_PRESSES), count())
        with ThreadPoolExecutor(8) as at_once:
            return [at_once.submit(_come, shop, number) for number in numbers]

    with ThreadPoolExecutor(1) as coming:
        all_of_them = coming.submit(come_in)
        try:
            yield came
        finally:
            over.set()
            came += [each.result() for each in all_of_them.result()]


def _come(shop: Shop, number: int) -> Came:
    visitor = Patient(shop.addresses[number % len(shop.addresses)])
    session = visitor.order()
    was_refused = REFUSED in visitor.get(visitor.pay(session).location).text
    has_asked = was_refused and number % EVERY_HOW_MANY_ASK == 0
    if has_asked:
        visitor.post(f"/pay/{session}/letter")
    return Came(session, visitor.email, was_refused, has_asked)


def _says_so(shop: Shop, session: str) -> bool:
    """Whether the payment page says that it is being checked, to anybody who looks."""
    return Visitor(shop.addresses[0]).status(session).money == Money.CHECKING


def _out_and_fair(engine: Engine) -> list[float]:
    """When it was out first, and when it was fair after that; as far as it was."""
    changes = [(weather, at.timestamp()) for weather, at in _rows(engine, CHANGES)]
    out_at = [at for weather, at in changes if weather is Weather.OUT][:1]
    return out_at + [at for weather, at in changes if weather is Weather.FAIR and out_at and at > out_at[0]][:1]


def _column(engine: Engine, question: Select[Any]) -> list[str]:
    return [row[0] for row in _rows(engine, question)]


def _rows(engine: Engine, question: Select[Any]) -> Sequence[Row[Any]]:
    with engine.connect() as connection:
        return connection.execute(question).all()
