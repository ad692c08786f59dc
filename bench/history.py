"""A shop's years on record: most payments over long ago, and the newest of each kind that somebody looks after.

Of each kind there are as many as fill a page, or one in a thousand: a large shop shows pages as full as a small one,
and has much more behind them.
"""

from datetime import UTC, datetime, timedelta
from sqlite3 import Connection as SQLite

import sqlalchemy as sa
from sqlalchemy import Engine, event

from bench import sessions

# More than the admin shows at once.
FEWEST = 60
# The newest, a block of each: their state, and what else is so of them.
BLOCKS = (
    ("created", ""),
    ("processing", ""),
    ("action_required", ""),
    ("checking", "needs a person"),
    ("interrupted", "came in between"),
    ("completed", "today"),
    ("completed", "to be returned"),
    ("completed", "needs a person"),
    ("completed", "disputed"),
)
# The others, by the last two digits of their numbers: so that few payments, too, fill a page of each state. Of the
# first all was given back.
OLD = (
    "when number < {block} then 'refunded' when number % 100 < 55 then 'completed' when number % 100 < 70 then 'failed'"
    " when number % 100 < 85 then 'cancelled' else 'expired'"
)
# No two of them at the same moment: a database sorts what is.
_OPENED = "ended + 30 + number % 60 + (number % 1000) / 1000.0"
# As many as a month of a large shop brings.
TOLD = 100_000
_AGO = """
    create function ago(double precision) returns timestamp with time zone stable language sql
    as $$ select now() - $1 * interval '1 second' $$
"""


def _blocks(of: str) -> str:
    """The numbers of the blocks of which that is so."""
    return "(" + ", ".join(str(number) for number, (_, so) in enumerate(BLOCKS) if so == of) + ")"


_OPEN = "('created', 'processing', 'action_required', 'checking', 'interrupted')"
_STATES = " ".join(f"when block = {number} then '{state}'" for number, (state, _) in enumerate(BLOCKS))
# The open ones, and of those that were paid half: of a thousand a day, as many as there are at noon.
_NOW = "(block < 5 or (block = 5 and newer % 2 = 0))"
_SELDOM = "newer % 20 = 0"
_LOOKED_AFTER = f"block between {len(BLOCKS)} and {len(BLOCKS) + 50}"
# Each a payment; `ended` is how many seconds ago it was over, `ago` what moment that was. The old ones came every 90 s:
# a million of them in three years.
_SALES = f"""
    create temporary table sale as
    with recursive counted(number) as (select 0 union all select number + 1 from counted where number < {{count}} - 1)
    select number, newer, block, md5(cast(number as text)) as id, 4200 + number % 977 as amount,
           'SC-' || cast(number + 1 as text) as reference, 'shopper ' || cast(number / 3 as text) as shopper,
           case {_STATES} {OLD} end as state, case when {_NOW} then newer % 60 else 2 * 86400 + newer * 90 end as ended
    from (select number, {{count}} - 1 - number as newer, ({{count}} - 1 - number) / {{block}} as block from counted)
         as dated
"""
_FILL = (
    f"""
    insert into shop_order (id, number, token, shopper, name, email, amount, currency, status, placed_at)
    select number + 1, reference, md5('order' || reference), shopper, 'Ada Lovelace',
           'ada-' || cast(number / 3 as text) || '@example.org', amount, 'EUR',
           case when state in {_OPEN} then 'open' when state = 'completed' then 'paid'
                when state = 'refunded' then 'refunded' else 'unpaid' end,
           ago(ended + 90)
    from sale
    """,
    f"""
    insert into payment_session (
        id, owner, merchant, order_reference, order_id, amount, currency, description, pay_url, return_url,
        merchant_data, state, version, attempts, max_attempts, retries, method, gateway, created_at, expires_at,
        ended_at, extensions, refusal_code, action_url, refund_due, looks, refunded, needs_person_at, disputed_at,
        dispute, due_at
    )
    select id, shopper, '', reference, number + 1, amount, 'EUR', '', 'http://127.0.0.1/pay/' || id, '', '{{}}',
           state, 3, 1, 3, 0, 'sandbox_approve', 'sandbox', ago({_OPENED}), ago(ended - 900),
           case when state not in {_OPEN} then ago(ended) end, 0, '', '', block in {_blocks("to be returned")}, 0,
           case when state = 'refunded' then amount else 0 end,
           case when block in {_blocks("needs a person")} then ago(ended) end,
           case when block in {_blocks("disputed")} then ago(ended) end,
           case when block in {_blocks("disputed")} then 'open' end,
           case when state = 'checking' then ago(ended - 600) end
    from sale
    """,
    f"""
    insert into payment_attempt (session_id, number, max_attempts, method, code, begun_at, deadline_at, outcome)
    select id, 1, 3, 'sandbox_approve', '', ago(ended + 10), ago(ended - 20),
           case when state in ('completed', 'refunded') then 'approved' when state not in {_OPEN} then 'declined' end
    from sale where {_NOW} or {_SELDOM}
    """,
    f"""
    insert into payment_event (session_id, at, kind, actor, move, detail, after)
    select id, ago({_OPENED}), 'opened', 'shopper', '', '', 'created' from sale where {_NOW} or {_SELDOM}
    """,
    f"""
    insert into payment_event (session_id, at, kind, actor, move, detail, interruption)
    select id, ago(ended), 'interrupted', 'shopper', '', '',
           case number % 3 when 0 then 'timeout' when 1 then 'network_error' else 'browser_closed' end
    from sale where (block in {_blocks("came in between")} and number % 5 = 0) or (number % 100 = 0 and not {_NOW})
    """,
    """
    insert into fraud_sighting (attempt_id, at, shopper, email, address, card, amount, currency, country, outcome, code,
                                never)
    select tried.id, begun_at, substr(md5(shopper), 1, 16), substr(md5('mail' || shopper), 1, 16),
           substr(md5('from' || cast(sale.number % 5000 as text)), 1, 16), substr(sale.id, 1, 16), amount, 'EUR', 'DE',
           outcome, '', false
    from payment_attempt as tried join sale on sale.id = tried.session_id
    """,
    """
    insert into payment_event (session_id, at, kind, actor, move, detail)
    select id, ago(ended + 10), 'judged', 'shopper', '', 'note: Many small sums' from sale where number % 40 = 0
    """,
    """
    insert into refund (id, session_id, reference, amount, currency, reason, actor, state, requested_at, looks)
    select id, id, '', amount, 'EUR', '', 'admin', 'made', ago(ended), 0 from sale where state = 'refunded'
    """,
    f"""
    insert into finding (verdict, session, reference, amount, currency, detail, first_seen_at, last_seen_at,
                         settled_by, settlement, settled_at)
    select case number % 3 when 0 then 'refund_wanted' when 1 then 'disputed' else 'charged_not_paid' end, id, id,
           amount, 'EUR', 'noted', ago(ended), ago(ended), '', '', case when {_LOOKED_AFTER} then ago(newer) end
    from sale where block between 6 and 8 or {_LOOKED_AFTER}
    """,
    f"""
    insert into gateway_event (id, kind, subject, reference, claimed_session, session_id, happened_at, received_at,
                               body, fate, tries, problem)
    select id, 'payment_intent.succeeded', id, id, id, id, ago(newer), ago(newer), '{{}}',
           case when block between 6 and 7 then 'given_up' else 'applied' end, 0, ''
    from sale where newer < {TOLD}
    """,
    """
    insert into product (slug, name, description, price, currency, stock, picture, on_sale)
    select reference, 'Mug', '', amount, 'EUR', 1000, '', true from sale where number < 60
    """,
    """
    insert into search_word (id, word) values (1, 'ada'), (2, 'lovelace'), (3, 'ada@example.org')
    """,
    """
    insert into search_hit (word_id, order_id) select word.id, shop_order.id from search_word as word, shop_order
    """,
    """
    insert into tally_total (figure, value, number)
    select 'state', state, count(*) from payment_session group by state
    union all select 'outcome', coalesce(outcome, 'none'), count(*) from payment_attempt group by outcome
    """,
)


def fill(url: str, count: int) -> None:
    """Add so many payments, with all that they left behind, to an empty database."""
    engine = sa.create_engine(url)
    _teach(engine)
    with engine.begin() as connection:
        connection.execute(sa.text(_SALES.format(count=count, block=block_of(count))))
        for statement in _FILL:
            connection.execute(sa.text(statement))
    sessions.tidy(engine)
    engine.dispose()


def block_of(count: int) -> int:
    """How many of each kind there are among so many."""
    return max(FEWEST, count // 1000)


def _teach(engine: Engine) -> None:
    """The functions that the statements use."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", sessions.teach_md5)
        event.listen(engine, "connect", _teach_ago)
        return
    with engine.begin() as connection:
        connection.exec_driver_sql(_AGO)


def _teach_ago(connection: SQLite, _: object) -> None:
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)

    def ago(seconds: float) -> str:
        return (now - timedelta(seconds=seconds)).isoformat(" ", "microseconds")

    connection.create_function("ago", 1, ago)
