"""Fraud rules in words."""

from smartcart.rules.velocity import Action, By, Measure, Rule

MINUTE, HOUR, DAY = 60, 3600, 86400
BY = {
    By.SHOPPER: "by one shopper",
    By.EMAIL: "by one e-mail address",
    By.ADDRESS: "from one address",
    By.CARD: "with one card",
    By.SHOP: "in the whole shop",
}
MEASURES = {
    Measure.ATTEMPTS: "attempts",
    Measure.DECLINES: "declines",
    Measure.CARDS: "different cards",
    Measure.DECLINED_CARDS: "different cards that were declined",
    Measure.SHOPPERS: "different shoppers",
    Measure.COUNTRIES: "different countries of delivery",
    Measure.SUM: "a sum paid, in the smallest unit of its currency",
}
ONE = {
    Measure.ATTEMPTS: "attempt",
    Measure.DECLINES: "decline",
    Measure.CARDS: "card",
    Measure.DECLINED_CARDS: "card that was declined",
    Measure.SHOPPERS: "shopper",
    Measure.COUNTRIES: "country of delivery",
}
ACTIONS = {
    Action.NOTE: "Note it",
    Action.CONFIRM: "Have the bank ask the shopper",
    Action.HOLD: "Set the sum aside until I have looked",
    Action.SLOW: "Slow down: none begins until the time is over",
    Action.REFUSE: "Refuse",
}
WOULD_HAVE = {
    Action.NOTE: "noted",
    Action.CONFIRM: "had the bank ask about",
    Action.HOLD: "set aside",
    Action.SLOW: "stopped",
    Action.REFUSE: "stopped",
}


def sentence(rule: Rule) -> str:
    """When a rule is met."""
    more = [
        "in the smallest unit of its currency, this attempt included" if rule.measure is Measure.SUM else "",
        f"at least {rule.share} % of them declined" if rule.share else "",
        f"sums from {rule.smallest}" if rule.smallest else "",
        f"sums up to {rule.largest}" if rule.largest else "",
        f"to {' '.join(rule.countries)}" if rule.countries else "",
        f"codes {' '.join(rule.codes)}" if rule.codes else "",
        "at least five times the declines that are usual" if rule.by is By.SHOP else "",
        "not for who has paid here before" if rule.strangers else "",
    ]
    counted = f"{_counted(rule)} {BY[rule.by]} within {_span(rule.within)}"
    return "; ".join([counted, *filter(None, more)]) + "."


def _counted(rule: Rule) -> str:
    """How many of what."""
    if rule.measure is Measure.SUM:
        return f"A sum of {rule.number} paid"
    return f"{rule.number} {ONE[rule.measure] if rule.number == 1 else MEASURES[rule.measure]}"


def _span(seconds: int) -> str:
    """In the largest unit that it is a whole number of: 10 minutes, 1 hour, 30 days."""
    name, unit = next(each for each in (("day", DAY), ("hour", HOUR), ("minute", MINUTE)) if seconds % each[1] == 0)
    return f"{seconds // unit} {name}{'' if seconds == unit else 's'}"
