"""What browsers load is small on the way, and kept for good."""

import gzip
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import brotli
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from smartcart import create_app, places
from smartcart.config import Settings
from tools.build_static import build

FORMS = {"br": brotli.decompress, "gzip": gzip.decompress}
STATIC = re.compile(r'(?:href|src)="(/static/[^"]+)"')


@pytest.fixture
def urls(client: FlaskClient) -> set[str]:
    """What the catalogue loads."""
    found = set(STATIC.findall(client.get("/").text))
    assert any(url.endswith(".css") for url in found)
    assert any(url.endswith(".js") for url in found)
    assert any(url.endswith(".svg") for url in found)
    return found


@pytest.mark.parametrize("form", FORMS)
def test_it_comes_compressed_to_whoever_takes_that(client: FlaskClient, urls: set[str], form: str) -> None:
    for url in urls:
        plain, compressed = get(client, url), get(client, url, form)
        assert "Content-Encoding" not in plain.headers
        assert compressed.headers["Content-Encoding"] == form
        assert FORMS[form](compressed.data) == plain.data
        assert len(compressed.data) < 0.7 * len(plain.data)


def test_it_is_kept_for_good_by_one_weak_tag_for_all_its_forms(client: FlaskClient, urls: set[str]) -> None:
    for url in urls:
        answers = [get(client, url, form) for form in ("identity", *FORMS)]
        assert {answer.headers["Cache-Control"] for answer in answers} == {"max-age=315360000, public, immutable"}
        assert {answer.headers["Vary"] for answer in answers} == {"Accept-Encoding"}
        (tag,) = {answer.headers["ETag"] for answer in answers}
        assert re.fullmatch(r'W/"[0-9a-f]{12}"', tag)
        assert client.get(url, headers={"If-None-Match": tag}).status_code == 304


def test_a_page_loads_one_stylesheet(client: FlaskClient) -> None:
    for path in ("/", "/cart", "/admin/login", "/nowhere"):
        assert client.get(path).text.count('rel="stylesheet"') == 1


def test_what_is_built_is_made_of_what_lies_there(tmp_path: Path) -> None:
    """If not: make setup."""
    assert places.CHECKOUT
    build(places.CHECKOUT / "static", tmp_path / "built")
    assert _contents(tmp_path / "built") == _contents(places.STATIC)


def test_what_a_shop_serves_is_there_while_it_is_built_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As by a wheel that is built in the checkout of a shop that runs, or is starting."""
    assert places.CHECKOUT
    source, built = places.CHECKOUT / "static", tmp_path / "built"
    build(source, built)
    before, moments = _contents(built), []
    write, replace = Path.write_bytes, Path.replace

    def look(path: Path, step: Callable[..., object], *arguments: object) -> object:
        done = step(path, *arguments)
        moments.append(_contents(built))
        return done

    monkeypatch.setattr(Path, "write_bytes", lambda path, content: look(path, write, content))
    monkeypatch.setattr(Path, "replace", lambda path, target: look(path, replace, target))
    build(source, built)
    assert len(moments) > len(before)
    assert all(moment == before for moment in moments)


def test_what_is_no_longer_made_is_gone_after_a_build(tmp_path: Path) -> None:
    assert places.CHECKOUT
    source, built = places.CHECKOUT / "static", tmp_path / "built"
    build(source, built)
    before = _contents(built)
    (built / "css" / "shop.000000000000.css").write_bytes(b"of a version before")
    build(source, built)
    assert _contents(built) == before
    assert [path.name for path in tmp_path.iterdir()] == ["built"]


def test_a_file_that_has_gone_under_a_running_shop_is_answered_as_no_page(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after another version was installed over it."""
    assert places.CHECKOUT
    build(places.CHECKOUT / "static", tmp_path / "built")
    monkeypatch.setattr(places, "STATIC", tmp_path / "built")
    client = create_app(settings).test_client()
    url = next(url for url in STATIC.findall(client.get("/").text) if url.endswith(".js"))
    shutil.rmtree(tmp_path / "built")
    answer = client.get(url)
    assert answer.status_code == 404
    assert "All products" in answer.text


def get(client: FlaskClient, url: str, form: str = "identity") -> TestResponse:
    with client.get(url, headers={"Accept-Encoding": form}) as answer:
        answer.get_data()
        return answer


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
