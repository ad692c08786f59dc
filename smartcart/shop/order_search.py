"""Finding orders by name and e-mail, with a mistake in each word forgiven, in the same time however many there are."""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import NamedTuple, cast

from sqlalchemy import Select, Table, delete, insert, select, union_all

from smartcart.database.queues import queue_for
from smartcart.database.session import db, execute, writing
from smartcart.database.statements import Prepared
from smartcart.database.upsert import insert_into
from smartcart.rules import search_words
from smartcart.shop.models import Order
from smartcart.shop.search_models import OrderToIndex, SearchHit, SearchWord

# So often what was ordered since is taken up, in seconds: it can be looked for while the telephone still rings.
TICK = 5.0
# So many orders are taken up in one transaction, some 50 ms, and so many in one turn: of a shop with a million orders
# from before there was a search all are there within the hour, and nobody has waited.
BATCH, MOST_IN_A_TURN = 500, 2500
# Of what may be meant by a word so many words are looked for, and of all orders with them so many, the newest.
MOST_MEANT = 20
MOST_ORDERS = 1000

_WANT = Prepared(insert(cast(Table, OrderToIndex.__table__)).inline())


class Found(NamedTuple):
    """Ids of orders, newest first. `unknown` are words that none has, not even with a mistake; `is_cut_off` says that
    there may be older ones, which were not looked at."""

    order_ids: Sequence[int]
    unknown: Sequence[str] = ()
    is_cut_off: bool = False


def want(order_id: int) -> None:
    """An order is to be found from soon on; in the caller's write transaction."""
    _WANT.change(order_id=order_id)


def take_up() -> int:
    """The job: take up the words of orders that are new, the newest first; returns of how many."""
    taken = 0
    while taken < MOST_IN_A_TURN and (some := _take_up_some()):
        taken += some
    return taken


def _take_up_some() -> int:
    newest = select(OrderToIndex.order_id).order_by(OrderToIndex.order_id.desc()).limit(BATCH)
    db.session.rollback()
    is_any = db.session.scalar(newest.limit(1)) is not None
    db.session.rollback()
    if not is_any:
        return 0
    with writing():
        queue_for("words of orders")
        taken = delete(OrderToIndex).where(OrderToIndex.order_id.in_(newest)).returning(OrderToIndex.order_id)
        order_ids = [order_id for (order_id,) in execute(taken)]
        _add_words_of(order_ids)
    return len(order_ids)


def _add_words_of(order_ids: Collection[int]) -> None:
    orders = execute(select(Order.id, Order.name, Order.email).where(Order.id.in_(order_ids)))
    words = {order_id: search_words.of_order(name, email) for order_id, name, email in orders}
    each = sorted(set().union(*words.values()))
    if each:
        execute(insert_into(SearchWord).on_conflict_do_nothing(), [{"word": word} for word in each])
        ids = _ids_of(each)
        hits = [{"word_id": ids[word], "order_id": order_id} for order_id, found in words.items() for word in found]
        execute(insert_into(SearchHit).on_conflict_do_nothing(), hits)


def find(text: str, limit: int) -> Found:
    """The newest orders that have all the words of a text, but for those that no order has.

    A word that is there is taken as it was typed, as long as there are such orders.
    """
    wanted = search_words.wanted(text)
    as_typed = _ids_of(wanted)
    meant = {word: {as_typed[word]} if word in as_typed else _meant_by(word) for word in wanted}
    unknown = [word for word in wanted if not meant[word]]
    order_ids, is_cut_off = _with_all([ids for ids in meant.values() if ids])
    if not order_ids and as_typed:
        order_ids, is_cut_off = _with_all([_meant_by(word) for word in wanted if word not in unknown])
    return Found(order_ids[:limit], unknown, is_cut_off or len(order_ids) > limit)


def _ids_of(words: Collection[str]) -> dict[str, int]:
    found = db.session.execute(select(SearchWord.word, SearchWord.id).where(SearchWord.word.in_(words)))
    return dict(found.all())


def _meant_by(word: str) -> set[int]:
    """The ids of the words that may have been meant: what is one mistake away, and what begins with it."""
    near = SearchWord.word.in_({word, *search_words.near(word)})
    begins = SearchWord.word >= word, SearchWord.word < word + chr(0x10FFFF)
    some = select(SearchWord.id).order_by(SearchWord.word).limit(MOST_MEANT)
    longer = db.session.scalars(some.where(*begins)).all() if search_words.may_be_a_beginning(word) else ()
    return {*db.session.scalars(some.where(near)), *longer}


def _with_all(words: Sequence[Collection[int]]) -> tuple[list[int], bool]:
    """The ids of the newest orders that have one of each of these words, newest first; and whether there may be more.

    Those with a word that few have are all known, and the other words need only be asked for these.
    """
    newest = [_newest_with(word_ids) for word_ids in words]
    whole = [order_ids for order_ids, is_cut_off in newest if not is_cut_off]
    found = min(whole or [order_ids for order_ids, _ in newest], key=len, default=set())
    for word_ids in words:
        which = SearchHit.word_id.in_(word_ids), SearchHit.order_id.in_(found)
        found = set(db.session.scalars(select(SearchHit.order_id).where(*which)))
    return sorted(found, reverse=True), bool(newest) and not whole


def _newest_with(word_ids: Collection[int]) -> tuple[set[int], bool]:
    """The newest orders with one of these words, and whether there are older ones."""
    most = MOST_ORDERS // len(word_ids)
    hits = db.session.execute(union_all(*(_newest_hits(word_id, most) for word_id in word_ids))).all()
    is_cut_off = most in Counter(word_id for word_id, _ in hits).values()
    return {order_id for _, order_id in hits}, is_cut_off


def _newest_hits(word_id: int, most: int) -> Select[int, int]:
    of_word = select(SearchHit.word_id, SearchHit.order_id).where(SearchHit.word_id == word_id)
    newest = of_word.order_by(SearchHit.order_id.desc()).limit(most).subquery()
    return select(newest.c.word_id, newest.c.order_id)
