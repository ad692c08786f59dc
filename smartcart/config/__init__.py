"""Settings: read once from the environment and `.env`, checked, and refused loudly when wrong.

Each setting is named `SMARTCART_<NAME>`; `SMARTCART_<NAME>_FILE` names a file that holds the value, for secrets.
"""

import os
import secrets
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import URL, make_url

from smartcart import places
from smartcart.config import files
from smartcart.config import values as setting_values
from smartcart.rules.owner_letters import Way
from smartcart.rules.proxies import Network, networks

PREFIX = "SMARTCART_"
SECRETS = (
    "secret_key",
    "secret_key_before",
    "admin_password",
    "database_url",
    "stripe_secret_key",
    "stripe_webhook_secret",
    "metrics_token",
    "smtp_password",
)
# Where a mail server is found unless the port is set: submission (RFC 6409), over TLS (RFC 8314), and a relay.
MAIL_PORTS = {"starttls": 587, "tls": 465, "none": 25}


class WrongSetting(Exception):
    """A setting that cannot be used; the message is one line for the person who starts the shop."""


# Upper bounds only keep out slips of the finger (milliseconds for seconds): nobody waits an hour for a gateway.
Seconds = Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)]


class Settings(BaseSettings):
    """All settings with their defaults; times are in seconds, fractions allowed."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    data: Annotated[Path, AfterValidator(setting_values.data)] = Field(default_factory=places.own_data)
    database_url: Annotated[str, AfterValidator(setting_values.database_url)] = Field(
        default_factory=lambda given: setting_values.sqlite_in(given["data"])
    )
    secret_key: Annotated[str, AfterValidator(setting_values.long_secret)] = ""
    secret_key_before: Annotated[str, AfterValidator(setting_values.long_secret)] = ""
    base_url: Annotated[str, AfterValidator(setting_values.base_url)] = ""
    gateway: Literal["sandbox", "stripe"] = "sandbox"
    payment_timeout: Seconds = 30
    max_attempts: Annotated[int, Field(ge=1, le=20)] = 3
    retry_delay: Seconds = 2
    session_lifetime: Annotated[float, Field(gt=0, le=7 * 86400, allow_inf_nan=False)] = 900
    # A day at least, or carts are gone overnight.
    cart_lifetime: Annotated[float, Field(ge=86400, le=3650 * 86400, allow_inf_nan=False)] = 90 * 86400
    poll_interval: Annotated[float, Field(ge=0, le=3600, allow_inf_nan=False)] = 2
    waiting_shoppers: Annotated[int, Field(ge=0, le=5000)] = 0
    cleanup_interval: Seconds = 60
    reconcile_interval: Seconds = 5
    weather: Literal["on", "off"] = "on"
    fraud: Literal["on", "off"] = "on"
    # Thirty days at least: so far the card schemes look back.
    fraud_keep: Annotated[float, Field(ge=30 * 86400, le=3650 * 86400, allow_inf_nan=False)] = 90 * 86400
    gateway_threads: Annotated[int, Field(ge=1, le=512)] = 16
    admin_password: str = ""
    sandbox_ledger: Path = Field(default_factory=lambda given: given["data"] / "sandbox.sqlite3")
    stripe_secret_key: Annotated[str, AfterValidator(setting_values.stripe_secret_key)] = ""
    stripe_publishable_key: Annotated[str, AfterValidator(setting_values.stripe_publishable_key)] = ""
    stripe_webhook_secret: Annotated[str, AfterValidator(setting_values.stripe_webhook_secret)] = ""
    stripe_api_base: Annotated[str, AfterValidator(setting_values.stripe_api_base)] = "https://api.stripe.com"
    rate_limit: Annotated[str, AfterValidator(setting_values.rate_limit)] = "120 per minute"
    trusted_proxies: Annotated[str, AfterValidator(setting_values.trusted_proxies)] = ""
    currency: Annotated[str, AfterValidator(setting_values.currency)] = "EUR"
    metrics_token: Annotated[str, AfterValidator(setting_values.long_secret)] = ""
    shop_name: Annotated[str, AfterValidator(setting_values.shop_name)] = "SmartCart"
    contact: Annotated[str, AfterValidator(setting_values.contact)] = ""
    smtp_host: Annotated[str, AfterValidator(setting_values.host)] = ""
    smtp_port: Annotated[int, Field(ge=0, le=65535)] = 0
    smtp_user: str = ""
    smtp_password: str = ""
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    owner_email: Annotated[str, AfterValidator(setting_values.mail_address)] = ""
    owner_letters: Way = "at-once"
    mail_from: Annotated[str, AfterValidator(setting_values.mail_address)] = ""
    webhook_networks: Annotated[str, AfterValidator(setting_values.webhook_networks)] = ""
    time_zone: Annotated[ZoneInfo, BeforeValidator(setting_values.time_zone)] = ZoneInfo("UTC")

    @property
    def pages_wait(self) -> bool:
        """Whether open pages wait for news instead of only asking now and then."""
        return self.waiting_shoppers > 0 and self.poll_interval > 0

    @property
    def proxies(self) -> tuple[Network, ...]:
        """Whose word on where a request comes from is believed."""
        return networks(self.trusted_proxies)

    @property
    def webhook_targets(self) -> tuple[Network, ...]:
        """Networks around this machine to which merchants' webhooks may go."""
        return networks(self.webhook_networks)

    @property
    def stripe_webhook_secrets(self) -> tuple[str, ...]:
        """One, or two while it is being rolled; none where Stripe tells nothing."""
        return tuple(filter(None, self.stripe_webhook_secret.split(",")))

    @property
    def mail_port(self) -> int:
        """The port of the mail server, as it is set or usual."""
        return self.smtp_port or MAIL_PORTS[self.smtp_security]

    @property
    def stripe_shop(self) -> str:
        """What tells this shop from others that use the same account of a gateway; it gives nothing away.

        It stays while the secret key before is named: charges are marked with it, and are disputed months later.
        """
        return sha256(f"shop of {self.secret_key_before or self.secret_key}".encode()).hexdigest()[:16]

    @property
    def local(self) -> bool:
        """Whether the database is a file of this machine."""
        return self.database_url.startswith("sqlite")

    def masked(self) -> dict[str, str]:
        """Every setting as text, its environment name first; what is secret is not shown."""
        values = {name: str(value) for name, value in self.model_dump().items()}
        values["database_url"] = _without_passwords(make_url(self.database_url))
        for name in set(SECRETS) - {"database_url"}:
            values[name] = "***" if values[name] else ""
        return {PREFIX + name.upper(): value for name, value in values.items()}


def _without_passwords(url: URL) -> str:
    """The address as it can be shown. libpq takes passwords in the query as well."""
    hidden = {name: "***" for name in url.query if "password" in name}
    return unquote(url.update_query_dict(hidden).render_as_string(hide_password=True))


def load_settings() -> Settings:
    """The settings of this process. Raises WrongSetting with one line that says what is wrong and what is allowed."""
    given = _given()
    try:
        settings = Settings(**given)  # type: ignore[arg-type]  # text from the environment; pydantic converts it
    except ValidationError as error:
        raise WrongSetting(_explain(error)) from None
    if settings.local:
        _make_folder_of("DATABASE_URL", Path(make_url(settings.database_url).database or ""), settings.data)
    if settings.gateway == "sandbox":
        _make_folder_of("SANDBOX_LEDGER", settings.sandbox_ledger, settings.data)
    if settings.gateway == "stripe":
        _refuse_unfit_keys(settings)
    _refuse_half_a_mail_server(settings)
    if settings.secret_key:
        return settings
    if not settings.local:
        raise WrongSetting(
            "SMARTCART_SECRET_KEY is not set: with a PostgreSQL database it is required (16 characters or more)"
        )
    return settings.model_copy(update={"secret_key": _kept_secret(settings.data)})


def _refuse_unfit_keys(settings: Settings) -> None:
    """Stripe's two keys are both needed, and for the same money: that of tests or real money."""
    for name in ("stripe_secret_key", "stripe_publishable_key"):
        if not getattr(settings, name):
            raise WrongSetting(f"{PREFIX}{name.upper()} is not set: with SMARTCART_GATEWAY=stripe it is required")
    if settings.stripe_secret_key.split("_")[1] != settings.stripe_publishable_key.split("_")[1]:
        raise WrongSetting(
            "SMARTCART_STRIPE_SECRET_KEY and SMARTCART_STRIPE_PUBLISHABLE_KEY belong to different modes:"
            " both must be test keys (…_test_…) or both live keys (…_live_…)"
        )


def _refuse_half_a_mail_server(settings: Settings) -> None:
    """Letters have a sender, a login is both words or none, and no password goes out in the clear."""
    if settings.smtp_host and not settings.mail_from:
        raise WrongSetting(f"{PREFIX}MAIL_FROM is not set: with SMARTCART_SMTP_HOST it is required")
    if bool(settings.smtp_user) != bool(settings.smtp_password):
        raise WrongSetting(f"{PREFIX}SMTP_USER and SMARTCART_SMTP_PASSWORD belong together: set both or none")
    if settings.smtp_user and settings.smtp_security == "none":
        allowed = "with a user it must be starttls or tls, or the password can be read on the way"
        raise WrongSetting(f"{PREFIX}SMTP_SECURITY='none' cannot be used: {allowed}")


def unknown_settings() -> list[str]:
    """Names that begin like ours and are no setting: slips of the finger, which change nothing."""
    known = {PREFIX + name.upper() + ending for name in Settings.model_fields for ending in ("", "_FILE")}
    return sorted(name for name in _surroundings() if name.startswith(PREFIX) and name not in known)


def _surroundings() -> dict[str, str | None]:
    """The environment, and where it says nothing, `.env`. Raises WrongSetting."""
    env = _env_file()
    try:
        written = files.read_env(env)
    except files.Unreadable as error:
        raise WrongSetting(f"{env} cannot be used: {error}") from error
    return {**written, **os.environ}


def _env_file() -> Path:
    """At the top of a checkout; else where the data is. Never in the folder of whoever happens to start a command: it
    would be another one each time, and may be somebody else's."""
    if places.CHECKOUT:
        return places.CHECKOUT / ".env"
    if told := os.environ.get(f"{PREFIX}DATA"):
        return Path(told) / ".env"
    try:
        return places.own_data() / ".env"
    except LookupError as error:
        raise WrongSetting(f"{PREFIX}DATA is not set: it is required where {error}") from error


def _given() -> dict[str, str]:
    """What is set, by field name."""
    found = _surroundings()
    given = {}
    for name in Settings.model_fields:
        setting = PREFIX + name.upper()
        if (path := found.get(setting + "_FILE")) is not None:
            given[name] = _read_secret(setting + "_FILE", path)
        if (value := found.get(setting)) is not None:
            given[name] = value
    return given


def _read_secret(setting: str, path: str) -> str:
    try:
        return files.read_secret(Path(path))
    except files.Unreadable as error:
        raise WrongSetting(
            f"{setting}={path!r} cannot be read: it must name a text file that this user may read; {error}"
        ) from error


def _explain(error: ValidationError) -> str:
    first = error.errors()[0]
    name = str(first["loc"][0])
    value = "***" if name in SECRETS else repr(first["input"])
    allowed = first["msg"].removeprefix("Value error, ")
    return f"{PREFIX}{name.upper()}={value} cannot be used: {allowed[0].lower()}{allowed[1:]}"


def _make_folder_of(name: str, file: Path, data: Path) -> None:
    """Raises WrongSetting when the setting's file cannot be there; it names SMARTCART_DATA for one in that folder."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        fits = not file.is_dir() and os.access(file.parent, os.W_OK)
    except OSError:
        fits = False
    if not fits and file.parent == data and not os.access(data, os.W_OK | os.X_OK):
        raise WrongSetting(f"{PREFIX}DATA={str(data)!r} cannot be used: must be a folder this user may write to")
    if not fits:
        raise WrongSetting(
            f"{PREFIX}{name}: '{file}' cannot be used: must be a file in a folder this user may write to"
        )


def _kept_secret(data: Path) -> str:
    """The secret key made at the first start and kept in a file that only this user may read. Raises WrongSetting."""
    try:
        return _made_once(data / "secret_key")
    except OSError as error:
        reason = f"the secret key cannot be kept or read there ({error.strerror})"
        raise WrongSetting(f"{PREFIX}DATA={str(data)!r} cannot be used: {reason}") from error


def _made_once(path: Path) -> str:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # It appears whole or not at all: two processes may start at once, and either be cut off.
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text(encoding="utf-8").strip()
