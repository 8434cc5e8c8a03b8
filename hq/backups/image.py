"""An unpacked database as evidence: what it contains, and whether that proves itself."""

from __future__ import annotations

from pathlib import Path

from hq.backups import queries
from hq.backups.model import Image, Manifest
from kit.db import Connection, DatabaseError, engine_image
from retail.errors import Invalid
from sync.chain import body_hash, genesis, link_hash


def look(path: Path) -> Image:
    """Epoch, schema, rows of every table, and the head of every log."""
    with engine_image(path) as image:
        try:
            return queries.contents(image)
        except DatabaseError as error:
            raise Invalid("backups.damaged", why=str(error)[:200]) from error


def drill(path: Path, manifest: Manifest) -> Image:
    """Raises `Invalid` unless the database is whole, is what its manifest says, and its logs and totals hold."""
    with engine_image(path) as image:
        try:
            found = queries.contents(image)
            problem = _problem(image, found, manifest)
        except DatabaseError as error:
            raise Invalid("backups.damaged", why=str(error)[:200]) from error
    if problem:
        raise Invalid("backups.damaged", why=problem)
    return found


def _problem(image: Connection, found: Image, manifest: Manifest) -> str:
    whole = queries.integrity(image)
    if whole != "ok":
        return f"why.engine {whole[:150]}"
    said = Image(manifest.epoch, manifest.schema, manifest.tables, manifest.heads)
    if found != said:
        return "why.not_its_manifest"
    for node, inc, record in queries.incs(image):
        problem = _chain(image, node, inc, record, found)
        if problem:
            return f"why.log {node}/{inc} {problem}"
    return "why.balances" if queries.wrong_balances(image) else ""


def _chain(image: Connection, node: str, inc: str, record: bytes, found: Image) -> str:
    """From the genesis, every link follows and carries its body; the last one is the head."""
    seq, hash_ = 0, genesis(record)
    for link in queries.links(image, node, inc):
        if link["seq"] != seq + 1 or link["prev"] != hash_:
            return f"why.link {seq + 1}"
        if link["body"] is None or body_hash(link["body"]) != link["bh"]:
            return f"why.link_body {seq + 1}"
        seq, hash_ = seq + 1, link_hash(node, inc, seq + 1, hash_, link["bh"])
        if hash_ != link["hash"]:
            return f"why.link {seq}"
    heads = {(head[0], head[1]): (head[2], head[3]) for head in found.heads}
    return "" if heads.get((node, inc)) == (seq, hash_.hex()) else f"why.log_end {seq}"
