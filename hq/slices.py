"""Every slice of HQ, one line each; who publishes."""

from typing import Any

from hq import access, audit, console, people, settings, stores
from hq.slice import Slice

SLICES: tuple[Slice, ...] = (
    console.SLICE,
    stores.SLICE,
    people.SLICE,
    settings.SLICE,
    access.SLICE,
    audit.SLICE,
)


def PUBLISHER(connection: Any, now_ms: int, touched: Any, build: Any) -> None:  # noqa: N802
    """Until hq.publish exists nothing goes down; the builders run, so that a broken row is seen."""
    for scope, kind, key in touched:
        build(connection, scope, kind, key)
