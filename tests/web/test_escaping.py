"""What a page places is escaped as MarkupSafe escapes it, though by a shorter way."""

from typing import Any

import pytest
from flask import Flask, render_template_string
from hypothesis import example, given
from hypothesis import strategies as some
from jinja2 import DictLoader, Environment
from jinja2.compiler import CodeGenerator
from markupsafe import Markup, escape

from smartcart.web.application import PageCode, placed


class Sentence(str):
    """Text of another kind."""


class Drawing:
    def __html__(self) -> str:
        return "<svg></svg>"


@given(some.text())
@example('<script>alert("it\'s") && 1</script>')
@example("&amp; <é€> 😀")
def test_any_text_is_escaped_as_ever(text: str) -> None:
    assert placed(text) == str(escape(text))
    assert placed(Sentence(text)) == str(escape(text))


@pytest.mark.parametrize("value", [Markup("<b>&amp;</b>"), Drawing(), 42, 4.5, None, True, ["<", "'"], {"<": ">"}])
def test_any_other_value_is_placed_as_ever(value: Any) -> None:
    assert placed(value) == str(escape(value))


def test_templates_escape_by_it(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = "<&'\">"
    bold = "{% macro bold(it) %}<b>{{ it }}</b>{% endmacro %}{{ bold(typed) }}"
    with app.test_request_context():
        assert render_template_string("{{ typed }}{{ typed | safe }}", typed=typed) == "&lt;&amp;&#39;&#34;&gt;<&'\">"
        assert render_template_string(bold, typed="<") == "<b>&lt;</b>"
        monkeypatch.setattr("smartcart.web.application.placed", lambda value: "placed")
        assert render_template_string("{{ typed }} ", typed=typed) == "placed "


@pytest.mark.parametrize("code", [PageCode, CodeGenerator])
def test_a_macro_of_another_template_escapes_as_ever(app: Flask, code: type[CodeGenerator]) -> None:
    bold = "{% macro bold(it) %}<b>{{ it }}</b>{{ caller() }}{% endmacro %}"
    calls = "{% for it in typed %}{% call parts.bold(it) %}{{ it }}{% endcall %}{% endfor %}"
    page = "{% import 'bold.html' as parts %}{% block main %}" + calls + "{% endblock %}"
    environment = written_by(code, app, {"bold.html": bold, "page.html": page})
    shown = environment.get_template("page.html").render(typed=["<", Markup("&amp;")])
    assert shown == "<b>&lt;</b>&lt;<b>&amp;</b>&amp;"


@pytest.mark.parametrize("code", [PageCode, CodeGenerator])
def test_a_page_is_put_together_in_order_as_ever(app: Flask, code: type[CodeGenerator]) -> None:
    around = (
        "<{% block first %}a{% endblock %}{% for it in few %}{% block each scoped %}{{ it }}{% endblock %}{% endfor %}>"
    )
    page = (
        "{% extends around %}lost{% set kept = 'k' %}"
        "{% block first %}[{{ super() }}{{ self.last() }}]{% endblock %}"
        "{% block each %}({% include 'part.html' %}{% if it == 2 %}!{% endif %}){% endblock %}"
        "{% block last %}{% filter upper %}z{{ kept }}{% endfilter %}{% endblock %}"
    )
    templates = {"around.html": around, "page.html": page, "part.html": "{{ it }}{% set kept = it %}{{ kept }},"}
    environment = written_by(code, app, templates)
    shown = environment.get_template("page.html").render(around="around.html", few=[1, 2])
    assert shown == "<[aZK](11,)(22,!)>"


def written_by(code: type[CodeGenerator], app: Flask, templates: dict[str, str]) -> Environment:
    """The environment of the shop's templates with others in it, for which Python is written by `code`."""
    environment = app.jinja_env.overlay(loader=DictLoader(templates), bytecode_cache=None)
    environment.code_generator_class = code
    return environment


def test_no_function_of_templates_wants_the_context(app: Flask) -> None:
    with app.test_request_context():
        known = app.jinja_env.globals
        assert not [name for name, each in known.items() if wants_context(each)]


def wants_context(function: Any) -> bool:
    return any(hasattr(each, "jinja_pass_arg") for each in (function, getattr(function, "__call__", None)))  # noqa: B004
