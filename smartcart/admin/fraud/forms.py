"""The form of a fraud rule, and what is allowed in it."""

import re
from dataclasses import asdict
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, SelectField, StringField
from wtforms.form import BaseForm
from wtforms.validators import DataRequired, Length, ValidationError

from smartcart.admin.fraud.labels import ACTIONS, BY, MEASURES
from smartcart.rules.money import LARGEST_AMOUNT
from smartcart.rules.velocity import LONGEST, MOST, SHORTEST, Action, By, Measure, Rule
from smartcart.shop import countries
from smartcart.shop.forms import refuse_control_characters, stripped

NUMBER = re.compile(r"[0-9]{1,12}")
CODE = re.compile(r"[a-z0-9_]{1,60}")
LONGEST_NAME, LONGEST_LIST = 120, 1000
# What is counted of the whole shop: how many of them are usual is known.
COUNTED_IN_THE_SHOP = {Measure.DECLINES, Measure.DECLINED_CARDS}
# What there is one of at most, counted by itself.
ONE_AT_MOST = {(By.SHOPPER, Measure.SHOPPERS), (By.CARD, Measure.CARDS), (By.CARD, Measure.DECLINED_CARDS)}


def _as_typed(value: object) -> str:
    return str(value) if isinstance(value, int) else stripped(value)


def _listed(typed: object) -> str:
    return " ".join(re.split(r"[\s,]+", stripped(typed)))


class WholeNumber(StringField):
    """A whole number from `least` to `most`, in plain digits."""

    def __init__(self, label: str, least: int, most: int, allowed: str = "", **more: Any) -> None:
        super().__init__(label, filters=[_as_typed], **more)
        self._least, self._most = least, most
        self._allowed = allowed or f"a whole number from {least} to {most}"

    @property
    def number(self) -> int:
        """What was typed; -1 as long as that is no number."""
        return int(typed) if NUMBER.fullmatch(typed := self.data or "") else -1

    def pre_validate(self, form: BaseForm) -> None:
        if not self._least <= self.number <= self._most:
            raise ValidationError(f"{self.label.text} must be {self._allowed}.")


class RuleForm(FlaskForm):
    """A rule. Whole numbers alone, so that nothing depends on how decimals are written."""

    name = StringField(
        "Name",
        filters=[stripped],
        validators=[
            DataRequired("Please give the rule a name; it stands in the trail of payments."),
            Length(max=LONGEST_NAME, message=f"The name can have at most {LONGEST_NAME} characters."),
            refuse_control_characters,
        ],
    )
    number = WholeNumber("How many", 1, LARGEST_AMOUNT, allowed=f"a whole number from 1 to {MOST}, or a sum")
    measure = SelectField("Of what")
    by = SelectField("What they have in common")
    minutes = WholeNumber("Within how many minutes", SHORTEST // 60, LONGEST // 60)
    action = SelectField("What is done")
    share = WholeNumber("Share that was declined, in percent", 0, 100)
    strangers = BooleanField("Leave alone who has paid here before")
    smallest = WholeNumber("Sums from", 0, LARGEST_AMOUNT)
    largest = WholeNumber("Sums up to", 0, LARGEST_AMOUNT)
    countries = StringField("Only to these countries", filters=[_listed, str.upper])
    codes = StringField("Only declines with these codes", filters=[_listed, str.lower])
    is_on = BooleanField("Switched on")

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.measure.choices = list(MEASURES.items())
        self.by.choices = list(BY.items())
        self.action.choices = list(ACTIONS.items())

    def validate_number(self, field: Field) -> None:
        if self.measure.data != Measure.SUM and self.number.number > MOST:
            raise ValidationError(f"How many must be a whole number from 1 to {MOST}.")

    def validate_measure(self, field: Field) -> None:
        if (self.by.data, field.data) in ONE_AT_MOST:
            raise ValidationError("There is one of these at most; choose something else that is in common.")
        if self.by.data == By.SHOP and field.data not in COUNTED_IN_THE_SHOP:
            raise ValidationError("In the whole shop declines can be counted, or cards that were declined.")

    def validate_action(self, field: Field) -> None:
        if (self.measure.data, field.data) == (Measure.SUM, Action.SLOW):
            raise ValidationError("A sum cannot be slowed down: who wants to pay a large one would wait without end.")

    def validate_largest(self, field: Field) -> None:
        if 0 < self.largest.number < self.smallest.number:
            raise ValidationError("The largest sum must not be under the smallest.")

    def validate_countries(self, field: Field) -> None:
        unknown = [country for country in field.data.split() if country not in countries.names()]
        if unknown or len(field.data) > LONGEST_LIST:
            raise ValidationError("Countries must be codes of two capital letters, such as DE FR.")

    def validate_codes(self, field: Field) -> None:
        if len(field.data) > LONGEST_LIST or not all(CODE.fullmatch(code) for code in field.data.split()):
            raise ValidationError("Codes must be the gateway's own words, such as incorrect_cvc stolen_card.")

    def rule(self, rule_id: int) -> Rule:
        """The rule as it was typed, once it is valid."""
        return Rule(
            name=str(self.name.data),
            by=By(self.by.data),
            measure=Measure(self.measure.data),
            number=self.number.number,
            within=60 * self.minutes.number,
            action=Action(self.action.data),
            share=self.share.number,
            strangers=bool(self.strangers.data),
            smallest=self.smallest.number,
            largest=self.largest.number,
            countries=tuple(str(self.countries.data).split()),
            codes=tuple(str(self.codes.data).split()),
            is_on=bool(self.is_on.data),
            id=rule_id,
        )


def form_of(rule: Rule) -> RuleForm:
    """The form with a rule in it."""
    lists = {"countries": " ".join(rule.countries), "codes": " ".join(rule.codes)}
    return RuleForm(data=asdict(rule) | lists | {"minutes": rule.within // 60})
