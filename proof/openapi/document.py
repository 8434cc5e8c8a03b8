"""Builds one OpenAPI document from an application's url map and the contracts of its views (`kit.contract`)."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from flask import Flask
from werkzeug.routing import Rule

from kit.contract import Contract
from kit.web import INTEGER_MAX
from proof.openapi.refusals import Refusals

Json = dict[str, Any]
PREFIX = "/api/v1"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
REF = "#/components/schemas/{name}"
WORDS = {
    400: "not asked for under a name of this server, or no HTTP",
    401: "nobody known asks", 403: "this person may not", 404: "not there", 405: "not this way",
    409: "not now, or changed meanwhile", 413: "too large", 422: "not usable", 429: "too often",
    503: "try later: Retry-After",
}  # fmt: skip


@dataclass(frozen=True)
class Call:
    """A method of a rule with its view."""

    rule: Rule
    method: str
    view: Callable[..., Any]
    contract: Contract

    @property
    def id(self) -> str:
        """The endpoint: unique in its application."""
        return str(self.rule.endpoint)

    @property
    def rights(self) -> tuple[str, ...]:
        """What is asked for: of the contract, or of the mark that the guard reads."""
        marked = getattr(self.view, "permission", "")
        return self.contract.rights or ((marked,) if marked else ())


@dataclass(frozen=True)
class Api:
    """What differs between the two. `shared(call)` is a type that the answer of such a call carries beside its own."""

    title: str
    about: str
    app: Flask
    refusals: Refusals
    schemes: Json
    security: Callable[[Call], list[Json]]
    headers: Callable[[Call], list[Json]]
    shared: Callable[[Call], Any] = lambda _call: None
    types: tuple[type, ...] = ()


def build(api: Api) -> Json:
    """The whole document."""
    calls = calls_of(api.app)
    schemas, components = _schemas(api, calls)
    paths: Json = {}
    for call in calls:
        address = _address(call.rule)
        paths.setdefault(address, {})[call.method] = _operation(api, call, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": api.title, "version": "1", "description": api.about, "license": {
            "name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "servers": [{"url": PREFIX}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted((components | _refusal_schemas(api.refusals)).items())),
            "responses": {f"Refused{status}": _refused(status) for status in WORDS},
            "securitySchemes": api.schemes,
        },
    }  # fmt: skip


def calls_of(app: Flask) -> list[Call]:
    """Every call below the prefix; a view without a contract is a mistake that stops the generation."""
    found = []
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith(PREFIX + "/"):
            continue
        view: Any = app.view_functions[rule.endpoint]
        for method in sorted((rule.methods or set()) & set(METHODS)):
            found.append(Call(rule, method.lower(), view, view.contract))
    return sorted(found, key=lambda call: (call.rule.rule, call.method))


def _address(rule: Rule) -> str:
    address = rule.rule.removeprefix(PREFIX)
    for name in rule.arguments:
        address = address.replace(f"<{name}>", f"{{{name}}}")
    return address


# -- one operation -----------------------------------------------------------------------------------------


def _operation(api: Api, call: Call, schemas: dict[Any, Json]) -> Json:
    found: Json = {
        "operationId": call.id,
        "summary": inspect.getdoc(call.view) or "",
        "tags": [call.id.split(".")[0]],
        "x-who": call.contract.who,
        "x-rights": list(call.rights),
        "security": api.security(call),
        "parameters": [*_path_parameters(call), *_query(call, schemas), *api.headers(call)],
    }
    if call.contract.body is not None or (call.contract.keyed and call.method == "post"):
        schema = schemas[call.contract.body] if call.contract.body else {"type": "object"}
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    found["responses"] = {"200": _answer(api, call, schemas)} | {
        str(status): {"$ref": f"#/components/responses/Refused{status}"} for status in WORDS
    }
    return found


def _path_parameters(call: Call) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[^/]+$"}}
        for name in sorted(call.rule.arguments)
    ]


def _query(call: Call, schemas: dict[Any, Json]) -> list[Json]:
    """One parameter per field of the query's struct."""
    if call.contract.query is None:
        return []
    (schema,), components = msgspec.json.schema_components([call.contract.query], ref_template=REF)
    own = components[schema["$ref"].rsplit("/", 1)[1]]
    return [
        {"name": name, "in": "query", "required": name in own.get("required", []), "schema": field}
        for name, field in own["properties"].items()
    ]


def _answer(api: Api, call: Call, schemas: dict[Any, Json]) -> Json:
    if call.contract.answer is str:
        return {
            "description": "a stream of events",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        }
    parts = [{"type": "object", "properties": {"ok": {"const": True}}, "required": ["ok"]}]
    parts += [schemas[kind] for kind in (_own(call), api.shared(call)) if kind is not None]
    return {"description": "done", "content": {"application/json": {"schema": {"allOf": parts}}}}


def _own(call: Call) -> Any:
    """The type of the answer, none where the view only says `Json`."""
    plain = call.contract.answer
    return None if getattr(plain, "__origin__", plain) is dict else plain


# -- schemas -----------------------------------------------------------------------------------------------


def _schemas(api: Api, calls: list[Call]) -> tuple[dict[Any, Json], Json]:
    """The schema of each type, and the components that they refer to."""
    kinds: list[Any] = list(api.types)
    for call in calls:
        wanted = (call.contract.body, _own(call), api.shared(call))
        kinds += [kind for kind in wanted if kind not in (None, str, *kinds)]
    found, components = msgspec.json.schema_components(kinds, ref_template=REF)
    for schema in components.values():
        _bound(schema)
    return dict(zip(kinds, found, strict=True)), components


def _bound(schema: Any) -> None:
    """No integer of ours needs more than a double holds exactly; descriptions that only name the type go."""
    if isinstance(schema, dict):
        if schema.get("type") == "integer":
            schema.setdefault("minimum", -INTEGER_MAX)
            schema.setdefault("maximum", INTEGER_MAX)
        for part in schema.values():
            _bound(part)
    elif isinstance(schema, list):
        for part in schema:
            _bound(part)


# -- refusals ----------------------------------------------------------------------------------------------


def _refusal_schemas(refusals: Refusals) -> Json:
    return {
        f"Refusal{status}": {
            "type": "object",
            "properties": {
                "ok": {"const": False},
                "code": {"enum": refusals.get(status, [])},
                "message": {"type": "string"},
                "fields": {"type": "object"},
                "trace": {"type": "string"},
            },
            "required": ["ok", "code", "message", "fields", "trace"],
        }
        for status in WORDS
    }


def _refused(status: int) -> Json:
    found: Json = {
        "description": WORDS[status],
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/Refusal{status}"}}},
    }
    if status == 503:
        found["headers"] = {"Retry-After": {"schema": {"type": "string"}, "description": "seconds"}}
    return found
