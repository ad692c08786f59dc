"""Bodies that are too large."""

from contextvars import Context
from io import BytesIO
from typing import Any

import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from smartcart.admin.products.picture_files import LARGEST_FILE
from tests.web.scene import BODIES, Scene

TEN_MB = b"x" * 10_000_000
# How granian hands over a body that came without its length.
CHUNKED = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("announced", [True, False])
def test_ten_megabytes_are_413_everywhere_and_change_nothing(scene: Scene, announced: bool) -> None:
    before = scene.books()
    for rule in scene.app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()):
            continue
        for content_type in ("application/json", FORM, "multipart/form-data; boundary=x"):
            sent: dict[str, Any] = {"input_stream": BytesIO(TEN_MB), "content_type": content_type}
            chunked = {} if announced else CHUNKED
            path = scene.path(rule.endpoint)
            response = scene.send(rule.endpoint, path, "POST", environ_overrides=chunked, **sent)
            of_api = rule.endpoint in BODIES
            assert response.status_code == 413, f"{path} {content_type}"
            assert response.mimetype == ("application/problem+json" if of_api else "text/html")
    assert scene.books() == before


def test_a_body_just_above_the_limit_is_413_and_one_below_is_read(scene: Scene) -> None:
    path = scene.path("payments_api.create")
    for size, status in ((64 * 1024 + 1, 413), (64 * 1024 - 1, 422)):
        for environ in ({}, CHUNKED):
            stream = BytesIO(b"{}" + b" " * (size - 2))
            response = scene.send("payments_api.create", path, "POST", input_stream=stream, environ_overrides=environ)
            assert response.status_code == status


def test_a_body_in_chunks_is_read_like_any_other(scene: Scene) -> None:
    for endpoint, body, content_type in (
        ("payments_api.create", b'{"reference": "B-1", "amount": 1, "currency": "EUR"}', "application/json"),
        ("shop.add_line", f"product=kettle&quantity=1&csrf_token={scene.shopper.token()}".encode(), FORM),
    ):
        sent = {"input_stream": BytesIO(body), "content_type": content_type, "environ_overrides": CHUNKED}
        assert scene.send(endpoint, scene.path(endpoint), "POST", **sent).status_code in (201, 303)


def test_a_large_body_to_a_page_that_is_only_read_is_refused(scene: Scene) -> None:
    response = scene.send("shop.show_catalogue", "/", "GET", data=TEN_MB)
    assert response.status_code == 413


def test_very_many_fields_are_refused(scene: Scene) -> None:
    before, token = scene.books(), scene.shopper.token()
    parts = b"".join(b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n' for _ in range(1100)) + b"--x--\r\n"
    fields = f"csrf_token={token}&" + "a=1&" * 10_000
    for content_type, body in (("multipart/form-data; boundary=x", parts), (FORM, fields.encode())):
        response = scene.send("shop.add_line", "/cart/lines", "POST", data=body, content_type=content_type)
        assert response.status_code in (413, 422)
    assert scene.books() == before


def test_a_picture_may_be_large_and_only_the_admin_may_send_it(scene: Scene) -> None:
    form = {"name": "Lamp", "price": "1.00", "currency": "EUR", "stock": "1", "shown_stock": "0"}
    before = scene.books()
    for sender, status in ((scene.office, 422), (scene.shopper, 413)):
        picture = FileStorage(BytesIO(b"\x89PNG\r\n\x1a\n" + b"x" * LARGEST_FILE), "lamp.png")
        boundary, body = encode_multipart({**form, "csrf_token": sender.token(), "picture": picture})
        kind = f"multipart/form-data; boundary={boundary}"
        response = Context().run(sender.client.post, "/admin/products/new", data=body, content_type=kind)
        assert response.status_code == status
    assert scene.books() == before
