"""Signed stamps of time, on machines whose clocks differ."""

import time
from datetime import datetime
from typing import Any

from itsdangerous import SignatureExpired, TimestampSigner

# itsdangerous takes no stamp of the next second (https://github.com/pallets/itsdangerous/issues/400), so that two
# machines would throw each other's away. Nobody else can make one: what is ahead by hours was signed here before the
# clock was set right, and lives longer by as much. In seconds.
AHEAD = 86_400


class PatientSigner(TimestampSigner):
    """itsdangerous' own, which also takes what was signed by a clock that is ahead of this one, by a day at most."""

    def unsign(self, signed_value: str | bytes, max_age: int | None = None, return_timestamp: bool = False) -> Any:
        """What was signed, with its moment if wanted. Raises BadSignature; SignatureExpired after `max_age` seconds."""
        value, signed_at = super().unsign(signed_value, return_timestamp=True)
        if max_age is not None:
            _refuse_other_times(time.time() - signed_at.timestamp(), max_age, value, signed_at)
        return (value, signed_at) if return_timestamp else value


def _refuse_other_times(age: float, max_age: int, value: bytes, signed_at: datetime) -> None:
    if not -AHEAD <= age <= max_age + 1:  # stamps are whole seconds
        raise SignatureExpired(f"signed {age:.0f} s ago", payload=value, date_signed=signed_at)
