"""What the API takes: each body with its fields and their limits."""

import json
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit

from flask import request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from smartcart.payments.api.idempotency import LONGEST_KEY
from smartcart.payments.core.refusals import CardNumberGiven
from smartcart.rules.card_numbers import has_card_number
from smartcart.rules.merchant_events import MerchantEventType
from smartcart.rules.merchant_webhooks import LONGEST_URL
from smartcart.rules.money import DIGITS, LARGEST_AMOUNT, largest
from smartcart.web.problems import Problem

Body = TypeVar("Body", bound="StrictBody")


def _clean(value: str) -> str:
    """Text that every database stores and every page shows: no control characters, no half of a surrogate pair."""
    if any(unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t" for character in value):
        raise ValueError("must not contain control characters")
    return value


def _currency(value: str) -> str:
    if value not in DIGITS:
        raise ValueError("must be an ISO 4217 code such as EUR")
    return value


def _web_address(value: str) -> str:
    if any(character.isspace() for character in value) or not _has_web_host(value):
        raise ValueError("must be an address that begins with https:// or http://")
    return value


def _has_web_host(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:  # a host in brackets that is no address
        return False
    return parts.scheme in ("https", "http") and bool(parts.hostname)


Text = Annotated[str, AfterValidator(_clean)]
MINOR_UNITS = (
    "in the currency's minor unit, with the digits that ISO 4217 has for it: 4200 is 42.00 EUR, 42.00 RSD, 4200 JPY and"
    " 4.200 KWD. Other than two digits have: "
    + "; ".join(
        f"{count}: {', '.join(sorted(code for code, digits in DIGITS.items() if digits == count))}"
        for count in sorted({*DIGITS.values()} - {2})
    )
)
Minor = Annotated[int, Field(ge=1, le=LARGEST_AMOUNT, description=MINOR_UNITS)]


class StrictBody(BaseModel):
    """No field but those listed, and no text where a number belongs."""

    model_config = ConfigDict(extra="forbid", strict=True)


class CreateForOrder(StrictBody):
    """Open the session of an order of the shop."""

    order: Annotated[Text, Field(min_length=1, max_length=120, description="the order's number, such as SC-1042")]


class CreateForMerchant(StrictBody):
    """Open a session for an order of the caller's own shop."""

    reference: Annotated[
        Text, Field(min_length=1, max_length=120, description="the order's name in your own system: one, one payment")
    ]
    currency: Annotated[
        str,
        AfterValidator(_currency),
        Field(json_schema_extra={"enum": sorted(DIGITS)}, description="its code in ISO 4217"),
    ]
    amount: Minor
    user: Annotated[Text, Field(max_length=255, description="whose order it is, in your own words")] = ""
    description: Annotated[Text, Field(max_length=500, description="shown on the payment page")] = ""
    return_url: (
        Annotated[
            Text,
            Field(max_length=2000, description="to where the payment page leads on once it is over"),
            AfterValidator(_web_address),
        ]
        | None
    ) = None
    # As many and as long as Stripe's metadata takes.
    metadata: Annotated[
        dict[Annotated[Text, Field(max_length=40)], Annotated[Text, Field(max_length=500)]],
        Field(max_length=50, description="what you want to find again in each answer and event; texts by their names"),
    ] = {}

    @field_validator("amount")
    @classmethod
    def fits(cls, amount: int, others: ValidationInfo) -> int:
        currency = others.data.get("currency")  # not there when it is what is wrong
        if currency and amount > largest(currency):
            raise ValueError(f"must be at most {largest(currency)} in {currency}")
        return amount


Method = Annotated[Text, Field(min_length=1, max_length=80, description="a way to pay that the gateway offers")]


class Pay(StrictBody):
    method: Method


class Resume(StrictBody):
    """Without a method, the last one is used again."""

    method: Method | None = None


class Cancel(StrictBody):
    reason: Annotated[Text, Field(max_length=500, description="for the timeline")] = ""


class RefundRequest(StrictBody):
    """Give money back; without an amount, all that is left."""

    amount: Minor | None = None
    reason: Annotated[Text, Field(max_length=500, description="for the books")] = ""
    restock: Annotated[
        bool, Field(description="of an order of the shop: put all of its goods that are still out back on the shelf")
    ] = False


class Interrupt(StrictBody):
    kind: Literal["timeout", "network_error", "browser_closed", "gateway_error"]
    detail: Annotated[Text, Field(max_length=500, description="what was seen, for the timeline")] = ""


class Capture(StrictBody):
    """Nothing: what is taken is what was set aside."""


class Release(StrictBody):
    """Give the sum free that is set aside."""

    reason: Annotated[Text, Field(max_length=500, description="for the timeline")] = ""


class Complete(StrictBody):
    """Nothing: whether it is paid is for the gateway to say."""


class Nothing(StrictBody):
    """What is to be done stands in the address."""


class CreateWebhook(StrictBody):
    """Be told of events at an address; of all if no types are named. Thin is without what the session is like."""

    url: Annotated[Text, Field(min_length=1, max_length=LONGEST_URL, description="to where events are posted")]
    types: Annotated[
        list[Annotated[str, Field(max_length=80)]],
        Field(
            min_length=1,
            max_length=len(MerchantEventType),
            description="of which events to be told; of all where it is left out",
            json_schema_extra=lambda schema: schema.pop("default"),  # none at all may be left out, and not be sent
        ),
    ] = []
    thin: Annotated[bool, Field(description="whether to be sent the session's id alone")] = False


def refuse_card_numbers() -> None:
    """Refuse what holds a card's number, before anything is kept of it. Raises Problem, naming the fields of a body.

    What is no JSON is refused by whoever reads it.
    """
    key = request.headers.get("Idempotency-Key", "")
    if has_card_number(key[: LONGEST_KEY + 1]):  # a longer one is not kept, and may be of hundreds of KB
        raise Problem(422, CardNumberGiven.code, CardNumberGiven.detail)
    with suppress(ValueError, RecursionError):
        found = json.loads(request.get_data())
        refuse_card_numbers_in(found if isinstance(found, dict) else {"body": found})


def refuse_card_numbers_in(fields: dict[str, Any]) -> None:
    """Raises Problem, naming the fields that hold a card's number."""
    held = [name for name, value in fields.items() if any(map(has_card_number, _texts({name: value})))]
    if held:
        detail = "holds what looks like a card number; it was not kept"
        named = [{"field": "body" if has_card_number(name) else name[:80], "detail": detail} for name in held]
        raise Problem(422, CardNumberGiven.code, CardNumberGiven.detail, errors=named)


def _texts(value: Any) -> Iterator[str]:
    """Everything that is written in a JSON value. Each costs the same, however deep it lies."""
    parts = [value]
    while parts:
        match parts.pop():
            case dict() as fields:
                parts += [*fields, *fields.values()]
            case list() as more:
                parts += more
            case part:
                yield str(part)


def read_body(kind: type[Body]) -> Body:
    """The request's body as `kind`. Raises Problem: 400 when it is no JSON object, 422 naming each wrong field."""
    return read_fields(kind, json_body())


def read_fields(kind: type[Body], fields: dict[str, Any]) -> Body:
    """A body's fields as `kind`. Raises Problem: 422 naming each wrong field."""
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        raise Problem(422, "bad_fields", _sentence(error), errors=_fields(error)) from None


def json_body() -> dict[str, Any]:
    """The request's body as a JSON object. Raises Problem."""
    return json_object(request.get_data())


def json_object(text: bytes) -> dict[str, Any]:
    """A body as a JSON object; an empty body is an empty object. Raises Problem."""
    if not text.strip():
        return {}
    try:
        found = json.loads(text, object_pairs_hook=_each_once)
    except (ValueError, RecursionError):
        raise Problem(400, "bad_json", "The body is not JSON.") from None
    if not isinstance(found, dict):
        raise Problem(400, "bad_json", "The body must be a JSON object.")
    return found


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of two amounts nobody knows which is meant."""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise Problem(400, "bad_json", "The body has a field twice.")
    return fields


def _sentence(error: ValidationError) -> str:
    return "; ".join(f"{field['field']}: {field['detail']}" for field in _fields(error))


def _fields(error: ValidationError) -> list[dict[str, str]]:
    """What is wrong with each field; the values themselves are not repeated."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [
        {
            # A field's name is the caller's own text: cut, so that the answer stays an answer.
            "field": ".".join(str(part) for part in item["loc"])[:80].encode("ascii", "replace").decode() or "body",
            "detail": item["msg"].removeprefix("Value error, "),
        }
        for item in found[:20]
    ]
