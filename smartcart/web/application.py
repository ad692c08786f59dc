"""Flask and Jinja as the pages need them: what neither has use for here is not done for each page."""

import re
from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from typing import Any

from flask import Flask
from flask.sansio.app import App
from flask.templating import Environment
from jinja2.compiler import CodeGenerator, Frame
from jinja2.nodes import Call, Node
from jinja2.runtime import Context
from markupsafe import Markup, escape
from markupsafe import _escape_inner as escaped_text  # type: ignore[attr-defined]  # of `escape`: see tests/web/test_escaping.py
from werkzeug.local import LocalProxy
from werkzeug.routing import Rule

INDENT = re.compile(r"^[ \t]+", re.MULTILINE)


class PageContext(Context):
    """What a template knows. Jinja makes a set of all names that every template knows, for each template that another
    includes, to find those that this one alone knows: there are none.
    """

    def __init__(
        self,
        environment: Environment,
        parent: dict[str, Any],
        name: str | None,
        blocks: dict[str, Callable[..., Iterator[str]]],
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002  # Jinja's name for it
    ) -> None:
        super().__init__(environment, parent, name, blocks)


class PageCode(CodeGenerator):
    """What Jinja writes for a template."""

    def blockvisit(self, nodes: Iterable[Node], frame: Frame) -> None:
        """A whole template, or a block of it, is put together in a list, and handed on as one text: Jinja hands each of
        400 pieces on by itself, from the block to the page around it and so on.
        """
        is_whole = frame.buffer is None
        if is_whole:
            self.buffer(frame)
        super().blockvisit(nodes, frame)
        if is_whole:
            self.writeline(f"yield concat({frame.buffer})")

    def visit_Call(self, node: Call, frame: Frame, forward_caller: bool = False) -> None:  # noqa: N802  # Jinja's name
        """Jinja asks of each function that a template calls, 24 in a payment page, whether it wants the context: none
        does. Macros want to know whether to escape; not told, they go by the template in which they stand.
        """
        self.write("call(")
        self.visit(node.node, frame)
        self.signature(node, frame, {"caller": "caller"} if forward_caller else None)
        self.write(")")


class PageEnvironment(Environment):
    """Jinja lays a dict of each template's own over what all know, and looks through both for each name, many times.

    There is nothing in it here: without, a page with imported macros is rendered in a tenth less. And it wraps each of
    the hundred values of a page in a Markup that nobody looks at: without, a page costs a twentieth less.
    """

    context_class = PageContext
    code_generator_class = PageCode

    def __init__(self, app: App, **options: Any) -> None:
        """All templates stay at hand, so that which was used last is not kept up, ten times for a page."""
        super().__init__(app, cache_size=-1, **options)

    def _generate(self, *args: Any, **named: Any) -> str:
        """Jinja's own way in (its "internal hook that can be overridden"): each template escapes by `placed`."""
        return (
            f"{super()._generate(*args, **named)}\nfrom operator import call\nfrom {__name__} import placed as escape\n"
        )

    def preprocess(self, source: str, name: str | None = None, filename: str | None = None) -> str:
        """Jinja's own step before it reads a template. What a page's lines are indented by means nothing to a browser,
        and is a twelfth of a compressed page: it is left out. The lines stay, which errors are counted in.
        """
        source = super().preprocess(source, name, filename)
        return INDENT.sub("", source) if name and name.endswith(".html") else source

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return ChainMap(d, self.globals) if d else self.globals


def placed(value: object) -> str:
    """A value as it stands in a page: MarkupSafe's `escape`, whose Markup around it is left out."""
    if type(value) is str:
        return escaped_text(value)
    if type(value) is Markup:
        return value
    return escape(value)


class Address(Rule):
    """Werkzeug writes and compiles two functions for each of 200 addresses, which make the links to it: a twentieth of
    a start. Here each is written when it first makes a link.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        """The one for links with a query (`append_unknown`), or without: it puts what it writes in its own place."""
        write = super()._compile_builder
        place = "_build_unknown" if append_unknown else "_build"

        def build(rule: Rule, /, **values: Any) -> tuple[str, str]:
            setattr(rule, place, write(append_unknown).__get__(rule))
            return getattr(rule, place)(**values)  # type: ignore[no-any-return]

        return build


class Application(Flask):
    """Flask without what each start or request would pay for and none here needs."""

    jinja_environment = PageEnvironment
    url_rule_class = Address

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Flask asks of each function that it calls, 15 for a page, whether it is asynchronous: none here is."""
        return func

    def update_template_context(self, context: dict[str, Any]) -> None:
        """Flask and Flask-WTF add to each page what all templates know already: the request, the token of forms. It has
        what makes the addresses of its own links, a dozen, at hand."""
        context["url_for"] = self.extensions["page_addresses"].here()


def look_up_at_once() -> None:
    """Have what is asked of Flask's `request`, `session`, `g` and `current_app`, up to 80 times a page, found at once.

    Python looks at the proxy first, and makes an error of not finding it there; then Werkzeug looks at what the proxy
    stands for, by a descriptor that serves all operators alike. Without, a page costs a fifteenth less.
    """
    LocalProxy.__getattribute__ = _attribute_of  # type: ignore[method-assign,assignment]  # how it is put in


# What a proxy has of its own, by which Werkzeug finds what it stands for.
OF_PROXIES = frozenset(dir(LocalProxy))
_own = object.__getattribute__
# What finds that, as a proxy keeps it (a slot of it).
_finds = LocalProxy.__dict__["_get_current_object"].__get__


def _attribute_of(proxy: LocalProxy[Any], name: str) -> Any:
    if name in OF_PROXIES:
        return _own(proxy, name)
    return getattr(_finds(proxy)(), name)
