"""A picture as it was sent, made into one that the shop can show to everybody: looked through, small, and anonymous.

A phone writes into its pictures where and when they were taken, and a few kilobytes can claim to be a picture of a
gigapixel. So nothing of a file is kept but its pixels and its colour profile.

Pillow is loaded with the first picture that is sent: its 3 MB are not for every process that shows pages.
"""

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from wtforms.validators import ValidationError

if TYPE_CHECKING:
    from PIL.Image import Image

# What most phones make has 2 to 7 MB.
LARGEST_FILE = 7 * 1024 * 1024
# What a phone's camera makes still arrives, so that the form can say that it is too large and keep what else was
# typed. The rest of the shop stays at its small limit.
LARGEST_UPLOAD = 8 * 1024 * 1024
# Phones take pictures of 12 million pixels, good cameras of 30. To decode one takes 4 bytes a pixel, 120 MB at most.
MOST_PIXELS = 30_000_000
# A page shows it in at most 800 × 600; so many pixels are sharp on screens with two for one.
LONGEST_SIDE = 1600
# Pillow's own for photographs (https://pillow.readthedocs.io: "75" is its default, values above 95 only make it large).
QUALITY = 85

NO_PICTURE = "This file is not a PNG, JPEG or WebP picture."
BROKEN = "This picture is damaged and cannot be read. Please save it anew, or choose another one."


@dataclass(frozen=True)
class PictureFile:
    """A picture that can be shown; `media_type` is that of its bytes, its sides are in pixels."""

    media_type: str
    body: bytes
    width: int
    height: int


def cleaned(sent: bytes, longest_side: int = LONGEST_SIDE) -> PictureFile:
    """The first picture of a file, upright, no larger than needed, with nothing of where and by what it was taken.

    Raises ValidationError when it is too large or no picture.
    """
    if len(sent) > LARGEST_FILE:
        raise ValidationError(f"A picture can have at most {LARGEST_FILE // 1024**2} MB. Please make it smaller.")
    with _opened(sent) as image:
        kind = str(image.format)
        _refuse_many_pixels(*image.size)
        upright = _upright(image, longest_side)
        return PictureFile(f"image/{kind.lower()}", _written(upright, kind), *upright.size)


def _opened(sent: bytes) -> "Image":
    """The picture with only its head read. By its first bytes, never by its name."""
    from PIL import Image, UnidentifiedImageError

    try:
        return Image.open(BytesIO(sent), formats=("PNG", "JPEG", "WEBP"))
    except UnidentifiedImageError:
        raise ValidationError(NO_PICTURE) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):  # more than we take, by far
        _refuse_many_pixels(MOST_PIXELS, 2)
        raise
    except Exception:  # a damaged head is of many kinds, by the parser that meets it
        raise ValidationError(BROKEN) from None


def _refuse_many_pixels(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise ValidationError(
            f"A picture can have at most {MOST_PIXELS // 1_000_000} million pixels. Please make it smaller."
        )


def _upright(image: "Image", longest_side: int) -> "Image":
    """Decoded, turned as its camera was held, and made small."""
    from PIL import ImageOps

    try:
        image.draft("RGB", (longest_side, longest_side))  # a JPEG is decoded at a fraction of its size
        upright = ImageOps.exif_transpose(image)
        if upright.mode not in ("L", "RGB", "RGBA"):
            upright = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
        upright.thumbnail((longest_side, longest_side))
    except Exception:  # as above, for what comes after the head
        raise ValidationError(BROKEN) from None
    return upright


def _written(image: "Image", kind: str) -> bytes:
    profile = image.info.get("icc_profile")
    image.info = {}  # some of it would be written again
    body = BytesIO()
    image.save(body, kind, quality=QUALITY, optimize=True, icc_profile=profile)
    return body.getvalue()
