"""What the payment page promises to a shopper on a bad mobile network."""

import gzip
from pathlib import Path

MOST_BYTES = 2048


def test_the_payment_script_is_under_2048_bytes_gzipped() -> None:
    script = Path(__file__).parents[1] / "static" / "payment.js"
    assert len(gzip.compress(script.read_bytes(), 9)) < MOST_BYTES
