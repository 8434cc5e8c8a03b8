"""`lianpu-edge rebuild` without its options: enrol if need be, rebuild, say what came back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event
from typing import Any

from edge.mirror.folder import Folder
from edge.mirror.keeper import owner_of, place_of
from edge.mirror.model import Place
from edge.mirror.remote import Remote
from edge.rebuild.actions import Rebuilt, Unfinished, rebuild
from edge.syncing import enrolment
from kit.logs import logger
from retail.civil import store_local
from retail.errors import Invalid, NetworkError
from retail.ids import parse_receipt_number, receipt_number

log = logger("lianpu.rebuild")
PAUSES = (1, 3, 9)  # seconds
NEVER = Event()
NOT_READ = "the mirror could not be read to its end ({}): mend it and run the same command again"
WITHHELD = "HQ has events {} to {} of {} and cannot give them: look at its alarms"
REFUSED = "HQ refused something, its log says why: mend that and run the same command again"

NOBODY_KNOWS = (
    "without a mirror nobody knows what was sold after HQ heard of this store last;"
    " give the number on each terminal's newest paper with --last-receipt"
)


def run(node: Any, hq: str, code: str, mirror: str, secret: str, papers: Sequence[str]) -> Iterator[str]:
    """The lines to show. Raises what enrolment and rebuild raise."""
    typed = [parse_receipt_number(number) for number in papers]
    if not node.enrolled:
        found = enrolment.enrol(node, hq, code)
        yield f"fingerprint of this computer: {found['fingerprint']}"
        if found["state"] != "enrolled":
            yield "HQ has to confirm it first: compare the fingerprint there, then run the same command again"
            return
    for number in typed:
        if number.store != node.store:
            raise Invalid("rebuild.other_store", number=receipt_number(*number), store=node.store)
    yield from lines(node.store, patiently(lambda: rebuild(node, _place(node, mirror, secret), typed)))


def patiently(step: Callable[[], Rebuilt], pause: Callable[[float], object] = NEVER.wait) -> Rebuilt:
    """HQ is busy, restarts, or the line is cut for a moment: a few tries, each goes on where the last one stood."""
    for seconds in PAUSES:
        try:
            return step()
        except NetworkError as error:
            log.warning("rebuild.again", why=str(error), seconds=seconds)
            pause(seconds)
    try:
        return step()
    except Unfinished as error:
        return error.rebuilt


def _place(node: Any, mirror: str, secret: str) -> Place | None:
    if mirror.startswith(("http://", "https://")):
        return Remote(mirror, secret or node.config.mirror_secret, owner_of(node))
    if mirror:
        return Folder(Path(mirror), owner_of(node))
    return place_of(node) if node.config.mirror_path or node.config.mirror_url else None


def lines(store: str, rebuilt: Rebuilt) -> Iterator[str]:
    """What came back, from where, what is missing, and what nobody can know."""
    for series in rebuilt.series:
        yield from series.lines(store)
    if not rebuilt.series:
        yield "no receipt came back"
    for inc, first, last in rebuilt.withheld:
        yield WITHHELD.format(first, last, inc[:8])
    if not rebuilt.ended:
        yield REFUSED
    if rebuilt.certain:
        yield "the mirror was read to its end: nothing that it had is missing"
    elif rebuilt.mirror not in ("", "ready"):
        yield NOT_READ.format(rebuilt.mirror)
    elif not rebuilt.mirror:
        yield NOBODY_KNOWS
    if rebuilt.backlog and not rebuilt.certain:
        when = store_local(rebuilt.backlog.told_at, "UTC")
        yield f"at {when} UTC the lost computer had {rebuilt.backlog.unsent} events that were not at HQ yet"
    if rebuilt.unsent:
        yield f"{rebuilt.unsent} events are not at HQ yet; they go there as soon as the node runs"
