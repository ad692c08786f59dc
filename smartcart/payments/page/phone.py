"""Go on by phone: the code on a payment page that leads another device to this payment, and to nothing else."""

from datetime import UTC, datetime
from io import BytesIO
from typing import NamedTuple
from urllib.parse import urlsplit

from flask import Response

from smartcart.payments.core.refusals import NotFound
from smartcart.payments.page.recovery_links import Purpose, token
from smartcart.payments.page.session_with_order import SessionWithOrder
from smartcart.rules.payment_states import OPEN
from smartcart.web.addresses import base_url, full_url, own_address

# Modules of quiet around it, without which readers do not find it (ISO/IEC 18004, 9.1).
QUIET = 4
# It ends with its payment, whenever it was made; so it is the same each time.
OF_NO_TIME = datetime.fromtimestamp(0, UTC)
HERE_ALONE = ("localhost", "127.0.0.1", "::1")


class Code(NamedTuple):
    """`picture` is where the code is drawn; `is_far`: other devices can reach the address that it says."""

    picture: str
    is_far: bool


def code_of(session: SessionWithOrder) -> Code | None:
    """The code of a payment that is open, for its page; the same each time."""
    if session.state not in OPEN:
        return None
    is_far = urlsplit(base_url()).hostname not in HERE_ALONE
    return Code(own_address("payments.phone_code", session_id=session.id), is_far)


def picture_of(session: SessionWithOrder) -> Response:
    """The code, dark on light in any scheme of colours. Raises NotFound once the payment has ended."""
    if session.state not in OPEN:
        raise NotFound
    import segno  # 2 MB, which a shop whose shoppers need no code does without

    drawn = BytesIO()
    segno.make(_address(session), error="m", micro=False).save(drawn, kind="svg", border=QUIET, light="#fff", scale=4)
    return Response(drawn.getvalue(), mimetype="image/svg+xml")


def _address(session: SessionWithOrder) -> str:
    return full_url("resume.show", link_token=token(session.id, OF_NO_TIME, Purpose.PHONE))
