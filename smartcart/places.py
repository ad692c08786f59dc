"""Where the shop's own files lie, and where its data does unless SMARTCART_DATA says otherwise.

In a checkout `templates/` and `static/` are at its top, and `static/built/` has what `make` makes of that. A wheel
carries them within the package, where `hatch_build.py` puts them.
"""

from pathlib import Path

from platformdirs import user_data_path

PACKAGE = Path(__file__).resolve().parent


def _checkout(above: Path) -> Path | None:
    """The folder above the package, if it is a checkout; None where the package was installed from a wheel."""
    return above if (above / "pyproject.toml").is_file() and (above / "templates").is_dir() else None


CHECKOUT = _checkout(PACKAGE.parent)
TEMPLATES = (CHECKOUT or PACKAGE) / "templates"
STATIC = CHECKOUT / "static" / "built" if CHECKOUT else PACKAGE / "static"
MIGRATIONS = PACKAGE / "migrations"


def own_data() -> Path:
    """Where the data is unless a setting says so. Raises LookupError for a user without a home, as containers have.

    What is installed may be thrown away with its environment at any time (uvx does so): no data lies in there.
    """
    if CHECKOUT:
        return CHECKOUT / "instance"
    try:
        return user_data_path("smartcart", appauthor=False)
    except RuntimeError as error:
        raise LookupError("this user has no home folder") from error
