#!/usr/bin/env bash
# Flask 3.1.3 with itsdangerous 2.2.0: a session cookie that is a second "too young" is dropped without a word. Whoever
# signed it had a clock that is one second ahead of the one that reads it: two machines behind one address, or one whose
# clock was set back by a second. The stamp has whole seconds, so a few milliseconds are enough at a second's turn. The
# shopper's cart and sign-in are gone for that request, and a page that stores something then overwrites the cookie for
# good. Tokens by TimestampSigner say "Signature age -1 < 0 seconds", an error called SignatureExpired.
# Prints what each says; fails when that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check flask==3.1.3 itsdangerous==2.2.0
"$folder/venv/bin/python" - <<'PYTHON'
import sys
import time
from unittest.mock import patch

from flask import Flask, session
from itsdangerous import SignatureExpired, TimestampSigner

NOW = int(time.time())
app = Flask("shop")
app.secret_key = "not a secret"


@app.get("/fill")
def fill():
    session["cart"] = "a kettle"
    return ""


@app.get("/")
def cart():
    return session.get("cart", "nothing")


def at(moment):
    return patch("itsdangerous.timed.time.time", lambda: moment)


def read(behind):
    """What the cart has, for a reader whose clock is so many seconds behind."""
    browser = app.test_client()
    with at(NOW):
        browser.get("/fill")
    with at(NOW - behind):
        return browser.get("/").text


def unsigned(behind):
    with at(NOW):
        token = TimestampSigner("not a secret").sign("token")
    with at(NOW - behind):
        try:
            return TimestampSigner("not a secret").unsign(token, max_age=600).decode()
        except SignatureExpired as error:
            return str(error)


same, behind, said = read(0), read(1), unsigned(1)
print(f"read by the same clock: {same}; by one that is a second behind: {behind}")
print(f"a token that lives ten minutes, read by a clock that is a second behind: {said}")
if (same, behind) != ("a kettle", "nothing"):
    sys.exit("it has changed: the session is read otherwise")
if said != "Signature age -1 < 0 seconds":
    sys.exit("it has changed: the token is taken")
PYTHON
