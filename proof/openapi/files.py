"""The two files as they have to be."""

from __future__ import annotations

import json
from pathlib import Path

from proof.openapi import hq, till
from proof.openapi.document import Json

DOCS = Path(__file__).resolve().parents[2] / "docs" / "openapi"


def documents() -> dict[str, Json]:
    """The description of each API by the name of its file."""
    return {"till.json": till.document(), "hq.json": hq.document()}


def texts() -> dict[str, str]:
    """The content of each file."""
    return {
        name: json.dumps(found, ensure_ascii=False, indent=1) + "\n" for name, found in documents().items()
    }
