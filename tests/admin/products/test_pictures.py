"""What becomes of a picture that the owner uploads."""

import struct
import zlib
from io import BytesIO

import flask_migrate
import pytest
from flask import Flask
from jinja2.defaults import DEFAULT_FILTERS
from PIL import ExifTags, Image, ImageCms

from smartcart.admin.products import picture_files
from smartcart.database import tables
from smartcart.database.session import db, writing
from smartcart.shop.models import Picture
from tests.admin.browser import AdminBrowser
from tests.admin.products.picture import picture, what_it_shows
from tests.admin.products.product_form import NEW, file, save, saved
from tests.support.shopper import product

KINDS = ["PNG", "JPEG", "WEBP"]


def with_position(orientation: int = 1) -> Image.Exif:
    """What a phone writes into a picture: who made it, how it was held, and where."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "A phone's maker"
    exif[ExifTags.Base.Orientation] = orientation
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (52.0, 31.0, 12.0)
    return exif


def claims_to_have(width: int, height: int) -> bytes:
    """A PNG whose head says so, with a few bytes of grey lines behind it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    lines = zlib.compress(bytes(10_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


def shown(admin: AdminBrowser) -> bytes:
    return admin.get(saved("moka-pot").picture).data


@pytest.mark.parametrize("kind", KINDS)
def test_where_a_picture_was_taken_is_not_kept(admin: AdminBrowser, kind: str) -> None:
    sent = picture(kind, exif=with_position())
    assert b"A phone's maker" in sent
    assert save(admin, NEW, picture=file(sent)).status_code == 303
    with Image.open(BytesIO(shown(admin))) as image:
        assert not image.getexif()
        assert not {"exif", "xmp", "comment", "photoshop"} & set(image.info)
    assert b"A phone's maker" not in shown(admin)
    assert what_it_shows(shown(admin)) == (kind, (40, 30), True, True)


def test_a_picture_that_was_held_upside_down_is_shown_upright(admin: AdminBrowser) -> None:
    turned = Image.open(BytesIO(picture("JPEG", (400, 300)))).rotate(180)
    sent = BytesIO()
    turned.save(sent, "JPEG", exif=with_position(orientation=3))
    save(admin, NEW, picture=file(sent.getvalue()))
    assert what_it_shows(shown(admin)) == ("JPEG", (400, 300), True, True)


@pytest.mark.parametrize("kind", KINDS)
def test_a_large_picture_is_made_small(admin: AdminBrowser, kind: str) -> None:
    save(admin, NEW, picture=file(picture(kind, (4000, 3000))))
    assert what_it_shows(shown(admin)) == (kind, (1600, 1200), True, True)
    assert len(shown(admin)) < 100_000


@pytest.mark.parametrize(
    ("mode", "kind"), [("L", "PNG"), ("L", "JPEG"), ("RGBA", "PNG"), ("RGBA", "WEBP"), ("CMYK", "JPEG")]
)
def test_grey_transparent_and_printed_pictures_are_taken(admin: AdminBrowser, mode: str, kind: str) -> None:
    body = BytesIO()
    Image.new(mode, (40, 30)).save(body, kind)
    assert save(admin, NEW, picture=file(body.getvalue())).status_code == 303
    with Image.open(BytesIO(shown(admin))) as image:
        assert (image.format, image.size) == (kind, (40, 30))
        assert image.has_transparency_data == (mode == "RGBA")


def test_the_colours_of_a_profile_stay(admin: AdminBrowser) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    save(admin, NEW, picture=file(picture("JPEG", icc_profile=profile)))
    with Image.open(BytesIO(shown(admin))) as image:
        assert image.info["icc_profile"] == profile


@pytest.mark.parametrize("size", [(30_000, 30_000), (6000, 5001), (13_000, 13_000)])
def test_few_bytes_that_claim_to_be_a_huge_picture_are_refused(admin: AdminBrowser, size: tuple[int, int]) -> None:
    response = save(admin, NEW, picture=file(claims_to_have(*size)))
    assert response.status_code == 422
    assert "at most 30 million pixels" in response.text
    assert db.session.query(Picture).count() == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_picture_is_refused_and_nothing_else_is_lost(admin: AdminBrowser, kind: str) -> None:
    whole = picture(kind, (400, 300))
    response = save(admin, NEW, picture=file(whole[: len(whole) // 2]))
    assert response.status_code == 422
    assert "damaged" in response.text
    assert 'value="Moka pot"' in response.text


def test_a_file_of_seven_megabytes_is_taken_and_one_byte_more_is_refused(admin: AdminBrowser) -> None:
    largest = picture("PNG") + bytes(picture_files.LARGEST_FILE - len(picture("PNG")))
    response = save(admin, NEW, picture=file(largest + b"!"))
    assert response.status_code == 422
    assert "at most 7 MB" in response.text
    assert save(admin, NEW, picture=file(largest)).status_code == 303


def test_a_picture_that_came_with_a_form_that_was_refused_need_not_be_chosen_again(admin: AdminBrowser) -> None:
    sent = picture("PNG", (80, 60))
    refused = save(admin, NEW, price="much", picture=file(sent))
    assert refused.status_code == 422
    stored = db.session.query(Picture).one()
    assert f'src="/pictures/{stored.name}"' in refused.text
    assert save(admin, NEW, sent_picture=f"/pictures/{stored.name}").status_code == 303
    assert what_it_shows(shown(admin)) == ("PNG", (80, 60), True, True)


def test_another_picture_takes_the_place_of_the_one_that_was_chosen_before(admin: AdminBrowser) -> None:
    save(admin, NEW, price="much", picture=file(picture("PNG")))
    before = f"/pictures/{db.session.query(Picture).one().name}"
    save(admin, NEW, sent_picture=before, picture=file(picture("JPEG")))
    assert what_it_shows(shown(admin))[0] == "JPEG"


@pytest.mark.parametrize("given", ["/pictures/" + "0" * 32 + ".png", "/static/x.svg", "http://127.0.0.1/x.png", "\0"])
def test_a_picture_that_is_not_there_is_asked_for_again(admin: AdminBrowser, given: str) -> None:
    response = save(admin, NEW, sent_picture=given)
    assert response.status_code == 422
    assert "choose it again" in response.text
    assert given not in response.text


def test_pictures_of_an_older_shop_forget_where_they_were_taken(app: Flask) -> None:
    old, unreadable = picture("JPEG", exif=with_position()), b"no picture"
    with writing():
        for name, body in (("old.jpeg", old), ("older.png", unreadable)):
            db.session.add(Picture(name=name, media_type="image/jpeg", body=body))
    for name in ("old.jpeg", "older.png"):
        product(name.partition(".")[0], picture=f"/pictures/{name}")
    tables.may_change(app)
    flask_migrate.stamp(revision="0009")
    flask_migrate.upgrade(revision="0010")
    flask_migrate.stamp(revision="head")
    browser = app.test_client()
    seen = saved("old").picture
    assert b"A phone's maker" not in browser.get(seen).data
    assert what_it_shows(browser.get(seen).data) == ("JPEG", (40, 30), True, True)
    assert browser.get("/pictures/old.jpeg").status_code == 404
    assert saved("older").picture == "/pictures/older.png"


def test_no_filter_of_jinjas_own_is_replaced(app: Flask) -> None:
    replaced = [name for name, its_own in DEFAULT_FILTERS.items() if app.jinja_env.filters[name] is not its_own]
    assert replaced == []
    assert app.jinja_env.from_string("{{ 'a word' | title }}").render() == "A Word"
