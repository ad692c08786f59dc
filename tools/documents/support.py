"""What to say to who calls, as the admin has it beside a payment."""

from smartcart.admin.payments.labels import MONEY
from smartcart.admin.support.calls import CALLS, TRUTHS, Call
from tools.documents.markdown import table


def truths() -> str:
    rows = [(MONEY[money], truth.means, f"“{truth.say}”") for money, truth in TRUTHS.items()]
    return table(("money", "what it means", "say"), rows)


def calls() -> str:
    return "\n\n".join(map(_call, CALLS))


def _call(call: Call) -> str:
    rows = [
        (MONEY[each.money] if each.money else "whatever it says", each.do, f"“{each.say}”") for each in call.answers
    ]
    return f"### {call.says}\n\n{call.opens}\n\n{table(('money', 'do', 'say'), rows)}"
