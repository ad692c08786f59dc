"""Pages are compressed where their length tells nobody a secret, and nowhere else."""

import gzip
from base64 import b64encode
from contextvars import Context
from hashlib import sha256

import pytest
from werkzeug.test import TestResponse

from tests.support.shopper import Shopper
from tests.web.scene import Scene

# What browsers send.
TAKES_ALL = {"Accept-Encoding": "gzip, deflate, br, zstd"}
WORD = "a-strangers-guess"


def get(visitor: Shopper, path: str, **headers: str) -> TestResponse:
    return visitor.get(path, headers=TAKES_ALL | headers)


def is_compressed(answer: TestResponse) -> bool:
    return answer.headers.get("Content-Encoding") == "gzip"


def newcomer(scene: Scene) -> Shopper:
    return Shopper(scene.app.test_client())


def test_who_comes_for_the_first_time_gets_any_page_compressed(scene: Scene) -> None:
    paths = ("/", "/nowhere", "/admin/login", scene.path("payments.show"), f"/pay/{scene.merchants_session}")
    for path in paths:
        answer = get(newcomer(scene), path)
        assert is_compressed(answer), path
        assert "Accept-Encoding" in answer.headers["Vary"]
        assert gzip.decompress(answer.data).decode().rstrip().endswith("</html>")


def test_whoever_is_known_gets_only_pages_compressed_that_hold_no_words_of_a_stranger(scene: Scene) -> None:
    """What is secret there: the token of forms, and the addresses of one's other payments."""
    assert is_compressed(get(scene.shopper, scene.path("payments.show")))
    for path in ("/", "/cart", f"/pay/{scene.merchants_session}"):
        answer = get(scene.shopper, path)
        assert not is_compressed(answer), path
        assert answer.text.rstrip().endswith("</html>")


def test_no_word_of_a_request_gets_into_a_page_that_is_compressed(scene: Scene) -> None:
    path = scene.path("payments.show")
    for more in (f"?said={WORD}&seen=1", f"?{WORD}={WORD}", f"?seen={WORD}#{WORD}"):
        answer = get(scene.shopper, path + more, Referer=WORD, **{"User-Agent": WORD, "Accept-Language": WORD})
        assert is_compressed(answer)
        assert WORD not in gzip.decompress(answer.data).decode()


@pytest.mark.parametrize("takes", ["", "identity", "gzip;q=0", "br"])
def test_who_does_not_take_it_gets_it_plain(scene: Scene, takes: str) -> None:
    answer = get(newcomer(scene), "/", **{"Accept-Encoding": takes})
    assert not is_compressed(answer)
    assert answer.text.rstrip().endswith("</html>")


def test_a_first_visit_to_pay_brings_its_stylesheet_along_and_no_other_is_allowed(scene: Scene) -> None:
    first = Context().run(newcomer(scene).client.get, scene.path("payments.show"))
    style = first.text.partition("<style>")[2].partition("</style>")[0]
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert f"style-src 'self' 'sha256-{digest}';" in first.headers["Content-Security-Policy"]
    assert 'rel="stylesheet"' not in first.text
    again = scene.shopper.get(scene.path("payments.show"))
    assert "<style>" not in again.text
    assert "sha256" not in again.headers["Content-Security-Policy"]
    with scene.shopper.get(again.text.partition('rel="stylesheet" href="')[2].partition('"')[0]) as sheet:
        assert sheet.text == style
