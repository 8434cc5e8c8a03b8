"""Every slice of HQ, one line each; who publishes."""

from hq import access, audit, console, enrolment, ingest, people, publish, settings, stores
from hq.publish.actions import publish as PUBLISHER  # noqa: N812 — the one door to the scopes
from hq.slice import Slice

SLICES: tuple[Slice, ...] = (
    console.SLICE,
    stores.SLICE,
    people.SLICE,
    settings.SLICE,
    access.SLICE,
    audit.SLICE,
    enrolment.SLICE,
    ingest.SLICE,
    publish.SLICE,
)

__all__ = ["PUBLISHER", "SLICES"]
