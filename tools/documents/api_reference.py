"""docs/api.md: what a person reads of openapi.json."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from smartcart.gateways.sandbox.gateway import BEHAVIOURS
from smartcart.payments.api.openapi.problems import ANY, KEYED, KNOWN_CALLER, PROBLEMS, SENDING
from tools.documents import api_snippets
from tools.documents.api_calls import API, Call, all_calls
from tools.documents.markdown import table

_SHARED = {*ANY, *KNOWN_CALLER, *SENDING, *KEYED}
_OPENED = API["paths"]["/api/payments/session/create"]["post"]["responses"]["201"]
_USUAL = _OPENED["content"]["application/json"]["examples"]["opened"]["value"]
_ALWAYS_SHOWN = ("id", "status", "money")
_START = """\
# The API, call by call

Made by `make documents` from what a shop itself says at `/api/payments/openapi.json`. For a first payment from
beginning to end read [Pay by the API](pay-by-api.md); for Postman and the like take
[smartcart.postman_collection.json](smartcart.postman_collection.json).

{description}

## Before the first call

A key is made by `smartcart api-key create NAME`; with `--admin` it may also give money back and see all sessions. Every
snippet below was run against a shop, after these lines. `SESSION` and `WEBHOOK` are ids that `createSession` and
`createWebhook` answer. Python needs httpx (`pip install httpx`), JavaScript Node.js 18
or newer and a file that ends with `.mjs`.

{shell}
{python}
{javascript}
## Ways to pay

What `method` may be is for the gateway to say. The sandbox, which moves no money, does on demand what gateways do:

{methods}
With Stripe it is a confirmation token (`ctoken_…`), which Stripe's own form makes in the shopper's browser: send
shoppers to the `pay_url`, which has that form. Card numbers are never sent here.

"""
_PROBLEMS = """\
## Problems

Go by `code`. Those that many calls share are told here alone; a call's own stand with it too.

{table}
"""


def page() -> str:
    """Returns the whole document."""
    start = _START.format(
        description=API["info"]["description"],
        shell=_block("sh", api_snippets.SHELL_START),
        python=_block("python", api_snippets.PYTHON_START),
        javascript=_block("js", api_snippets.JAVASCRIPT_START),
        methods=_table(("method", "what happens"), [(f"`{name}`", does.hint) for name, does in BEHAVIOURS.items()]),
    )
    tags = "\n".join(_tag(tag["name"], tag["description"]) for tag in API["tags"])
    problems = _PROBLEMS.format(table=_problems(PROBLEMS))
    return "\n".join([start + tags, _objects(), problems]).replace("\n\n\n", "\n\n")


def _tag(name: str, text: str) -> str:
    calls = [call for call in all_calls() if call.tag == name]
    return f"## {name}\n\n{text}\n\n" + "\n".join(map(_call, calls))


def _call(call: Call) -> str:
    parts = [
        f"### {call.said['summary']}\n\n`{call.method} {call.path}` (`{call.id}`)\n\n{call.said['description']}\n",
        _parameters(call),
        _body(call),
        _block("sh", api_snippets.in_shell(call)),
        _block("python", api_snippets.in_python(call)),
        _block("js", api_snippets.in_javascript(call)),
        _answers(call),
        _refusals(call),
    ]
    return "\n".join(part for part in parts if part)


def _parameters(call: Call) -> str:
    found = [
        (f"`{each['name']}`", each["in"], _type(each["schema"]), each["description"])
        for each in call.said["parameters"]
    ]
    return _table(("parameter", "in", "type", "meaning"), found) if found else ""


def _body(call: Call) -> str:
    if "requestBody" not in call.said:
        return ""
    return "\n".join(filter(None, map(_fields_taken, call.schemas)))


def _fields_taken(name: str) -> str:
    schema = API["components"]["schemas"][name]
    required = schema.get("required", [])
    rows = [
        (f"`{field}`", _type(said), "yes" if field in required else "", said.get("description", ""))
        for field, said in schema["properties"].items()
    ]
    if not rows:
        return ""
    purpose = f"{schema['description']}\n\n" if "description" in schema else ""
    return purpose + _table(("field", "type", "needed", "meaning"), rows)


def _answers(call: Call) -> str:
    rows, examples = [], ""
    for status, answer in call.responses(is_problem=False).items():
        content = answer.get("content", {}).get("application/json", {})
        schema = content["schema"]["$ref"].rpartition("/")[2] if content else ""
        shown = f"[`{schema}`](#{schema.lower()})" if schema in _shown_objects() else ""
        rows.append((str(status), answer["description"], shown))
        for example in list(content.get("examples", {}).values())[:1]:
            examples = examples or _example(example["value"])
    return _table(("answer", "when", "body"), rows) + examples


def _example(value: dict[str, Any]) -> str:
    if value == _USUAL:
        return f"\n{_json(value)}"
    shown = _shortened(value)
    told = "\nOf a session only what is another than when it was opened:\n" if shown != value else ""
    return f"{told}\n{_json(shown)}"


def _shortened(value: Any) -> Any:
    """Without what is the same in every session of the examples, which stands with the first of them."""
    if isinstance(value, list):
        return [_shortened(each) for each in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == _USUAL.keys():
        return {name: each for name, each in value.items() if name in _ALWAYS_SHOWN or each != _USUAL[name]}
    return {name: _shortened(each) for name, each in value.items()}


def _refusals(call: Call) -> str:
    own = [code for code in call.problems() if code not in _SHARED]
    shared = [f"`{code}`" for code in call.problems() if code in _SHARED]
    also = f"{'Also' if own else 'Problems'}, as of [many calls](#problems): {', '.join(shared)}.\n" if shared else ""
    return "\n".join(part for part in (_problems(own) if own else "", also) if part)


def _problems(codes: Iterable[str]) -> str:
    rows = [(str(PROBLEMS[code].status), f"`{code}`", PROBLEMS[code].meaning) for code in codes]
    return _table(("status", "problem", "when"), rows)


def _objects() -> str:
    parts = [_object(name) for name in _shown_objects()]
    return "## What is answered\n\n" + "\n".join(parts)


def _object(name: str) -> str:
    schema = API["components"]["schemas"][name]
    text = f"{schema['description'].capitalize()}.\n\n" if "description" in schema else ""
    if "enum" in schema:
        return f"### {name}\n\n{text}One of {', '.join(f'`{value}`' for value in schema['enum'])}.\n"
    rows = [
        (f"`{field}`", _type(said), said.get("description", "")) for field, said in schema.get("properties", {}).items()
    ]
    return f"### {name}\n\n{text}{_table(('field', 'type', 'meaning'), rows)}"


def _shown_objects() -> list[str]:
    taken = {schema for call in all_calls() if "requestBody" in call.said for schema in call.schemas}
    return [name for name in API["components"]["schemas"] if name not in taken and name != "Description"]


def _type(schema: dict[str, Any]) -> str:
    """In a word or two."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(_type(each) for each in schema["anyOf"])
    if "enum" in schema:
        return _choice(schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return " or ".join("moment" if kind == "string" and "format" in schema else kind for kind in kinds)


def _choice(values: list[Any]) -> str:
    """Each of them, unless there are so many as there are currencies."""
    if len(values) > 20:
        return f"such as `{next(value for value in values if value == 'EUR')}`"
    return ", ".join("null" if value is None else f"`{value}`" for value in values)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return f"{table(head, rows)}\n"


def _json(value: Any) -> str:
    return _block("json", json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def _block(language: str, text: str) -> str:
    return f"```{language}\n{text}```\n"
