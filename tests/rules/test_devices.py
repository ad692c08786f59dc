"""What a browser says of itself, and what is made of it: one word."""

import pytest

from smartcart.rules.devices import Device, kind_of

OF_A_PHONE = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36"
)
OF_A_TABLET = (
    "Mozilla/5.0 (Linux; Android 14; SM-X710) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36"
)


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        (OF_A_PHONE, Device.PHONE),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148", Device.PHONE),
        ("Mozilla/5.0 (Android 15; Mobile; rv:132.0) Gecko/132.0 Firefox/132.0", Device.PHONE),
        (OF_A_TABLET, Device.TABLET),
        ("Mozilla/5.0 (iPad; CPU OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148", Device.TABLET),
        ("Mozilla/5.0 (Android 15; Tablet; rv:132.0) Gecko/132.0 Firefox/132.0", Device.TABLET),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36", Device.COMPUTER),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:132.0) Gecko/20100101 Firefox/132.0", Device.COMPUTER),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", Device.COMPUTER),
        ("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36", Device.COMPUTER),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", Device.PROGRAM),
        ("python-requests/2.32.3", Device.PROGRAM),
        ("curl/8.5.0", Device.PROGRAM),
        ("Mozilla/5.0 (PlayStation 5)", Device.UNKNOWN),
        ("", Device.UNKNOWN),
        ("  ", Device.UNKNOWN),
    ],
)
def test_the_kind_of_device(user_agent: str, device: Device) -> None:
    assert kind_of(user_agent) is device
