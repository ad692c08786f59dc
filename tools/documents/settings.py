"""The table of settings: names, defaults and limits are the code's; what each is for stands here, and nowhere else."""

from typing import Any, get_args

from pydantic.fields import FieldInfo

from smartcart.config import PREFIX, Settings
from tools.documents.markdown import code
from tools.documents.markdown import table as as_table

# Of those whose default follows from something else.
DEFAULTS = {
    "data": "`instance/` beside a checkout, else the user's data folder",
    "database_url": "SQLite in `SMARTCART_DATA`",
    "secret_key": "made once, kept in `SMARTCART_DATA`",
    "base_url": "from the request",
    "admin_password": "made and printed once",
    "sandbox_ledger": "`sandbox.sqlite3` in `SMARTCART_DATA`",
    "smtp_host": "none: mails are kept",
    "smtp_port": "`587`, `465` or `25`, by the next",
}

MEANINGS = {
    "data": (
        "the full path of the folder where the SQLite file, the secret key, the sandbox's books and mails that "
        "are kept lie"
    ),
    "database_url": "`postgresql://…` for PostgreSQL",
    "secret_key": "16 characters or more; required with PostgreSQL",
    "secret_key_before": (
        "after a change of the secret key the one before: links in mails and cookies that it has signed go on "
        "working. Leave it out again seven days later, when statements of no charge from before can no longer be "
        "checked; but with Stripe keep it: charges are marked by it. Do not set it at all if it has leaked"
    ),
    "base_url": (
        "where shoppers reach the shop, for example `https://shop.example`, or under a path: `https://example.com/shop`"
    ),
    "gateway": "who moves the money: the sandbox moves none",
    "stripe_secret_key": "`sk_…` or a restricted `rk_…`; required with Stripe",
    "stripe_publishable_key": "`pk_…`, of the same mode; required with Stripe",
    "stripe_webhook_secret": (
        "`whsec_…`; while it is rolled both, with a comma between them; without it there are no webhooks, and the "
        "shop asks"
    ),
    "stripe_api_base": "for a proxy of your own on the way there",
    "payment_timeout": "seconds until an attempt without an answer is checked",
    "max_attempts": "attempts a payment session",
    "retry_delay": "seconds until the first automatic retry; doubles each time, with jitter",
    "session_lifetime": "seconds to pay; the shopper can ask for more time",
    "cart_lifetime": "seconds after which what nobody touched is taken out of a cart: 90 days",
    "poll_interval": "seconds between looks of an open page; `0` switches it off",
    "waiting_shoppers": (
        "so many open pages per process show a change within 0.1 s at any time, on either database and whichever "
        "process made it; further pages do so only while a payment is under way, and else look every "
        "`POLL_INTERVAL`"
    ),
    "cleanup_interval": "seconds between sweeps for expired sessions",
    "reconcile_interval": "seconds between rounds of the reconciler, and between its first questions",
    "fraud": (
        "whether attempts are remembered for the fraud rules, and held against them and the card schemes' limits"
        " ([fraud.md](fraud.md))"
    ),
    "fraud_keep": (
        "seconds after which an attempt is forgotten by them (90 days); thirty days at least: so far do the card"
        " schemes look back"
    ),
    "weather": ("whether the page says that the payment service is slow or out, and payments wait until it is back"),
    "gateway_threads": "calls to the gateway at once",
    "admin_password": "for user `admin`, 8 characters or more",
    "sandbox_ledger": "the sandbox gateway's own books",
    "rate_limit": "actions of one shopper at one address, or `off`",
    "trusted_proxies": (
        "addresses or networks whose `X-Forwarded-For`, `-Proto`, `-Host` or `Forwarded` are believed, such as "
        "`127.0.0.1,10.0.0.0/8`"
    ),
    "metrics_token": (
        "bearer token for `/metrics`, 16 characters or more; without it `/metrics` answers this machine alone"
    ),
    "currency": "of new products, an ISO 4217 code",
    "shop_name": "on every page and letter, unless the admin's page *Shop* has another one",
    "contact": (
        "how shoppers reach you: an e-mail address, a telephone number or a web address; shown where money is in "
        "the dark or was returned"
    ),
    "time_zone": "the shop's own, such as `Europe/Berlin`: what people read, and what a day is in the figures",
    "smtp_host": "the mail server that takes your shop's letters",
    "smtp_port": "of the mail server",
    "smtp_security": "`tls` is from the first byte; certificates are always checked",
    "smtp_user": "where the mail server wants a name and a password, which are never sent unencrypted",
    "smtp_password": "required with a user",
    "webhook_networks": (
        "addresses or networks near this machine, such as `10.0.0.0/8`, to which merchants' webhooks may go all "
        "the same, also without encryption"
    ),
    "mail_from": "the address that letters come from; required with a mail server",
    "owner_email": "where you are told of what needs you; without it nobody is",
    "owner_letters": "`daily` is one letter at eight in the morning, by the shop's time zone",
}


def table() -> str:
    """Returns a row for each setting, in the order of `MEANINGS`. Raises KeyError for one that is missing there."""
    fields = Settings.model_fields
    names = [*MEANINGS, *(name for name in fields if name not in MEANINGS)]
    rows = [[code(PREFIX + name.upper()), _default(name), _allowed(fields[name]), MEANINGS[name]] for name in names]
    return as_table(["name", "default", "allowed", "what it is for"], rows)


def _default(name: str) -> str:
    field = Settings.model_fields[name]
    if name in DEFAULTS or field.is_required() or field.default_factory is not None:
        return DEFAULTS[name]
    return code(str(field.default))


def _allowed(setting: FieldInfo) -> str:
    """What its type says of it: the words that it may be, or the least and the most."""
    if words := get_args(setting.annotation):
        return ", ".join(map(code, words))
    least, most = _limit(setting, "ge"), _limit(setting, "le")
    if most is None:
        return ""
    return f"{least:,} to {most:,}" if least is not None else f"above 0, to {most:,}"


def _limit(setting: FieldInfo, kind: str) -> Any:
    return next((getattr(each, kind) for each in setting.metadata if hasattr(each, kind)), None)
