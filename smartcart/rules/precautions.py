"""What a charge can be asked to do for safety, besides charging."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Precaution:
    """What is done with one attempt because somebody is not sure of it.

    `confirm` has the bank ask the shopper, whether or not it would by itself; `set_aside` has the sum authorized and
    not captured, so that nothing is taken before the owner has looked.
    """

    confirm: bool = False
    set_aside: bool = False

    def __or__(self, other: "Precaution") -> "Precaution":
        """What either asks for."""
        return Precaution(self.confirm or other.confirm, self.set_aside or other.set_aside)


NO_PRECAUTION = Precaution()
