"""Headers and cookies that make no sense, or mean harm."""

from contextvars import Context

from flask import Flask

from smartcart.web.cookies import MESSAGE_PREFIX, MOST_MESSAGES
from tests.support.caller import API
from tests.support.databases import ON_POSTGRESQL
from tests.web.scene import BODIES, Scene

STRANGE = ["", "x" * 9000, "\xff\xfe", "*,a;b=c", "-1", "http://[", '"']
OTHERS = [
    "Accept",
    "Accept-Encoding",
    "Accept-Language",
    "Authorization-X",
    "Cache-Control",
    "Date",
    "Expect",
    "Forwarded",
    "HX-Boosted",
    "HX-Current-URL",
    "HX-History-Restore-Request",
    "HX-Prompt",
    "HX-Request",
    "HX-Target",
    "HX-Trigger",
    "HX-Trigger-Name",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "If-Range",
    "If-Unmodified-Since",
    "Origin",
    "Range",
    "Referer",
    "User-Agent",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-HTTP-Method-Override",
]
NO_HOST = ["", "a b", "<x>", "x" * 300, "a." * 2000, "a..b", "b.org:99999999", "[::1", "[x]", "a/b", "a@b", "ü", "a\tb"]
RIGHT = BODIES["payments_api.create"]


@ON_POSTGRESQL
def test_strange_headers_change_no_answer(scene: Scene) -> None:
    before = scene.books()
    for endpoint in ("shop.show_cart", "payments.show", "admin.sessions"):
        path = scene.path(endpoint)
        for header in OTHERS:
            for value in STRANGE:
                response = scene.send(endpoint, path, headers={header: value})
                assert response.status_code == 200, f"{path} {header}: {value[:40]}"
    assert scene.books() == before


def test_a_cookie_that_is_broken_is_no_cookie(scene: Scene) -> None:
    cookie = scene.shopper.cookie()
    head, _, signature = cookie.value.rpartition(".")
    broken = ["", "x", "a.b.c", f"{head}.x", f"{head}.{signature[::-1]}", f"x{cookie.value}", cookie.value[:-1]]
    broken += [".".join(reversed(cookie.value.split("."))), "e30." + "x" * 5000, "\xff\xfe", '"', ";;;", "=", "\0"]
    client = scene.app.test_client(use_cookies=False)
    session = f"{API}/session/{scene.values['session_id']}"
    for value in broken:
        headers = {
            "Cookie": f"{cookie.key}={value}; {cookie.key}={value}; smartcart={value}; smartcart_said_x={value}; =; ;x"
        }
        for path in ("/", "/cart", scene.path("payments.show"), "/admin/login"):
            assert Context().run(client.get, path, headers=headers).status_code == 200
        assert Context().run(client.get, "/checkout", headers=headers).status_code == 303
        assert Context().run(client.get, "/admin", headers=headers).location.startswith("/admin/login")
        assert Context().run(client.get, session, headers=headers).status_code == 404


def test_a_host_that_is_none_gets_into_no_link(scene: Scene) -> None:
    before = scene.books()
    token = scene.shopper.token()
    for host in NO_HOST:
        headers = {"Host": host}
        for path, body in (
            (f"{API}/session/create", {"json": RIGHT}),
            ("/checkout", {"data": {"name": "Ada", "email": "ada@example.org", "csrf_token": token}}),
        ):
            sender = "payments_api.create" if path.startswith(API) else "checkout.checkout"
            response = scene.send(sender, path, "POST", headers=headers, **body)
            assert response.status_code == 400, host
        assert scene.send("shop.show_catalogue", "/", headers=headers).status_code in (200, 400)
    assert scene.books() == before


def test_a_host_that_is_one_is_where_the_payment_page_is(scene: Scene) -> None:
    for host in ("shop.example", "shop.example:8443", "127.0.0.1:8000", "[::1]:8000", "xn--4ca.example"):
        body = {**RIGHT, "reference": host}
        response = scene.send("payments_api.create", f"{API}/session/create", "POST", headers={"Host": host}, json=body)
        assert response.get_json()["pay_url"].startswith(f"http://{host}/pay/")
        assert response.location.startswith(f"http://{host}/api/")


def test_a_length_that_is_none_breaks_nothing(scene: Scene) -> None:
    before = scene.books()
    for length in ("abc", "-5", "", "1e3", "9" * 400, "٣"):
        for endpoint in ("payments_api.create", "shop.add_line"):
            path = scene.path(endpoint)
            response = scene.send(endpoint, path, "POST", environ_overrides={"CONTENT_LENGTH": length}, data=b"{}")
            assert response.status_code in (400, 413, 422), length
    assert scene.books() == before


def test_no_header_of_an_answer_can_be_made_by_a_visitor(scene: Scene) -> None:
    evil = "x%0d%0aSet-Cookie:%20evil=1"
    for path in (
        f"/admin/sessions/{evil}",
        f"/admin?{evil}",
        f"/pay/{evil}",
        f"/admin/login?next=/admin/{evil}",
    ):
        for sender in (scene.stranger, scene.office):
            answer = sender.get(path)
            assert "evil" not in str(answer.headers.getlist("Set-Cookie"))
            assert all("\r" not in value and "\n" not in value for _, value in answer.headers)


def test_of_messages_for_the_next_page_no_more_are_read_than_a_browser_has(app: Flask) -> None:
    sent = "; ".join(f"{MESSAGE_PREFIX}{number}=x" for number in range(10_000))
    answer = app.test_client(use_cookies=False).get("/", headers={"Cookie": sent})
    assert len(answer.headers.getlist("Set-Cookie")) <= MOST_MESSAGES + 1  # and who asks
