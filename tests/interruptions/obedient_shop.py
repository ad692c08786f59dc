"""The shop as an ordinary user: what a file's mode forbids is forbidden to root as well. Run by tests."""

import ctypes
import os
import sys

from tests.support.running import SMARTCART

# Linux: take a capability away from all that this process becomes; here the one to write whatever one likes.
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE = 24, 1


def main() -> None:
    """Become `smartcart` without that capability; who is no root has none."""
    if os.geteuid() == 0:
        assert ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0) == 0
    os.execv(SMARTCART, [str(SMARTCART), *sys.argv[1:]])  # noqa: S606
