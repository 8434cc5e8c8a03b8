"""Holds answers against the OpenAPI files: whatever a test gets from an API, the file must have said so."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

DOCS = Path(__file__).resolve().parents[2] / "docs" / "openapi"


@dataclass(frozen=True)
class Operation:
    """A call as its file describes it."""

    method: str
    path: str
    facts: Any

    @property
    def id(self) -> str:
        """Its name."""
        return str(self.facts["operationId"])

    @property
    def rights(self) -> list[str]:
        """What it asks for."""
        return list(self.facts["x-rights"])


@cache
def document(name: str) -> Any:
    """A file of docs/openapi."""
    return json.loads((DOCS / f"{name}.json").read_text(encoding="utf-8"))


@cache
def operations(name: str) -> tuple[Operation, ...]:
    """Every call of an API."""
    paths = document(name)["paths"]
    return tuple(Operation(method, path, paths[path][method]) for path in paths for method in paths[path])


def check(name: str, response: Any) -> None:
    """Fail when an answer is not what the file says; names that the file does not know count as wrong."""
    request = response.request
    found = _matching(name, request.method.lower(), request.path.removeprefix("/api/v1"))
    if found is None or not request.path.startswith("/api/v1/"):
        return
    assert str(response.status_code) in found.facts["responses"], (
        found.id,
        response.status_code,
        response.text,
    )
    kind, validator = _answer(name, found.method, found.path, response.status_code)
    assert response.mimetype == kind, (found.id, response.mimetype)
    if validator is not None:
        wrong = next(iter(validator.iter_errors(response.get_json())), None)
        assert wrong is None, f"{found.id} {response.status_code}: {wrong}"


@cache
def _patterns(name: str) -> list[tuple[re.Pattern[str], Operation]]:
    by_words = sorted(
        operations(name), key=lambda each: each.path.count("{")
    )  # /receipts/find before /receipts/{id_}
    return [(re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(each.path))), each) for each in by_words]


def _matching(name: str, method: str, path: str) -> Operation | None:
    return next(
        (each for form, each in _patterns(name) if each.method == method and form.fullmatch(path)), None
    )


@cache
def _answer(name: str, method: str, path: str, status: int) -> tuple[str, Any]:
    """Media type and validator."""
    whole = _closed(document(name))
    answer = whole["paths"][path][method]["responses"][str(status)]
    if "$ref" in answer:
        answer = whole["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]
    ((kind, content),) = answer["content"].items()
    if kind != "application/json":
        return kind, None
    schema = content["schema"] | {"unevaluatedProperties": False, "components": whole["components"]}
    return kind, jsonschema_rs.Draft202012Validator(schema)


def _closed(whole: Any) -> Any:
    """The document with every part of an answer closed to other names; a part of the top level is closed there."""
    found = json.loads(json.dumps(whole))
    calls = [call for path in found["paths"].values() for call in path.values()]
    kinds = [call["responses"]["200"]["content"].get("application/json") for call in calls]
    tops = [part for kind in kinds if kind for part in kind["schema"]["allOf"]]
    names = {part["$ref"].rsplit("/", 1)[1] for part in tops if "$ref" in part}
    for name, schema in found["components"]["schemas"].items():
        if name not in names and "properties" in schema:
            schema["additionalProperties"] = False
    return found
