"""Tables of what the code knows by name: states, interruptions, commands, figures, events and letters."""

from collections.abc import Iterable, Iterator
from pkgutil import resolve_name

import click

from smartcart.commands import COMMANDS
from smartcart.health.figures import BY_KIND_OF_CALL, BY_WEATHER, FIGURES
from smartcart.mail import owner
from smartcart.outbox.models import EffectKind
from smartcart.payments.core.interruptions import INTERRUPTIONS
from smartcart.payments.core.tally_model import Figure
from smartcart.payments.page import copy
from smartcart.rules import merchant_events
from smartcart.rules.merchant_events import MerchantEventType
from smartcart.rules.outcomes import Interruption, OutcomeKind
from smartcart.rules.owner_letters import SUBJECTS, Subject
from smartcart.rules.payment_states import GRAPH, MONEY, State
from smartcart.rules.verdicts import Verdict
from smartcart.rules.weather import Weather
from tools.documents.markdown import code, table

# Of events that are about no state of a payment.
EVENTS = {
    MerchantEventType.REFUND_MADE: "the gateway has given back what was asked for",
    MerchantEventType.REFUND_FAILED: "what was to be given back has come back, or was refused",
    MerchantEventType.DISPUTE_OPENED: "the shopper's bank asks about the payment, or asks for the money back",
    MerchantEventType.DISPUTE_CLOSED: "the bank has decided, or asks no more",
}
# What calls for each letter.
LETTERS = {
    EffectKind.RECEIPT: "the order was paid",
    EffectKind.LATE_MONEY: "money came after the payment had ended without",
    EffectKind.OUTCOME: "what had to be checked is known, and took no money",
    EffectKind.INTERRUPTED: "an attempt ended without money, and another may follow",
    EffectKind.NOTHING_TAKEN: "a payment that was tried has ended, and took no money",
    EffectKind.NEVER_TRIED: "an order was never tried to be paid, and the box for this letter was ticked at checkout",
    EffectKind.HELD: "the bank has set the sum aside, and the owner is to look",
    EffectKind.RELEASED: "what was set aside is given free",
    EffectKind.PAYMENTS_WORK: "payments work again, for who asked to be told",
    EffectKind.ORDERED_BEFORE: "somebody with the same address is about to order the same things on another device",
    EffectKind.REFUND_REQUESTED: "money is on its way back",
    EffectKind.REFUND_MADE: "money was given back",
    EffectKind.REFUND_FAILED: "money could not be given back",
    EffectKind.SENT: "the order was sent, or what was said of that was corrected",
    EffectKind.OWNER: "something needs the owner: see the next table",
}
OWNER = {
    Subject.GATEWAY_OUT: "no question was answered for a minute",
    Subject.GATEWAY_BACK: "it answers again, after that was told",
    Subject.HELD: "a sum is set aside and waits for the owner",
    Subject.MAIL: "a letter was refused, or tried for four days",
    Subject.WEBHOOKS: "a merchant's webhook was switched off",
    Subject.EVENTS_MISSING: "what asking found was never told by a webhook, or late",
    Subject.EVENTS_BACK: "they are told in time again",
}


def states() -> str:
    """Returns a row for each state: where the money is, what the page says, and which moves lead out of it."""
    rows = [
        [code(state), code(MONEY[state]), f"**{copy.HEADINGS[state]}** {copy.SENTENCES[state]}", _moves_from(state)]
        for state in State
    ]
    return table(["state", "money", "what the page says", "moves"], rows)


def interruptions() -> str:
    return table(["interruption", "what the page says"], [[code(each), INTERRUPTIONS[each]] for each in Interruption])


def commands() -> str:
    """Returns a row for each command and each of its own commands, with what may follow them."""
    rows = [
        row for name, (where, _) in COMMANDS.items() for row in _of_command(name, resolve_name(f"smartcart.{where}"))
    ]
    return table(["command", "takes", "what it does"], rows)


def metrics() -> str:
    """Returns a row for each figure of `/metrics`."""
    values = {Figure.STATE: State, Figure.OUTCOME: OutcomeKind, Figure.INTERRUPTION: Interruption}
    rows = [[code(name), says, code(label), _words(values[figure])] for figure, (name, says, label) in FIGURES.items()]
    name, says, label = BY_KIND_OF_CALL
    rows.append([code(name), says, code(label), "as the gateway calls them"])
    name, says, label = BY_WEATHER
    rows.append([code(name), says, code(label), _words(Weather)])
    return table(["figure", "what it says", "label", "values"], rows)


def events() -> str:
    """Returns a row for each event that merchants are told."""
    by_state = {told: state for state in State if (told := merchant_events.of_step(None, state))}
    rows = [
        [code(each), f"the session is {code(by_state[each])}" if each in by_state else EVENTS[each]]
        for each in MerchantEventType
    ]
    return table(["event", "when"], rows)


def letters() -> str:
    """Returns a row for each letter. Raises KeyError where nothing says what one is about."""
    return table(["letter", "when"], [[code(kind), LETTERS[kind]] for kind in EffectKind])


def owner_letters() -> str:
    """Returns a row for each thing that the owner is written about."""
    rows = [[code(each), owner.HEADINGS[each][0], OWNER.get(each) or _findings(each)] for each in Subject]
    return table(["about", "it says", "when"], rows)


def _moves_from(state: State) -> str:
    return ", ".join(f"{move} → {target}" for move, target in GRAPH[state].items())


def _of_command(name: str, command: click.Command) -> Iterator[list[str]]:
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            yield from _of_command(f"{name} {inner.name}", inner)
        return
    told = (command.help or "").partition("\n\n")[0]
    yield [code(f"smartcart {name}"), _words(map(_as_typed, command.params)), told]


def _as_typed(parameter: click.Parameter) -> str:
    """As it is written after the command: an option by its longest name, with what follows it."""
    word = parameter.make_metavar(click.Context(click.Command("smartcart")))
    if isinstance(parameter, click.Option):
        name = max(parameter.opts, key=len)
        return name if parameter.is_flag or parameter.count else f"{name} {word}"
    return word


def _words(values: Iterable[str]) -> str:
    return ", ".join(map(code, values))


def _findings(subject: Subject) -> str:
    """By which words the admin's inbox names what the owner is then written about."""
    return "found: " + ", ".join(each.replace("_", " ") for each in Verdict if SUBJECTS.get(each) is subject)
