"""Incarnations, hash chains, bodies and signed heads: the same rules at the store and at HQ (SYNC §2, §3)."""

from __future__ import annotations

from proof.verify import crypto
from proof.verify.journal import Inc, Journal, Link
from proof.verify.report import Check, Report


def check_chain(journal: Journal, report: Report) -> None:
    """All of them."""
    label = journal.source.label
    _records(journal, report.check(label, "inc.records", "incarnation records signed and as their rows say"))
    _links(journal, report.check(label, "chain.links", "links in order, each hash over the one before it"))
    _bodies(journal, report.check(label, "body.hashes", "bodies with the hash that their link carries"))
    _shapes(journal, report.check(label, "body.shape", "bodies within the limits of the format"))
    _heads(journal, report.check(label, "head.signatures", "signed chain heads"))


def _records(journal: Journal, check: Check) -> None:
    for inc in journal.incs.values():
        check.seen()
        key = f"{inc.node}/{inc.inc}"
        record = crypto.read_record(inc.record)
        if record is None:
            check.wrong("inc", key, "the record is not one")
            continue
        parent = None if inc.parent is None else [inc.parent[0], inc.parent[1], (inc.parent[2] or b"").hex()]
        row = {"inc": inc.inc, "node": inc.node, "parent": parent, "public_key": inc.public_key.hex()}
        for name in sorted(row):
            if record[name] != row[name]:
                check.wrong("inc", key, f"{name} is {row[name]}, the signed record says {record[name]}")
        if not crypto.signature_holds(inc.public_key, inc.signature, "inc", inc.record):
            check.wrong("inc", key, "the signature does not hold")


def _links(journal: Journal, check: Check) -> None:
    for key in journal.links.keys() - journal.incs.keys():
        check.wrong("link", f"{key[0]}/{key[1]}", "its incarnation is unknown")
    for inc in journal.incs.values():
        links = journal.links.get(inc.key, [])
        check.seen(len(links))
        last = _walk(journal, inc, links, check)
        if inc.end is not None and inc.end != last:
            why = f"it says that link {inc.end[0]} is the head, the chain ends at {last[0]}"
            check.wrong("origin", f"{inc.node}/{inc.inc}", why, seq=inc.end[0])


def _walk(journal: Journal, inc: Inc, links: list[Link], check: Check) -> tuple[int, bytes]:
    """From the genesis, or the last purged link, to the end; returns where the chain ends.

    Behind an abandoned tail may stand what HQ gave back of a clone's; the clone's first links are at HQ only.
    """
    seq, hash_ = inc.purged or (0, crypto.genesis(inc.record))
    evidence = False
    for link in links:
        key, number = f"{inc.node}/{inc.inc}", journal.number_of(link.id)
        if link.seq != seq + 1:
            missing = f"{seq + 1}" if link.seq == seq + 2 else f"{seq + 1} to {link.seq - 1}"
            check.wrong("link", key, f"link {missing} is missing", seq=link.seq, number=number)
        elif link.prev != hash_ and (link.abandoned or not evidence):
            check.wrong("link", key, "prev is not the hash of the link before", seq=link.seq, number=number)
        if crypto.link_hash(inc.node, inc.inc, link.seq, link.prev, link.bh) != link.hash:
            check.wrong("link", key, "hash does not follow from prev and bh", seq=link.seq, number=number)
        seq, hash_, evidence = link.seq, link.hash, link.abandoned
    return seq, hash_


def _bodies(journal: Journal, check: Check) -> None:
    """`bodies` is keyed by event id at the store and by place at HQ."""
    wanted = set()
    for (node, inc), links in journal.links.items():
        for link in links:
            check.seen()
            key = link.id if link.id is not None else (node, inc, link.seq)
            wanted.add(key)
            body = journal.bodies.get(key)
            number = journal.number_of(link.id)
            if body is None:
                check.wrong(
                    "body", _name(key), "the body of this link is missing", seq=link.seq, number=number
                )
            elif crypto.body_hash(body) != link.bh:
                why = "the bh of its link is not the SHA-256 of the body"
                check.wrong("body", _name(key), why, seq=link.seq, number=number or _number_at(journal, key))
    for key in journal.bodies.keys() - wanted:
        if not journal.given_back(key):
            check.wrong("body", _name(key), "no link carries it", number=_number_at(journal, key))


def _number_at(journal: Journal, key: object) -> str | None:
    return next((event.number for event in journal.events if key in (event.id, event.place)), None)


def _shapes(journal: Journal, check: Check) -> None:
    check.seen(len(journal.bodies))
    for key, why in journal.broken.items():
        if not _known_as_unreadable(journal, key):
            check.wrong("body", _name(key), why, number=_number_at(journal, key))


def _known_as_unreadable(journal: Journal, key: object) -> bool:
    """HQ stores what it cannot read and says so; then it is no surprise."""
    if not isinstance(key, tuple):
        return False
    reason = journal.source.value(
        "SELECT reason FROM parked WHERE node = ? AND inc = ? AND seq = ?"
        " AND reason IN ('unreadable', 'handler_failed')",
        *key,
    )
    return reason is not None


def _heads(journal: Journal, check: Check) -> None:
    nodes = {key[1]: key[0] for key in journal.incs}
    for row in journal.source.rows("SELECT * FROM head_signature ORDER BY inc, seq"):
        check.seen()
        node = row.get("node") or nodes.get(row["inc"], "")
        inc, key = journal.incs.get((node, row["inc"])), f"{node}/{row['inc']}"
        if inc is None:
            check.wrong("head_signature", key, "its incarnation is unknown", seq=row["seq"])
            continue
        hash_ = hash_at(journal, inc, row["seq"])
        if hash_ is not None and hash_ != row["hash"] or (hash_ is None and not _purged(inc, row["seq"])):
            check.wrong("head_signature", key, "it signs a link that the chain does not have", seq=row["seq"])
        if not crypto.head_signature_holds(
            inc.public_key, row["signature"], inc.node, inc.inc, row["seq"], row["hash"]
        ):
            check.wrong("head_signature", key, "the signature does not hold", seq=row["seq"])


def _purged(inc: Inc, seq: int) -> bool:
    return inc.purged is not None and seq <= inc.purged[0]


def hash_at(journal: Journal, inc: Inc, seq: int) -> bytes | None:
    """The hash that the chain has at a seq; 0 is the genesis; None where there is no link."""
    if seq == 0:
        return crypto.genesis(inc.record)
    if inc.purged is not None and seq == inc.purged[0]:
        return inc.purged[1]
    links = journal.links.get(inc.key, [])
    guess = seq - (links[0].seq if links else 0)
    if 0 <= guess < len(links) and links[guess].seq == seq:
        return links[guess].hash
    return next((link.hash for link in links if link.seq == seq), None)


def _name(key: object) -> str:
    return "/".join(map(str, key)) if isinstance(key, tuple) else str(key)
