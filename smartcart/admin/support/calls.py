"""What callers say, what to look at, what it means, and the sentence to say: one table, for admin and document.

Nothing of it promises what only the gateway or a bank can know.
"""

from collections.abc import Sequence
from typing import NamedTuple

from smartcart.rules.payment_states import Money


class Truth(NamedTuple):
    """Where the money is, as the admin and the shopper's page call it: what it means, and what to say of it."""

    means: str
    say: str


class Answer(NamedTuple):
    """Of a call: where the money is in what is opened, or None where that makes no difference; what to do; what to
    say."""

    money: Money | None
    do: str
    say: str


class Call(NamedTuple):
    """What the caller says, in their words, and what to open first."""

    says: str
    opens: str
    answers: Sequence[Answer]


TRUTHS: dict[Money, Truth] = {
    Money.NOT_TAKEN: Truth(
        "No attempt of this payment has taken money, by the gateway's own word. A bank may still list one as pending:"
        " that falls off by itself.",
        "No money was taken. If your bank shows it as pending, it disappears by itself within a few days.",
    ),
    Money.CHECKING: Truth(
        "An attempt is under way or in the dark. The shop asks the gateway until it knows, and lets nobody pay"
        " meanwhile.",
        "We don't know yet. Please don't pay again; your order is safe, and the page tells you as soon as we know.",
    ),
    Money.RESERVED: Truth(
        "The bank has set the sum aside and the shop has not taken it. The payment's page says until when it is kept.",
        "Your bank has set the sum aside; nothing is taken until the shop has looked at the order.",
    ),
    Money.TAKEN: Truth(
        "The money was taken once, and the order is paid. What was given back of it stands beside it.",
        "Your money was taken once, and your order is paid.",
    ),
    Money.RETURNED: Truth(
        "All of it was given back at the gateway. When it shows is up to the shopper's bank.",
        "All of it was given back. Depending on your bank it shows within a few days.",
    ),
}

FIND_IT = (
    "Search for the order number, or for the name or e-mail address, and open the payment: on an order's page it stands"
    " last. If the address finds nothing, search one word of the name."
)
ASK_NOW = "Press “Ask the gateway now”, and read the answer"

CALLS: Sequence[Call] = (
    Call(
        "“I was charged twice.”",
        "Search for the e-mail address: are there two orders? Then open each payment, and the inbox.",
        (
            Answer(
                Money.TAKEN,
                "One order: one charge is taken; a second line at the bank is an attempt that took nothing. Two paid"
                " orders: offer to give one back, from its payment. In the inbox as “Charged twice”: give the second"
                " back there.",
                "For this order your money was taken once. If your bank lists it twice, the other took nothing here,"
                " and should disappear within a few days. If it does not, send us that line of the statement.",
            ),
            Answer(
                Money.NOT_TAKEN,
                f"{ASK_NOW}. Once the payment has ended unpaid, the shopper prints a statement of no charge from the"
                " page of their order.",
                "For this order no money was taken at all. For your bank, there is a statement of that on the page of"
                " your order once the payment is over.",
            ),
            Answer(
                Money.CHECKING,
                f"{ASK_NOW}. Nobody can pay it again meanwhile.",
                "We are asking the payment service at this moment. It is charged once at most; please don't pay again.",
            ),
        ),
    ),
    Call(
        "“It still says that you are checking.”",
        FIND_IT,
        (
            Answer(
                Money.CHECKING,
                f"{ASK_NOW}. Where the page says that the payment needs a person, look its reference up on the"
                " gateway's own pages, then ask again.",
                "We don't know yet whether money was taken, and are asking. You may close the page: we write to you"
                " when we know.",
            ),
            Answer(
                Money.TAKEN, "It is known by now.", "It is known now: your money was taken once, your order is paid."
            ),
            Answer(
                Money.NOT_TAKEN,
                "It is known by now. While its time lasts it can be paid from the same page.",
                "It is known now: no money was taken. You can pay on the same page, or order again.",
            ),
        ),
    ),
    Call(
        "“I paid, and there is no order.”",
        f"{FIND_IT} If there is none: the inbox, for money for no payment of ours.",
        (
            Answer(
                Money.TAKEN,
                "The order is there and is paid: was it put under another e-mail address? The receipt is among the"
                " letters of the payment, with what became of it.",
                "Your order is here and is paid, once. I read its number out to you.",
            ),
            Answer(
                Money.NOT_TAKEN,
                f"{ASK_NOW}. If it says charged, the order is paid by that, or the money goes back by itself.",
                "For this order no money has reached us. I have the payment service asked once more while we speak.",
            ),
            Answer(
                Money.CHECKING,
                f"{ASK_NOW}.",
                "Your order is here, and we are asking whether its money was taken. Please don't pay again.",
            ),
        ),
    ),
    Call(
        "“My refund is not there.”",
        f"{FIND_IT} Look at its refunds: asked for, made, refused or failed, each with its time.",
        (
            Answer(
                Money.RETURNED,
                "Read out the trace number of the refund, if there is one: by it the bank finds the money. “Reversal”"
                " means that the payment itself disappears from the statement.",
                "It was given back on the day that your page of refunds shows; that page also says by when your bank"
                " should show it. If there is a number there, your bank finds it by that.",
            ),
            Answer(
                Money.TAKEN,
                "None is asked for: ask the owner. Asked for: the gateway has not taken it up yet. Failed: the bank"
                " did not take it, as when a card is closed; pay it another way, and note that on the order.",
                "I see how far it is. You can follow each step on the page of your order.",
            ),
            Answer(Money.NOT_TAKEN, "Nothing was taken, so nothing is to be given back.", TRUTHS[Money.NOT_TAKEN].say),
        ),
    ),
    Call(
        "“The link in your mail does not work.”",
        f"{FIND_IT} A link is good for seven days, and has to be whole.",
        (
            Answer(
                Money.NOT_TAKEN,
                "Cut off: have them copy all of it. Over: they order again in the shop. Nothing was paid by opening"
                " it.",
                "Nothing was paid and nothing was changed by opening it. No money was taken for this order so far.",
            ),
            Answer(
                Money.TAKEN,
                "Cut off: have them copy all of it. The link of the receipt shows the order and its refunds.",
                "Your order is paid, whatever became of the link. Please copy all of it, to its last letter.",
            ),
            Answer(
                Money.RETURNED,
                "Cut off: have them copy all of it.",
                "All of it was given back, whatever became of the link.",
            ),
            Answer(Money.CHECKING, f"{ASK_NOW}.", "You need not do anything: we are asking, and write when we know."),
        ),
    ),
    Call(
        "“It went wrong in the middle: the page closed, my phone died, I lost the network.”",
        FIND_IT,
        (
            Answer(
                Money.NOT_TAKEN,
                "While its time lasts it can be paid: in the same browser, by the mail's link, or by the code on its"
                " screen.",
                "No money was taken. Open the shop again in the same browser: the payment is shown on top of each"
                " page.",
            ),
            Answer(Money.TAKEN, "Nothing: it went through.", "It went through: your money was taken once."),
            Answer(Money.CHECKING, f"{ASK_NOW}.", "We are finding out what became of it. Please don't pay again yet."),
        ),
    ),
    Call(
        "“My card was declined, and there is money on it.”",
        f"{FIND_IT} The attempts say what the bank answered.",
        (
            Answer(
                Money.NOT_TAKEN,
                "The bank declines, not the shop; its reason is often not told. Another card works at once.",
                "Your bank did not allow it, and no money was taken. Please use another card, or ask your bank.",
            ),
            Answer(Money.TAKEN, "A later attempt went through.", "A later attempt went through; it was taken once."),
        ),
    ),
    Call(
        "“I cancelled, and was charged all the same.”",
        FIND_IT,
        (
            Answer(
                Money.TAKEN,
                "The money was taken before the wish to cancel arrived. The inbox has the wish, if they pressed for"
                " it: give it back before anything is sent.",
                "The money had been taken before you cancelled. Nothing is sent, and I have it given back now.",
            ),
            Answer(Money.NOT_TAKEN, f"{ASK_NOW}.", "It was cancelled, and no money was taken. Pending lines fall off."),
            Answer(Money.CHECKING, "Wait for the answer: it is cancelled or paid.", TRUTHS[Money.CHECKING].say),
        ),
    ),
    Call(
        "“The page says that payments do not work.”",
        "The gateway's weather, in the admin.",
        (
            Answer(
                None,
                "While it is out nothing is sent to it; it comes back by itself. Orders are kept for a day at most.",
                "The payment service answers nobody at the moment. Your order is kept; on the page you can ask for a"
                " mail.",
            ),
        ),
    ),
    Call(
        "“When do I get it? It says that the sum is set aside.”",
        f"{FIND_IT} Tell the owner: they take the money, or give the sum free.",
        (
            Answer(
                Money.RESERVED,
                "The owner decides on the payment's page. Without a word it is given free a day before it lapses.",
                "The shop looks at the order first. If it is not taken, your bank sets the sum free by itself.",
            ),
        ),
    ),
    Call(
        "“I don't know this charge.”",
        f"{FIND_IT} By its day: under orders, read down the sums.",
        (
            Answer(
                Money.TAKEN,
                "Compare name, address and things. If it was not them: give it back before it becomes a dispute, and"
                " send nothing.",
                "There is an order of that day for that sum. If it is not yours, we give the money back.",
            ),
            Answer(
                Money.CHECKING,
                f"{ASK_NOW}.",
                "There is an order of that day for that sum; we are asking whether its money was taken.",
            ),
            Answer(
                Money.RETURNED,
                "It was given back. The refunds of the payment say when.",
                "There was an order of that sum, and all of it was given back.",
            ),
            Answer(
                Money.NOT_TAKEN,
                "By this payment nothing was taken. Are there others of that day: under orders, by day?",
                "There is an order of that day, and no money was taken for it. If your bank shows it as pending, it"
                " disappears by itself.",
            ),
        ),
    ),
    Call(
        "“You wrote that I had ordered the same before.”",
        "Search for the e-mail address.",
        (
            Answer(
                Money.TAKEN,
                "Two paid orders stand in the inbox, if neither was said to be meant. One: nothing was charged by the"
                " second.",
                "There is one order, and it is paid once. The mail went out because the same was about to be ordered"
                " again.",
            ),
            Answer(Money.NOT_TAKEN, "Nothing was charged by it.", TRUTHS[Money.NOT_TAKEN].say),
            Answer(Money.CHECKING, f"{ASK_NOW}.", TRUTHS[Money.CHECKING].say),
            Answer(Money.RESERVED, "The sum is set aside once.", TRUTHS[Money.RESERVED].say),
            Answer(Money.RETURNED, "It was given back.", TRUTHS[Money.RETURNED].say),
        ),
    ),
)


def that_fit(money: Money) -> list[Call]:
    """The calls with an answer for where the money is now, and of each only those answers."""
    fitting = [call._replace(answers=[each for each in call.answers if each.money in (money, None)]) for call in CALLS]
    return [call for call in fitting if call.answers]
