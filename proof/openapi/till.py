"""The till's API: routes of the node's slices below `/api/v1`."""

from __future__ import annotations

from flask import Flask

from edge.slices import SLICES
from edge.till.answers import Shown, State
from edge.web import COOKIE, KEY, LANGUAGE, SHOWN
from kit.i18n import LANGUAGES
from proof.openapi.document import Api, Call, Json, build
from proof.openapi.refusals import refusals_of

SECURITY: dict[str, list[Json]] = {"anybody": [], "device": [{"device": []}], "person": [{"device": []}]}
PACKAGES = ("drivers", "edge", "kit", "retail", "schemas")


def document() -> Json:
    """OpenAPI of the till."""
    app = Flask("till", static_folder=None)
    for entry in SLICES:
        for blueprint in entry.blueprints:
            app.register_blueprint(blueprint)
    return build(
        Api(
            title="Lianpu till API",
            about="What the till's page uses of its store node; docs/api-till.md says how. Sync (docs/wire.md) and the"
            " pages of the node are no part of it.",
            app=app,
            refusals=refusals_of(PACKAGES),
            schemes={
                "device": {
                    "type": "apiKey", "in": "cookie", "name": COOKIE,
                    "description": "The paired terminal, made by POST /pair; the node knows who is signed in there.",
                }
            },
            security=lambda call: SECURITY[call.contract.who],
            headers=headers,
            shared=lambda call: Shown if call.contract.keyed else None,
            types=(State,),
        )
    )  # fmt: skip


def headers(call: Call) -> list[Json]:
    """What a page sends beside its cookie."""
    found: list[Json] = [
        {"name": LANGUAGE, "in": "header", "required": False, "schema": {"enum": list(LANGUAGES)},
         "description": "The language of the page: of refusals while nobody is signed in."}
    ]  # fmt: skip
    if call.method == "post":
        found.append({"name": "X-Lianpu", "in": "header", "required": True, "schema": {"const": "1"}})
    if call.contract.keyed:
        found += [
            {"name": "Idempotency-Key", "in": "header", "required": True,
             "schema": {"type": "string", "pattern": f"^{KEY.pattern}$"},
             "description": "Made at the first touch, reused on every retry; answers the same for seven days."},
            {"name": SHOWN, "in": "header", "required": False, "schema": {"type": "string"},
             "description": "The mark of the State that the page shows: `changes` instead of `state` if it is known."},
        ]  # fmt: skip
    return found
