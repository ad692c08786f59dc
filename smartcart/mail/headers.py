"""The headers of a mail, as they go over the wire.

Python's own way makes a class for each header of each mail, and parses and folds what all mails have in common over
and over: that took 3.5 ms of the 5.6 of a letter, all of whose words take half of one.
"""

from email.headerregistry import BaseHeader, HeaderRegistry
from email.policy import EmailPolicy
from functools import lru_cache

# EmailMessage would send a longer one as encoded words, in which no mail program finds a link.
IN_ONE_LINE = "list-unsubscribe"
# What nearly all mails of a shop have in common. Nothing of who gets them is kept.
IN_COMMON = frozenset({"from", "auto-submitted", "mime-version", "content-type", "content-transfer-encoding"})
# Of a shop's mails there are some ten in common; a boundary, which is of one mail, pushes out what is not asked for.
KEPT = 64


def policy(utf8: bool) -> EmailPolicy:
    """How a mail is written, with addresses in UTF-8 (RFC 6532) or in ASCII alone."""
    return _IN_UTF8 if utf8 else _IN_ASCII


class _Registry(HeaderRegistry):
    """Knows the class of each header once it has made it, and each header that mails have in common."""

    def __call__(self, name: str, value: str) -> BaseHeader:
        return _in_common(name, value) if name.lower() in IN_COMMON else super().__call__(name, value)

    def __getitem__(self, name: str) -> type[BaseHeader]:
        return _class_of(name.lower())


class _Policy(EmailPolicy):
    """With a link in one line, which may have 998 characters (RFC 5322, section 2.1.1)."""

    def fold_binary(self, name: str, value: str) -> bytes:
        if name.lower() == IN_ONE_LINE:
            return f"{name}: {value}{self.linesep}".encode("ascii")
        return _folded(self, name, value) if name.lower() in IN_COMMON else super().fold_binary(name, value)


_REGISTRY = _Registry()
_IN_ASCII = _Policy(linesep="\r\n", header_factory=_REGISTRY)
_IN_UTF8 = _IN_ASCII.clone(utf8=True)


@lru_cache(KEPT)
def _in_common(name: str, value: str) -> BaseHeader:
    return HeaderRegistry.__call__(_REGISTRY, name, value)


@lru_cache(KEPT)
def _class_of(name: str) -> type[BaseHeader]:
    return HeaderRegistry.__getitem__(_REGISTRY, name)


@lru_cache(KEPT)
def _folded(how: _Policy, name: str, value: str) -> bytes:
    return EmailPolicy.fold_binary(how, name, value)
