"""What a store's node keeps beside its journal: audit lines, papers owed, baskets, guards, and the witness."""

from __future__ import annotations

import json
import os
import struct
import zlib
from pathlib import Path
from typing import Any

from proof.verify.chain import hash_at
from proof.verify.journal import Event, Journal
from proof.verify.report import Report

GUARDS = {
    f"{table}_is_never_{done}"
    for table in ("body", "link", "posting", "audit")
    for done in ("edited", "deleted")
}
_VERBS = {
    "sale.completed": ("sales.completed", "sale"),
    "return.completed": ("returns.made", "return"),
    "shift.opened": ("shifts.opened", "shift"),
    "shift.closed": ("shifts.closed", "shift"),
    "cash.moved": ("shifts.cash_moved", "shift"),
    "stock.received": ("stock.received", "stock"),
    "stock.written_off": ("stock.written_off", "stock"),
}
_SLOT = 512
_HEADER = struct.Struct(">QHI")


def check_traces(journal: Journal, report: Report) -> None:
    """Audit, papers, baskets, guards."""
    _guards(journal, report)
    _audit(journal, report)
    _papers(journal, report)
    _baskets(journal, report)


def _guards(journal: Journal, report: Report) -> None:
    check = report.check(journal.source.label, "guards", "triggers that refuse to edit or delete the journal")
    check.seen(len(GUARDS))
    for name in sorted(GUARDS - journal.source.triggers()):
        check.wrong("trigger", name, "it is gone: somebody could edit the journal")


def _audit(journal: Journal, report: Report) -> None:
    """Every act has its line, every line its act, and no line is missing between two others."""
    check = report.check(journal.source.label, "audit", "audit lines that belong to their acts")
    rows = journal.source.rows("SELECT n, staff, verb, subject FROM audit ORDER BY n")
    check.seen(len(rows))
    for at, row in enumerate(rows, 1):
        if row["n"] != at:
            check.wrong("audit", at, "the line is missing")
            break
    verbs = dict(_VERBS.values())
    kept: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if row["verb"] in verbs:
            kept.setdefault((row["verb"], row["subject"]), []).append(row["staff"])
    for event in journal.of_type(*_VERBS):
        if event.replayed:
            continue
        verb, kind = _VERBS[event.type]
        subject = f"{kind}:{event.p['shift'] if kind == 'shift' else event.id}"
        staff = kept.get((verb, subject), [])
        if event.actor["staff"] not in staff:
            why = f"no line {verb} of {event.actor['staff']}" + (f", it names {staff[0]}" if staff else "")
            check.wrong("audit", subject, why, seq=event.place[2], number=event.number)
        else:
            staff.remove(event.actor["staff"])
    for (verb, subject), left in kept.items():
        if left and not journal.purged:
            check.wrong("audit", subject, f"the journal has no event for this line {verb}")


def _papers(journal: Journal, report: Report) -> None:
    """Print jobs refer to what exists, and every document since the oldest kept job has its paper."""
    check = report.check(journal.source.label, "print_job", "print jobs that refer to documents")
    jobs = journal.source.rows("SELECT id, key, kind, reference, made_at FROM print_job ORDER BY id")
    shifts = {row["id"] for row in journal.source.rows("SELECT id FROM shift")}
    papers = {event.id: event for event in journal.of_type("sale.completed", "return.completed")}
    for job in jobs:
        check.seen()
        known: Any = (
            journal.by_id if job["kind"] == "drawer" else shifts if job["kind"] == "shift" else papers
        )
        if job["kind"] != "test" and job["reference"] not in known and not journal.purged:
            check.wrong("print_job", job["id"], f"{job['kind']} of {job['reference']}, which does not exist")
        if job["kind"] in ("receipt", "return") and job["key"] != f"{job['kind']}:{job['reference']}:0":
            check.wrong("print_job", job["id"], f"key is {job['key']}")
    owed = {job["reference"] for job in jobs if job["kind"] in ("receipt", "return")}
    since = min((job["made_at"] for job in jobs), default=0)
    for row in journal.source.rows("SELECT value FROM meta WHERE name = 'papers_dropped_before'"):
        since = max(since, int(row["value"]))  # older papers were deleted by the nightly job
    for event in papers.values():
        if not event.replayed and event.at >= since and event.id not in owed:
            check.wrong("print_job", event.id, "no paper is owed for this document", number=event.number)


def _baskets(journal: Journal, report: Report) -> None:
    check = report.check(journal.source.label, "basket.rows", "baskets that name the sale they became")
    rows = {row["id"]: row for row in journal.source.rows("SELECT id, state, document FROM basket")}
    for event in journal.of_type("sale.completed"):
        check.seen()
        row = rows.pop(event.p["basket"], None)
        if row is None and event.replayed:
            continue
        if row is None or (row["state"], row["document"]) != ("done", event.id):
            is_ = "missing" if row is None else f"{row['state']} {row['document']}"
            check.wrong("basket", event.p["basket"], f"the row is {is_}", number=event.number)
    for row in rows.values():
        if row["state"] == "done" and not journal.purged:
            check.wrong("basket", row["id"], "it is done and no sale says so")


def check_witness(journal: Journal, report: Report, files: list[Path]) -> None:
    """The head that was witnessed outside the database is in the chain."""
    check = report.check(journal.source.label, "witness", "witnessed heads that the chain has")
    nodes = {inc.node for inc in journal.incs.values()}
    for path in files or _usual(journal.source.path):
        seen = _newest(path)
        if seen is None or seen["node"] not in nodes:
            continue
        check.seen()
        key = f"{seen['node']}/{seen['inc']}"
        inc = journal.incs.get((seen["node"], seen["inc"]))
        found = hash_at(journal, inc, seen["seq"]) if inc else None
        purged = inc is not None and inc.purged is not None and seen["seq"] < inc.purged[0]
        if not purged and (found is None or found.hex() != seen["hash"]):
            why = f"{path.name} witnessed this head and the chain does not have it: the end of the log is missing"
            check.wrong("link", key, why, seq=seen["seq"])
        _last_numbers(journal, check, seen)


def _last_numbers(journal: Journal, check: Any, seen: dict[str, Any]) -> None:
    given = {event.number for event in journal.of_type("sale.completed", "return.completed")}
    for terminal, last in seen["numbers"].items():
        number = f"{seen['node']}-{terminal}/{last}"
        if number not in given and not journal.purged:
            check.wrong("body", "", "this number was witnessed and no document has it", number=number)


def _usual(path: Path) -> list[Path]:
    """Where a node keeps its witness unless told otherwise."""
    home = path.absolute().parent
    base = os.environ.get("LIANPU_WITNESS_DIR")
    found = (Path(base) if base else home.parent / "lianpu-witness") / f"{home.name}.witness"
    return [found] if found.is_file() else []


def _newest(path: Path) -> dict[str, Any] | None:
    """The newer of two slots that is whole."""
    raw, found = path.read_bytes(), []
    for start in (0, _SLOT):
        slot = raw[start : start + _SLOT]
        if len(slot) < _HEADER.size:
            continue
        counter, length, crc = _HEADER.unpack_from(slot)
        payload = slot[_HEADER.size : _HEADER.size + length]
        if counter and len(payload) == length and zlib.crc32(payload) == crc:
            found.append((counter, payload))
    return dict(json.loads(max(found)[1])) if found else None


def live_once(journal: Journal, report: Report) -> None:
    """Each event stands in exactly one place of the living log; abandoned places are evidence only."""
    check = report.check(journal.source.label, "chain.homes", "events with one place in the log")
    places: dict[str, list[str]] = {}
    for (_, inc), links in journal.links.items():
        for link in links:
            if not link.abandoned and link.id is not None:
                places.setdefault(link.id, []).append(f"{inc} seq {link.seq}")
    for event in journal.events:
        check.seen()
        count = len(places.get(event.id, []))
        if count != 1 and not (count == 0 and journal.given_back(event.id)):
            why = f"it stands in {count} places of the log: {', '.join(places.get(event.id, []))}"
            check.wrong("link", event.id, why, number=event.number)
    _columns(journal, journal.events, report)


def _columns(journal: Journal, events: list[Event], report: Report) -> None:
    check = report.check(journal.source.label, "body.columns", "bodies whose columns repeat what they say")
    rows = {row["id"]: row for row in journal.source.rows("SELECT id, bh, type, at, day, shift FROM body")}
    hashes = {link.id: link.bh for links in journal.links.values() for link in links}
    found = {id(event.body): event for event in events}
    for row_id, body in journal.bodies.items():
        event = found.get(id(body))
        if event is None:
            continue
        check.seen()
        row = rows[row_id]
        wanted = {"id": event.id, "type": event.type, "at": event.at, "day": event.day, "shift": event.shift}
        wanted["bh"] = hashes.get(row_id, row["bh"])
        for name, value in wanted.items():
            if row[name] != value:
                is_, should = (v.hex() if isinstance(v, bytes) else v for v in (row[name], value))
                why = f"{name} is {is_}, the {'link' if name == 'bh' else 'body'} says {should}"
                check.wrong("body", row_id, why, seq=event.place[2], number=event.number)
