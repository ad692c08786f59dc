"""openapi.json: it is true, and whatever fits it or does not gets an answer that it lists."""

import re
from typing import Any

import openapi_spec_validator
import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import ignored_auth, negative_data_rejection, positive_data_acceptance
from schemathesis.specs.openapi.schemas import OpenApiSchema

from smartcart import create_app
from smartcart.config import Settings
from smartcart.gateways.sandbox.gateway import Sandbox
from smartcart.payments.api.openapi import BODIES, description
from smartcart.payments.api.openapi.answers import ANSWERS
from tests.support.caller import API, Caller
from tests.support.databases import ON_POSTGRESQL
from tests.support.shopper import Shopper

# Enough for every field to be wrong in several ways, and few enough to be quick.
EXAMPLES = 8
# What no schema says: a currency that there is, and a way to pay that is offered. What is not yours is 404, never 401.
RIGHT = {"currency": "EUR", "method": "sandbox_decline"}
NOT_FOR_US = [positive_data_acceptance, ignored_auth]

# The gateway's threads draw the jitter of their retries while hypothesis draws the next case.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")


@pytest.fixture
def schema(app: Flask) -> OpenApiSchema:
    return schemathesis.openapi.from_wsgi(f"{API}/openapi.json", app)


def test_the_description_is_valid_openapi_and_open_to_everybody(app: Flask, schema: OpenApiSchema) -> None:
    schema.validate()
    response = app.test_client().get(f"{API}/openapi.json")
    assert (response.status_code, response.mimetype) == (200, "application/json")
    assert response.get_json()["openapi"].startswith("3.1")


def test_a_validator_finds_nothing_wrong_in_it() -> None:
    openapi_spec_validator.validate(description())


def test_it_says_where_the_shop_is_also_under_a_path(settings: Settings, sandbox: Sandbox) -> None:
    app = create_app(settings.model_copy(update={"base_url": "https://example.com/shop"}), sandbox)
    said = app.test_client().get(f"/shop{API}/openapi.json").get_json()
    assert said["servers"] == [{"url": "https://example.com/shop"}]


def test_every_route_is_described_and_nothing_else(app: Flask, schema: OpenApiSchema) -> None:
    described = {
        (method.upper(), path.replace("{id}", "<session_id>"))
        for path, methods in schema.raw_schema["paths"].items()
        for method in methods
    }
    routes = {
        (method, rule.rule.replace("<endpoint_id>", "<session_id>"))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/payments/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert described == routes


def test_no_two_schemas_have_one_name() -> None:
    names = [body.__name__ for body in BODIES] + list(ANSWERS)
    assert len(names) == len(set(names))


def test_every_field_of_a_session_is_described(schema: OpenApiSchema, merchant: Caller) -> None:
    described = schema.raw_schema["components"]["schemas"]["Session"]["properties"]
    assert set(described) == set(merchant.create())


def test_it_is_described_which_digits_an_amount_counts(schema: OpenApiSchema) -> None:
    schemas = schema.raw_schema["components"]["schemas"]
    for amount in (schemas[name]["properties"]["amount"] for name in ("CreateForMerchant", "Session")):
        assert "ISO 4217" in amount["description"]
        assert "3: BHD, IQD, JOD, KWD, LYD, OMR, TND" in amount["description"]


@ON_POSTGRESQL
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_whatever_a_program_sends_gets_an_answer_of_the_description(
    schema: OpenApiSchema, admin: Caller, mode: GenerationMode
) -> None:
    for operation in _operations(schema):
        session = admin.create(f"of {operation.label}")["id"]
        admin.pay(session, "sandbox_unreachable")
        _try_out(operation, mode, session, admin)


@ON_POSTGRESQL
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_whatever_a_browser_sends_gets_an_answer_of_the_description(
    schema: OpenApiSchema, shopper: Shopper, customer: Caller, mode: GenerationMode
) -> None:
    session = shopper.order()
    for operation in _operations(schema):
        _try_out(operation, mode, session, customer)


def _operations(schema: OpenApiSchema) -> list[APIOperation]:
    return [found.ok() for found in schema.get_all_operations()]


def _try_out(operation: APIOperation, mode: GenerationMode, session: str, caller: Caller) -> None:
    """Send what schemathesis makes up, to an id it makes up as well and to a session there is."""
    headers, cookies = caller.headers(), _cookies(caller)

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def answer(case: Case) -> None:
        if mode is GenerationMode.POSITIVE and isinstance(case.body, dict):
            case.body |= {name: right for name, right in RIGHT.items() if name in case.body}
        _check(case, headers, cookies, NOT_FOR_US)
        if "id" in case.path_parameters:
            case.path_parameters["id"] = session
            _check(case, headers, cookies, [*NOT_FOR_US, negative_data_rejection])  # it may be right by now

    answer()


def _check(case: Case, headers: dict[str, str], cookies: dict[str, str], excluded: list[Any]) -> None:
    response = case.call(headers=headers, cookies=cookies)
    case.validate_response(response, excluded_checks=excluded)
    assert response.status_code < 500
    assert not re.search(r"Traceback|site-packages|sqlalchemy|File \"", response.text)


def _cookies(caller: Caller) -> dict[str, str]:
    return {cookie.key: cookie.value for cookie in (caller.client._cookies or {}).values()}
