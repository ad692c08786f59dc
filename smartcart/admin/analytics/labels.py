"""What the figures are called where people read them."""

from smartcart.admin.payments.labels import INTERRUPTIONS
from smartcart.analytics.figures import Figure, Rescuer, Slice, Step
from smartcart.analytics.report import Row
from smartcart.rules.periods import Grain

TITLES = {
    "rescued": "Rescued",
    "interrupted": "Interrupted, by what came in between",
    "rescued_from": "Rescued, by what came in between",
    "rescued_by": "Rescued, by what brought them through",
    "way": "The way to being paid",
    "lost": "Lost on the way",
    "paid": "Paid",
    "time_to_pay": "Time to pay",
    "time_to_truth": "Time to the truth",
    "attempts": "Attempts needed",
    "declines": "Declines by code",
    "refunds": "Refunds",
    "disputes": "Disputes",
    Slice.METHOD: "Paid, by method",
    Slice.CURRENCY: "Paid, by currency",
    Slice.DEVICE: "Paid, by device",
}
GRAINS = {Grain.DAY: "Day", Grain.WEEK: "Week", Grain.MONTH: "Month"}
SLICES = {Slice.METHOD: "Method", Slice.CURRENCY: "Currency", Slice.DEVICE: "Device"}
# By section where a name would mean two things, and by the name alone where it does not.
_NAMES: dict[tuple[str, str] | str, str] = {
    **{kind.value: word for kind, word in INTERRUPTIONS.items()},
    "interrupted": "interrupted payments",
    "rescued": "rescued payments",
    Figure.RESCUED_SUM: "money rescued",
    Rescuer.AUTOMATIC_RETRY: "automatic retry",
    Rescuer.RECONCILER: "the reconciler",
    Rescuer.BY_HAND: "retry by hand",
    Rescuer.RECOVERY_MAIL: "recovery mail",
    Rescuer.MORE_TIME: "more time",
    Rescuer.ITSELF: "went on by itself",
    Step.AT_GATEWAY: "at the gateway",
    Step.OPEN: "still open",
    "not_tried": "opened, and not tried",
    "not_at_gateway": "tried, and not at the gateway",
    "not_paid": "at the gateway, and not paid",
    ("paid", "paid"): "payments",
    Figure.TAKEN: "money taken",
    Figure.REFUNDED_SUM: "money given back",
    Figure.DISPUTED_SUM: "money lost",
}


def name_of(section: str, row: Row) -> str:
    """What a row is called within its section; what is not ours to name is its own word."""
    if section == "attempts":
        return f"at attempt {row.name}"
    name = _NAMES.get((section, row.name), _NAMES.get(row.name, row.name))
    return f"{name}, {row.currency}" if row.currency else name


def lasted(tenths: int) -> str:
    """A duration in tenths of a second, in no more digits than are kept: 1.3 s, 47 s, 2 min 30 s, 1 h 40 min."""
    seconds, tenth = divmod(tenths, 10)
    minutes, hours = seconds // 60, seconds // 3600
    if seconds < 60:
        return f"{seconds}.{tenth} s" if seconds < 10 else f"{seconds} s"
    return f"{minutes} min {seconds % 60} s" if minutes < 60 else f"{hours} h {minutes % 60} min"


def most_of(rows: list[Row], row: Row) -> int:
    """What fills the width where a row is drawn: the most that one of its unit has, and never nothing."""
    alike = (each for each in rows if (each.unit, each.currency) == (row.unit, row.currency))
    return max(1, *(value for each in alike for value in (each.now or 0, each.before or 0)))
