"""Counting rows of which there may be many, without looking at all of them."""

from typing import Any

from sqlalchemy import Select, func, select

from smartcart.database.session import db


def number_of(which: Select[Any], most: int) -> int:
    """How many rows there are; `most` where there are more, as no more are looked at."""
    return db.session.scalar(select(func.count()).select_from(which.limit(most).subquery())) or 0
