"""HQ's API for other programs: routes of HQ's slices below `/api/v1`."""

from __future__ import annotations

from flask import Flask

from hq.api.once import KEY_LENGTH_MAX
from hq.slices import SLICES
from proof.openapi.document import Api, Call, Json, build
from proof.openapi.refusals import refusals_of

PACKAGES = ("hq", "kit", "retail", "schemas")


def document() -> Json:
    """OpenAPI of HQ."""
    app = Flask("hq", static_folder=None)
    for entry in SLICES:
        for blueprint in entry.blueprints():
            app.register_blueprint(blueprint)
    return build(
        Api(
            title="Lianpu HQ API",
            about="For other programs; docs/api-hq.md says how. Sync (docs/wire.md) and the console are no part of it.",
            app=app,
            refusals=refusals_of(PACKAGES),
            schemes={
                "bearer": {
                    "type": "http", "scheme": "bearer",
                    "description": "Made by an administrator on a person's page; rights and stores are that person's.",
                }
            },
            security=lambda call: [{"bearer": []}],
            headers=headers,
        )
    )  # fmt: skip


def headers(call: Call) -> list[Json]:
    """The key of a call that changes something."""
    if not call.contract.keyed:
        return []
    return [
        {"name": "Idempotency-Key", "in": "header", "required": True,
         "schema": {"type": "string", "minLength": 1, "maxLength": KEY_LENGTH_MAX, "pattern": "^[!-~]+$"},
         "description": "The same key of the same person answers the same result for seven days."}
    ]  # fmt: skip
