"""The tables of the sandbox's own books."""

import sqlite3

TABLES = """
create table if not exists book (id text not null, one integer primary key check (one = 1));
create table if not exists reference (
  reference text primary key, session text not null unique, amount integer not null check (amount > 0),
  currency text not null, closed_at real, order_name text not null default '');
create table if not exists request (
  reference text not null references reference, attempt integer not null, effect text not null, effective_at real,
  code text not null, return_url text not null, set_aside integer not null default 0,
  primary key (reference, attempt));
create table if not exists charge (
  reference text primary key references reference, attempt integer not null, charged_at real not null,
  refunded integer not null default 0);
create table if not exists refund (
  key text primary key, reference text not null references charge, amount integer not null check (amount > 0),
  refunded_at real not null, failed_at real);
create table if not exists dispute (
  reference text primary key references charge, amount integer not null, status text not null,
  disputed_at real not null);
create index if not exists refund_of_reference on refund (reference);
"""


def add_what_older_books_lack(books: sqlite3.Connection) -> None:
    """Bring books that were begun by an earlier version up to these tables."""
    books.execute("begin immediate")
    if "failed_at" not in [column[1] for column in books.execute("pragma table_info(refund)")]:
        books.execute("alter table refund add column failed_at real")
    if "set_aside" not in [column[1] for column in books.execute("pragma table_info(request)")]:
        books.execute("alter table request add column set_aside integer not null default 0")
    if "order_name" not in [column[1] for column in books.execute("pragma table_info(reference)")]:
        books.execute("alter table reference add column order_name text not null default ''")
    books.execute("commit")
