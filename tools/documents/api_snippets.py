"""How each call of the API is made with curl, in Python and in JavaScript.

The snippets read what they need from the environment: BASE_URL, KEY, and SESSION or WEBHOOK. A test runs each of them.
"""

import json

from tools.documents.api_calls import Call

# Wider lines are scrolled sideways on the pages of a forge.
WIDEST = 100
SHELL_START = """\
export BASE_URL=http://127.0.0.1:8000
export KEY=sk_…        # as `smartcart api-key create` prints it
"""
PYTHON_START = """\
import os

import httpx

SESSION, WEBHOOK = os.environ.get("SESSION"), os.environ.get("WEBHOOK")
shop = httpx.Client(
    base_url=os.environ["BASE_URL"],
    headers={"Authorization": f"Bearer {os.environ['KEY']}"},
)
"""
JAVASCRIPT_START = """\
const { BASE_URL, KEY, SESSION, WEBHOOK } = process.env;

function shop(method, path, body, headers = {}) {
  return fetch(BASE_URL + path, {
    method,
    headers: { Authorization: `Bearer ${KEY}`, "Content-Type": "application/json", ...headers },
    body: body && JSON.stringify(body),
  });
}
"""


def in_shell(call: Call) -> str:
    """With curl."""
    options = ['-H "Authorization: Bearer $KEY"'] if call.needs_key else []
    if call.idempotency_key:
        options.append(f'-H "Idempotency-Key: {call.idempotency_key}"')
    if call.method == "POST":
        options.append('-H "Content-Type: application/json"')
        options.append(f"-d '{json.dumps(call.body, ensure_ascii=False)}'")
    address = call.path.replace("{id}", f"${call.about}")
    arguments = [*options, f'"$BASE_URL{address}"']
    line = " ".join(["curl", *arguments])
    return (line if len(line) <= WIDEST else "curl " + " \\\n     ".join(arguments)) + "\n"


def in_python(call: Call) -> str:
    """With httpx, after `PYTHON_START`."""
    path = call.path.replace("{id}", f"{{{call.about}}}")
    arguments = [f'f"{path}"' if call.about else f'"{path}"']
    if call.body is not None:
        arguments.append(f"json={_python(call.body)}")
    if call.idempotency_key:
        arguments.append(f'headers={{"Idempotency-Key": "{call.idempotency_key}"}}')
    return (
        _fitting(f"answer = shop.{call.method.lower()}(", arguments, ")\n") + "print(answer.status_code, answer.text)\n"
    )


def in_javascript(call: Call) -> str:
    """With fetch, after `JAVASCRIPT_START`."""
    path = call.path.replace("{id}", f"${{{call.about}}}")
    arguments = [f'"{call.method}"', f"`{path}`" if call.about else f'"{path}"']
    if call.body is not None:
        arguments.append(_javascript(call.body))
    if call.idempotency_key:
        arguments.append(f'{{ "Idempotency-Key": "{call.idempotency_key}" }}')
    return (
        _fitting("const answer = await shop(", arguments, ");\n", "  ")
        + "console.log(answer.status, await answer.text());\n"
    )


def _fitting(start: str, arguments: list[str], end: str, indent: str = "    ") -> str:
    """A call in one line, or in one for each argument where it would be too long for a page."""
    line = start + ", ".join(arguments) + end
    if len(line) <= WIDEST:
        return line
    return start + "\n" + "".join(f"{indent}{argument},\n" for argument in arguments) + end


def _python(body: object) -> str:
    return json.dumps(body, ensure_ascii=False).replace(": true", ": True").replace(": false", ": False")


def _javascript(body: dict[str, object]) -> str:
    fields = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in body.items()]
    return f"{{ {', '.join(fields)} }}" if fields else "{}"
