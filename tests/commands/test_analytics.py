"""`smartcart analytics` brings the figures up to date, counts them anew, and holds them against the trail."""

import pytest

from tests.commands.running import Command, Done
from tests.commands.test_books import session_of
from tests.support.databases import write_into

# In day, week and month: opened and open, of all payments and of those of its method, its currency and its device.
COMPARED = "24 figures compared, from 1 events of 1 payments.\n"
AGREES = f"{COMPARED}Every figure is what the trail says.\n"


@pytest.fixture
def opened(run: Command, migrated: str) -> str:
    """A payment that was opened, and no more; returns the database."""
    session_of(migrated, "a-session", "created")
    write_into(
        migrated,
        "insert into payment_event (session_id, at, kind, actor, after, move, detail)"
        " values ('a-session', '2026-01-01 23:30:00.000000', 'opened', 'shopper', 'created', '', '')",
    )
    return migrated


def test_it_takes_in_what_has_happened_since(run: Command, opened: str) -> None:
    assert run("analytics") == Done(0, "1 events taken in.\n", "")
    assert run("analytics") == Done(0, "0 events taken in.\n", "")


def test_figures_that_are_right_end_with_0_and_wrong_ones_with_1(run: Command, opened: str) -> None:
    assert run("analytics", "--recount") == Done(0, f"1 events taken in.\n{AGREES}", "")
    write_into(
        opened, "update analytics_figure set number = 3 where figure = 'way' and grain = 'day' and slice = 'all'"
    )
    done = run("analytics", "--recount")
    assert done.code == 1
    assert "day 2026-01-01 all way opened: 3 kept, 1 counted\n" in done.out
    assert done.out.endswith("2 figures differ.\n")


def test_figures_that_are_wrong_are_made_anew(run: Command, opened: str) -> None:
    run("analytics")
    write_into(opened, "update analytics_figure set number = 3")
    assert run("analytics", "--rebuild", "--recount") == Done(0, f"1 events taken in.\n{AGREES}", "")


def test_after_a_change_of_the_time_zone_days_are_counted_anew(
    run: Command, opened: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("analytics")
    monkeypatch.setenv("SMARTCART_TIME_ZONE", "Europe/Berlin")
    run("analytics", "--rebuild")
    write_into(opened, "update analytics_figure set number = 3 where grain = 'day' and slice = 'all'")
    assert "day 2026-01-02 all way opened: 3 kept, 1 counted\n" in run("analytics", "--recount").out
