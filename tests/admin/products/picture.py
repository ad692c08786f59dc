"""Pictures as people upload them."""

from io import BytesIO
from typing import Any

from PIL import Image


def picture(kind: str, size: tuple[int, int] = (40, 30), mode: str = "RGB", **saved: Any) -> bytes:
    """A picture whose upper half is red, and blue below; `saved` as Pillow's `save` takes it."""
    image = Image.new(mode, size, (0, 0, 250)[: len(mode)] if mode != "L" else 20)
    image.paste((250, 0, 0) if mode == "RGB" else 200, (0, 0, size[0], size[1] // 2))
    body = BytesIO()
    image.save(body, kind, **saved)
    return body.getvalue()


def what_it_shows(body: bytes) -> tuple[str | None, tuple[int, int], bool, bool]:
    """Its kind, its size, and whether it is red above and blue below."""
    with Image.open(BytesIO(body)) as image:
        shown = image.convert("RGB")
        middle = image.width // 2
        above, below = (shown.getpixel((middle, y)) for y in (image.height // 4, image.height * 3 // 4))
    assert isinstance(above, tuple)
    assert isinstance(below, tuple)
    return image.format, image.size, above[0] > 200 > above[2], below[2] > 200 > below[0]
