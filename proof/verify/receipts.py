"""HQ's signed receipts, wherever they are kept, and where HQ's public key comes from."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from proof.verify import crypto
from proof.verify.chain import hash_at
from proof.verify.journal import Journal
from proof.verify.report import Report
from proof.verify.source import EDGE, Source


def hq_keys(sources: list[Source], given: bytes | None) -> list[bytes]:
    """The given key alone, else every key that the databases name as HQ's."""
    if given is not None:
        return [given]
    found: list[bytes] = []
    for source in sources:
        if source.kind == EDGE:
            found += _pinned(source)
        elif "inc" in source.tables:
            found += [
                row["public_key"] for row in source.rows("SELECT public_key FROM inc WHERE node = 'hq'")
            ]
    return list(dict.fromkeys(found))


def _pinned(source: Source) -> list[bytes]:
    """A store keeps the key that it pinned at enrolment in its table of small facts."""
    found = []
    for row in source.rows("SELECT value FROM meta WHERE name = 'hq_key'"):
        key = _bytes(row["value"])
        if len(key) == 32:
            found.append(key)
    return found


def check_enrolment(source: Source, report: Report, keys: list[bytes]) -> None:
    """The record by which HQ made this device the store's node is signed by HQ and names its key."""
    check = report.check(source.label, "enrolment", "enrolment records signed by HQ")
    facts = {
        row["name"]: row["value"]
        for row in source.rows("SELECT name, value FROM meta WHERE name LIKE 'enrol%'")
    }
    raw, signature = (bytes.fromhex(facts.get(name, "")) for name in ("enrolment", "enrolment_signature"))
    if not raw:
        return
    check.seen()
    said = _json(raw)
    known = {row["public_key"] for row in source.rows("SELECT public_key FROM inc")}
    if _bytes(said.get("public_key")) not in known:
        check.wrong("meta", "enrolment", "it names another device's key")
    if keys and not any(crypto.signature_holds(key, signature, "enrolment", raw) for key in keys):
        check.wrong("meta", "enrolment", "HQ's signature does not hold")


def check_receipts(journal: Journal, report: Report, keys: list[bytes]) -> None:
    """Each stored receipt says what its row says, names a link of the chain, and is signed by HQ."""
    check = report.check(journal.source.label, "receipts", _what(keys))
    edge = journal.source.kind == EDGE
    table = "receipted" if edge else "receipt"
    nodes = {inc: node for node, inc in journal.incs}
    for row in journal.source.rows(f"SELECT * FROM {table} ORDER BY inc"):
        check.seen()
        node = row.get("node") or nodes.get(row["inc"], "")
        inc, key = journal.incs.get((node, row["inc"])), f"{node}/{row['inc']}"
        said = _json(row["receipt"])
        wanted = {"node": node, "inc": row["inc"], "seq": row["seq"], "epoch": row["epoch"]}
        for name, value in wanted.items():
            if said.get(name) != value:
                check.wrong(
                    table, key, f"{name} is {value}, the signed receipt says {said.get(name)}", seq=row["seq"]
                )
        if inc is None:
            check.wrong(table, key, "its incarnation is unknown", seq=row["seq"])
            continue
        own = hash_at(journal, inc, row["seq"])
        if own is None:
            why = "HQ has receipted this link and the chain does not have it: the end of the log is missing"
            check.wrong(table, key, why, seq=row["seq"])
        elif own != _bytes(said.get("hash", "")) or own != row.get("hash", own):
            check.wrong(table, key, "hash is not the chain's at this seq", seq=row["seq"])
        if keys and not any(
            crypto.signature_holds(k, row["signature"], "receipt", row["receipt"]) for k in keys
        ):
            check.wrong(table, key, "HQ's signature does not hold", seq=row["seq"])


def _what(keys: list[bytes]) -> str:
    return "receipts of HQ" if keys else "receipts of HQ (signatures not checked: no --hq-key)"


def _json(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _bytes(text: object) -> bytes:
    """Hex or base64."""
    plain = str(text)
    try:
        if len(plain) == 64:
            return bytes.fromhex(plain)
        return base64.b64decode(plain, validate=True)
    except (ValueError, binascii.Error):
        return b""
