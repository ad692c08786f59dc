"""What the owner reads of a drill."""

from smartcart.admin.drill.models import DrillRun
from smartcart.admin.drill.runs import shown_state
from smartcart.rules.drills import UNDER_WAY, AskedBy, CopyOn, Promise, Run, Scenario

# What a scenario is called, what it does, and of what it counts how often it has happened.
SCENARIOS = {
    Scenario.TIMEOUT_AFTER_CHARGE: (
        "Timeout after charge",
        "The gateway takes the money, or does not, and never answers.",
        "calls that were not answered in time",
    ),
    Scenario.LOST_REPLY: (
        "Lost reply",
        "The gateway takes the money, and the connection breaks before it has said so.",
        "answers that were lost",
    ),
    Scenario.CRASH: (
        "Crash",
        "The shop is killed while payments are with the gateway, and starts again.",
        "payments that were with the gateway when the shop was killed",
    ),
    Scenario.DOUBLE_PRESS: (
        "Double press",
        "Pay is pressed more than once at the same moment: in one browser, in two, and by a program.",
        "presses too many",
    ),
    Scenario.GATEWAY_DOWN: (
        "Gateway down",
        "The gateway cannot be reached, and later it can.",
        "attempts that never arrived",
    ),
    Scenario.WEBHOOKS_LOST: (
        "Webhooks lost",
        "The gateway tells nothing by itself, nobody looks, and a merchant's system loses each event's first delivery.",
        "deliveries that were lost",
    ),
    Scenario.MAIL_DOWN: (
        "Mail down",
        "The mail server refuses every connection while people pay. Later it is there again, and has each letter once.",
        "letters that could not be handed over at first",
    ),
}
AFTERWARDS = ("Afterwards", "When all is over the books are read as a whole.", "")
PROMISES = {
    Promise.PLAYED: "It really happened",
    Promise.NEVER_TWICE: "Nothing was charged twice",
    Promise.NOTHING_LOST: "No payment was lost, and none is stuck",
    Promise.TRUE_PAGES: "Every page told the truth about the money",
    Promise.TRUE_LETTERS: "Every letter was written, and told the truth",
    Promise.MERCHANT_TOLD: "The merchant's system was told of all of it",
    Promise.STOCK_RIGHT: "What was sold is off the shelf, and nothing else",
    Promise.NO_FAULTS: "Every request was answered, none by an error",
}
# What a promise was held against, by the number of it.
HELD_AGAINST = {
    Promise.PLAYED: "times",
    Promise.NEVER_TWICE: "charges",
    Promise.NOTHING_LOST: "payments",
    Promise.TRUE_PAGES: "answers",
    Promise.TRUE_LETTERS: "letters",
    Promise.MERCHANT_TOLD: "events",
    Promise.STOCK_RIGHT: "sold",
    Promise.NO_FAULTS: "answers",
}
STATES = {
    Run.ASKED: ("Begins in a moment", "info"),
    Run.RUNNING: ("Runs", "info"),
    Run.PASSED: ("Passed", "good"),
    Run.FAILED: ("Failed", "bad"),
    Run.BROKEN_OFF: ("Broken off", "warning"),
    Run.NOT_CARRIED_OUT: ("Not carried out", "warning"),
}
ASKED_BY = {AskedBy.OWNER: "by hand", AskedBy.MONTH: "by itself"}
# The database that the copy is on.
COPY_ON = {
    CopyOn.SQLITE: "The copy is on SQLite, as the shop is.",
    CopyOn.POSTGRESQL: "The copy is on PostgreSQL, as the shop is, in a database of its own that is gone afterwards.",
    CopyOn.NOT_ALLOWED: (
        "The copy is on SQLite, though the shop is on PostgreSQL: the shop's user there may not create databases."
        " ALTER ROLE … CREATEDB lets it."
    ),
    CopyOn.NOT_MADE: (
        "The copy is on SQLite, though the shop is on PostgreSQL: no database could be made for the copy there."
        " The shop's log has the reason."
    ),
}
STEPS = {
    "": "Waiting for a process of the shop to take it up",
    "opening": "The copy opens",
    "time_passes": "The copy's clock is put forward, so that what waits comes to its end",
    "reading": "The books are read",
}
# Of the settings that are copied.
TIMES = {
    "payment_timeout": "The gateway is waited for",
    "retry_delay": "Before an automatic retry",
    "session_lifetime": "A payment is open",
    "cleanup_interval": "Between two sweeps",
    "reconcile_interval": "Between two looks at what is in the dark",
}


def step(run: DrillRun) -> str:
    """What it is doing."""
    return SCENARIOS[Scenario(run.step)][0] if run.step in SCENARIOS else STEPS[run.step]


def announcement(run: DrillRun) -> str:
    """What a screen reader tells when it changes."""
    state = shown_state(run)
    return f"{step(run)}." if state in UNDER_WAY else f"{STATES[state][0]}."


def title(run: DrillRun) -> str:
    """What is drilled, in few words."""
    words = run.scenarios.split()
    return "All scenarios" if len(words) == len(Scenario) else ", ".join(SCENARIOS[Scenario(each)][0] for each in words)
