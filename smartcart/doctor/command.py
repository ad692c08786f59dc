"""`smartcart doctor`."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click
from sqlalchemy.engine import make_url

from smartcart import clock
from smartcart.config import Settings, WrongSetting, load_settings
from smartcart.doctor import Finding, Verdict, database, files, jobs, mail, proxies, scripts, shop, sqlite_file, wrong
from smartcart.factory import create_app
from smartcart.outbox import effects
from smartcart.payments.core import call_counts, gateway_accounts, tally
from smartcart.payments.gateway_events import processor, watch

MARKS = {Verdict.OK: "ok", Verdict.WARNING: "warning", Verdict.WRONG: "WRONG"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option("--mail-to", metavar="ADDRESS", default="", help="Send a test mail there.")
@click.option("--dkim-selector", "selectors", metavar="NAME", multiple=True, help="A key by which letters are signed.")
def doctor(as_json: bool, mail_to: str, selectors: tuple[str, ...]) -> None:
    """Look the shop over: settings, database, keys, mode, webhooks, clock, HTTPS, mail.

    Each line says what was found, and what to do where it is not right. With Stripe as the gateway Stripe is asked, and
    a mail server is greeted, and DNS asked who may send for its domain (SPF, DKIM, DMARC); nothing is changed, here or
    there, and a mail is only sent with --mail-to. Run it after every change of the settings, as the user who runs the
    shop.

    Ends with 1 if anything is wrong; a warning is for you to decide about.
    """
    findings = list(_findings(mail_to, selectors))
    if as_json:
        click.echo(json.dumps({"findings": [asdict(finding) for finding in findings]}))
    else:
        for finding in findings:
            click.echo(_in_words(finding))
    sys.exit(1 if any(finding.verdict is Verdict.WRONG for finding in findings) else 0)


def _findings(mail_to: str, selectors: tuple[str, ...]) -> Iterator[Finding]:
    try:
        settings = load_settings()
    except WrongSetting as reason:
        yield wrong("settings", str(reason), "Correct it; the shop does not start with it.")
        return
    yield shop.settings()
    yield from _of_the_shop(settings, mail_to, selectors)


def _of_the_shop(settings: Settings, mail_to: str, selectors: tuple[str, ...]) -> Iterator[Finding]:
    app = create_app(settings)
    file = Path(make_url(settings.database_url).database or "") if settings.local else None
    books = sqlite_file.missing(file) or database.check(app)
    yield books
    of_file = [sqlite_file.check(file)] if file else []
    yield from of_file
    are_whole = all(finding.verdict is not Verdict.WRONG for finding in [books, *of_file])
    yield files.check(settings)
    yield scripts.check(app, app.extensions["smartcart"].gateway.browser)
    if settings.gateway == "stripe":
        from smartcart.doctor import stripe  # with its library, which only such a shop needs
        from smartcart.gateways.stripe.events import is_thin

        yield from stripe.check(settings)
        if are_whole:
            with app.app_context():
                yield stripe.allowance(call_counts.by_kind(tally.figures()), call_counts.payments())
        if settings.stripe_webhook_secret and are_whole:
            with app.app_context():
                newest = processor.newest()
                moment, thin = (newest.received_at, is_thin(newest.body)) if newest else (None, False)
                yield stripe.events(moment, thin, processor.stuck(), clock.now())
                if first := watch.who_was_first():
                    yield stripe.lately(watch.trouble(), first)
    else:
        yield shop.sandbox(settings.base_url)
        yield shop.time(database.now(app) if are_whole else None, "the database's")
    if are_whole:
        with app.app_context():
            gateway_accounts.learn()
            yield shop.elsewhere([each.account or each.gateway for each in gateway_accounts.tried_elsewhere()])
            yield proxies.check(proxies.sign_ins(), settings.base_url, bool(settings.trusted_proxies))
            yield mail.given_up(effects.number_given_up())
            yield jobs.check(jobs.oldest_due(), clock.now())
    yield shop.https(settings.base_url)
    yield mail.check(settings, mail_to)
    if settings.smtp_host:
        from smartcart.doctor import mail_domain  # with its library, which only such a shop needs

        yield from mail_domain.check(settings.mail_from, selectors)


def _in_words(finding: Finding) -> str:
    to_do = f"\n{'':9}→ {finding.to_do}" if finding.to_do else ""
    return f"{MARKS[finding.verdict]:8} {finding.subject}: {finding.found}{to_do}"
