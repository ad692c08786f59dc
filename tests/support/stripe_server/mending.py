"""How a class of localstripe is replaced by one that does what Stripe's documentation says."""

from typing import Any

from localstripe import resources
from localstripe.errors import UserError

from tests.support.stripe_server.owners import is_ours


def mended(replacement: type) -> type:
    """Let localstripe use this class wherever it used the one that it is made from. Before its server is imported."""
    original: Any = replacement.__mro__[1]
    setattr(resources, original.__name__, replacement)
    resources.extra_apis[:] = [
        (method, url, _rebound(call, original, replacement)) for method, url, call in resources.extra_apis
    ]
    return replacement


def _rebound(call: Any, original: type, replacement: type) -> Any:
    return getattr(replacement, call.__name__) if getattr(call, "__self__", None) is original else call


def listed(cls: Any, url: str, limit: Any, starting_after: Any, wanted: Any) -> Any:
    """A page of a list as Stripe gives it: https://docs.stripe.com/api/pagination "sorted in reverse chronological
    order"; "Limit can range between 1 and 100, and the default is 10"."""
    page = resources.List(url, limit=limit, starting_after=starting_after)
    begins = cls.object + ":"
    found = [each for key, each in resources.store.items() if key.startswith(begins) and is_ours(each.id)]
    found = [each for each in found if wanted(each)]
    page._list = found[::-1]
    return page


def filtered(*names: str) -> Any:
    """What lists a class whose list Stripe filters by these fields, and by `created`."""

    def _api_list_all(
        cls: Any, url: str, limit: Any = None, starting_after: Any = None, created: Any = None, **given: Any
    ) -> Any:
        if unknown := given.keys() - set(names):
            raise invalid("Received unknown parameter: " + ", ".join(unknown), "parameter_unknown")

        def is_wanted(each: Any) -> bool:
            return is_in(created, each.created) and all(
                value in (None, getattr(each, name)) for name, value in given.items()
            )

        return listed(cls, url, limit, starting_after, is_wanted)

    return classmethod(_api_list_all)


def is_in(created: Any, moment: int) -> bool:
    """The `created` of a list: "a dictionary with [gt, gte, lt, lte], or a number" (https://docs.stripe.com/api)."""
    if created is None:
        return True
    if not isinstance(created, dict):
        return moment == int(created)
    tests = {"gt": int.__gt__, "gte": int.__ge__, "lt": int.__lt__, "lte": int.__le__}
    return all(tests[name](moment, int(bound)) for name, bound in created.items())


class Refusal(UserError):  # type: ignore[misc]
    """An error as Stripe words it: https://docs.stripe.com/api/errors (`type`, `code`, `message`, and more)."""

    def __init__(self, status: int, kind: str, message: str, code: str = "", **more: Any) -> None:
        super().__init__(status, message, {**({"code": code} if code else {}), **more})
        self.body["error"]["type"] = kind


def invalid(message: str, code: str = "", status: int = 400, **more: Any) -> Refusal:
    return Refusal(status, "invalid_request_error", message, code, **more)
