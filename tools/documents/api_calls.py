"""The calls of openapi.json, as the documents made of it want them."""

from dataclasses import dataclass
from typing import Any

from smartcart.payments.api.openapi import description

# The keys of requests that carry one here: any may, and these had better.
KEYS = {
    "createSession": "order-17",
    "refundSession": "order-17-refund-1",
    "captureSession": "order-17-capture",
    "releaseSession": "order-17-release",
}


@dataclass(frozen=True)
class Call:
    """One operation; `said` is what the description has of it."""

    method: str
    path: str
    said: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.said["operationId"])

    @property
    def tag(self) -> str:
        return str(self.said["tags"][0])

    @property
    def about(self) -> str:
        """The variable whose id stands in the path: SESSION or WEBHOOK; empty where there is none."""
        if "{id}" not in self.path:
            return ""
        return "WEBHOOK" if "/webhooks/" in self.path else "SESSION"

    @property
    def body(self) -> dict[str, Any] | None:
        """The first example of what is sent; None where nothing is."""
        content = self.said.get("requestBody", {}).get("content", {}).get("application/json")
        return next(iter(content["examples"].values()))["value"] if content else None

    @property
    def schemas(self) -> list[str]:
        """The names of the schemas of which the body fits one."""
        schema = self.said["requestBody"]["content"]["application/json"]["schema"]
        return [each["$ref"].rpartition("/")[2] for each in schema.get("oneOf", [schema])]

    @property
    def needs_key(self) -> bool:
        return bool(self.said["security"])

    @property
    def idempotency_key(self) -> str:
        return KEYS.get(self.id, "")

    def responses(self, is_problem: bool) -> dict[int, dict[str, Any]]:
        """What is answered, by status: problems, or all else."""
        return {
            int(status): answer
            for status, answer in self.said["responses"].items()
            if (int(status) >= 400) == is_problem
        }

    def problems(self) -> list[str]:
        """The codes of all problems that it can answer, in the order of their statuses."""
        found = self.responses(is_problem=True).values()
        return [code for answer in found for code in answer["content"]["application/problem+json"]["examples"]]


API = description()


def all_calls() -> list[Call]:
    """In the order of the description."""
    return [
        Call(method.upper(), path, said) for path, methods in API["paths"].items() for method, said in methods.items()
    ]
