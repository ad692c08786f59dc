"""Files that people write settings into: `.env`, and one for each secret. They are text in UTF-8."""

from io import StringIO
from pathlib import Path

from dotenv.parser import parse_stream


class Unreadable(Exception):
    """A file that settings cannot be taken from; the message says what is wrong with it, in a few words."""


def read_env(file: Path) -> dict[str, str | None]:
    """What stands in a `.env` file, each value as it stands there; nothing if there is no such file. Raises Unreadable.

    Nothing is put in the place of `${…}`: python-dotenv would, even between single quotes.
    """
    if not _is_there(file):
        return {}
    found = {}
    for line in parse_stream(StringIO(_text(file))):
        if line.error:
            raise Unreadable(f"line {line.original.line} is not NAME=value, or a quote is not closed")
        if line.key:
            found[line.key] = line.value
    return found


def _is_there(file: Path) -> bool:
    """Not where this user may not even look: the shop cannot keep anything there either, and says so."""
    try:
        return file.is_file()
    except OSError:
        return False


def read_secret(file: Path) -> str:
    """The secret in a file, without the blanks and line ends around it. Raises Unreadable."""
    return _text(file).strip()


def _text(file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8-sig")  # a BOM is not part of the text
    except (OSError, ValueError) as error:  # the latter for a path that can be none, too
        raise Unreadable(_reason(error)) from error
    if "\0" in text:
        raise Unreadable("it is not text in UTF-8: save it as UTF-8")
    return text


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is not text in UTF-8: save it as UTF-8"
    return f"this user cannot read it ({error.strerror})" if isinstance(error, OSError) else "there is no such file"
