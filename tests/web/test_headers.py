"""What every answer says to the browser: run nothing foreign, show nobody a frame, keep nothing."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from smartcart import create_app
from smartcart.config import Settings
from tests.support.caller import API
from tests.web.scene import BY_LINK, Scene

CSP = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "font-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
# Pictures are kept for good, under a name with their hash; figures are for machines.
KEPT = {"shop.show_picture"}
INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:")
FOREIGN = re.compile(r"""(?:src|href|action)=["']?(?:https?:)?//""")


def test_every_page_has_every_header(scene: Scene) -> None:
    for endpoint, response in _answers(scene):
        headers = response.headers
        policy = dict(rule.strip().split(" ", 1) for rule in headers["Content-Security-Policy"].split(";"))
        assert policy == CSP, endpoint
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        is_by_link = endpoint.startswith(("resume.", BY_LINK))  # whose address is told to no page at all
        assert headers["Referrer-Policy"] == ("no-referrer" if is_by_link else "same-origin"), endpoint
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "Server" not in headers


def test_nothing_but_a_picture_is_kept(scene: Scene) -> None:
    for endpoint, response in _answers(scene):
        if endpoint not in KEPT:
            assert response.headers["Cache-Control"] in ("no-store", "private, no-cache"), endpoint


def test_no_page_has_a_script_or_a_style_of_its_own(scene: Scene) -> None:
    pages = 0
    for endpoint, response in _answers(scene):
        if response.mimetype == "text/html" and response.data:
            pages += 1
            assert not INLINE.search(response.text), endpoint
            assert not FOREIGN.search(response.text), endpoint
    assert pages > 15


def test_hsts_is_said_over_https_and_only_there(scene: Scene) -> None:
    for path in ("/", "/nothing", f"{API}/openapi.json"):
        over_https = scene.send("shop.show_catalogue", path, base_url="https://localhost")
        assert over_https.headers["Strict-Transport-Security"] == "max-age=31536000"
        over_http = scene.send("shop.show_catalogue", path)
        assert "Strict-Transport-Security" not in over_http.headers


def test_behind_a_proxy_the_settings_say_that_it_is_https(app: Flask, settings: Settings) -> None:
    behind_proxy = create_app(settings.model_copy(update={"base_url": "https://shop.example"}))
    response = behind_proxy.test_client().get("/admin/login")
    assert "Strict-Transport-Security" in response.headers
    assert "; Secure;" in response.headers["Set-Cookie"]


def test_answers_that_vary_say_so(scene: Scene) -> None:
    path = scene.path("payments.show")
    assert "HX-Request" in scene.send("payments.show", path).headers["Vary"]
    assert "Cookie" in scene.send("payments.show", path).headers["Vary"]
    assert "Cookie" in scene.shopper.get(f"{API}/session/{scene.values['session_id']}").headers["Vary"]


@pytest.mark.parametrize("over_https", [False, True])
def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(app: Flask, over_https: bool) -> None:
    base_url = "https://localhost" if over_https else "http://localhost"
    response = app.test_client().get("/admin/login", base_url=base_url)
    cookies = response.headers.getlist("Set-Cookie")
    assert len(cookies) == 1
    attributes = {part.strip().partition("=")[0]: part.strip().partition("=")[2] for part in cookies[0].split(";")}
    assert attributes["SameSite"] == "Lax"
    assert attributes["Path"] == "/"
    assert "HttpOnly" in attributes
    assert ("Secure" in attributes) is over_https
    assert "Domain" not in attributes


def _answers(scene: Scene) -> Iterator[tuple[str, TestResponse]]:
    """Every page as who it is for sees it, and pages of every kind of refusal."""
    for rule in scene.app.url_map.iter_rules():
        if "GET" in (rule.methods or ()):
            yield rule.endpoint, scene.send(rule.endpoint, scene.path(rule.endpoint))
    for path, method, more in (
        ("/nothing", "GET", {}),
        ("/cart", "POST", {}),
        ("/cart/lines", "POST", {}),
        ("/cart/lines", "POST", {"data": b"x" * 100_000}),
        (f"{API}/nothing", "GET", {}),
        (f"{API}/session/create", "GET", {}),
        (f"{API}/session/create", "POST", {}),
        (f"{API}/session/create", "POST", {"headers": {"Authorization": "Bearer x"}}),
        (f"{API}/session/create", "POST", {"data": b"x" * 100_000}),
    ):
        response = scene.send("shop.show_catalogue", path, method, **more)
        assert response.status_code >= 400
        yield f"{method} {path}", response
