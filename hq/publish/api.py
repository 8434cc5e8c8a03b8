"""Scopes for nodes: changes, reset, snapshot, doorbell."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request, send_file

from hq.ingest.answers import answer_with, refuse_in_json, signed_answer
from hq.ingest.asked import count_of, is_count, scope_of
from hq.ingest.epoch import current
from hq.ingest.sessions import Speaker, speaker
from hq.publish import freeze, queries, snapshots
from hq.publish.buckets import mend
from hq.publish.doorbell import doorbell_of
from hq.publish.kept import Answer, kept_of
from hq.web import hq, open_to_all
from kit.sql import Connection
from retail.errors import NotFound, NotPermitted, ProtocolError
from schemas import wire
from schemas.wire import down
from schemas.wire.up import ScopeHead
from sync import calls, guard
from sync.buckets import SUMS_BYTES

api = Blueprint("publish_api", __name__, url_prefix=wire.PREFIX)
refuse_in_json(api)
BUCKETS_TYPE = "application/gzip"


@api.get("/scope/<path:scope>")
@open_to_all
def scope(scope: str) -> Response:
    """What leads from the node's cursor to a newer whole version, or a reset."""
    who, since, digest = speaker(), _number("since"), _digest("dig")
    with hq().db.read() as connection:
        epoch = current(connection)
        if freeze.frozen(connection):
            return signed_answer(wire.encode(_current(scope, epoch, since, digest)), "manifest")
        _check_subscribed(connection, who, scope)
        newest = queries.head(connection, scope)
        if digest == newest.digest:
            return signed_answer(wire.encode(_current(scope, epoch, newest.version, digest)), "manifest")
        key = (scope, epoch, since, digest, newest)
        step = kept_of(current_app).get(key, lambda: _step(connection, scope, since, digest, newest, epoch))
    if step is not None:
        return answer_with(*step)
    return signed_answer(
        wire.encode(snapshots.offer(hq(), scope, doubted=(since, digest) == calls.ANEW)), "manifest"
    )


@api.post("/buckets/<path:scope>")
@open_to_all
def buckets(scope: str) -> Response:
    """The rows of the buckets whose sums differ from the node's, or a reset where they are too many."""
    who, since, digest, sums = speaker(), _number("since"), _digest("dig"), request.get_data()
    if len(sums) != SUMS_BYTES:
        raise ProtocolError("wire.unreadable", field="sums")
    answer: down.Buckets | down.Reset | down.Current | None
    with hq().db.read() as connection:
        epoch = current(connection)
        if freeze.frozen(connection):
            answer = _current(scope, epoch, since, digest)
        else:
            _check_subscribed(connection, who, scope)
            answer = mend(connection, scope, epoch, sums)
    if answer is None:
        answer = snapshots.offer(hq(), scope)
    return signed_answer(guard.compress(wire.encode(answer)), "manifest", BUCKETS_TYPE)


def _current(scope: str, epoch: str, version: int, digest: bytes) -> down.Current:
    """Nothing to do: the node is at the head, or the scopes are frozen and it has what it has."""
    return down.Current(scope=scope_of(scope), epoch=epoch, version=version, digest=digest)


def _step(
    connection: Connection, scope: str, since: int, digest: bytes, newest: queries.Head, epoch: str
) -> Answer | None:
    """The signed answer that leads on from a version, or None when only a snapshot does."""
    if since >= newest.version or queries.digest_at(connection, scope, since) != digest:
        return None
    found = queries.delta(connection, scope, since, newest)
    if found is None:
        return None
    rows = [(kind, key, None if data is None else data.decode()) for kind, key, data in found.rows]
    body = wire.encode(
        down.Changes(
            scope=scope,
            epoch=epoch,
            since=since,
            to=found.to,
            digest=found.digest,
            head=newest.version,
            rows=rows,
        )
    )
    return body, hq().key.sign("manifest", body)


@api.get("/snapshot/<path:scope>")
@open_to_all
def snapshot(scope: str) -> Response:
    """Bytes of the file that a signed manifest named: `If-Match` says which one, `Range` which of its bytes."""
    who = speaker()
    with hq().db.read() as connection:
        _check_subscribed(connection, who, scope)
        frozen = freeze.frozen(connection)
    names = set(request.if_match.as_set())
    file = None if frozen else snapshots.served(hq(), scope, _number("version"), names)
    if file is None:
        raise NotFound("publish.snapshot_gone", scope=scope)
    return send_file(file, mimetype="application/octet-stream", conditional=True, etag=file.stem)


@api.get("/bell")
@open_to_all
def bell() -> Response:
    """Hold the line until a scope moves: a hint, heads only."""
    who = speaker()
    known = dict(_pairs(request.args.get("heads", "")))
    heads, waited = doorbell_of(current_app).wait(hq(), who.node, known)
    found = [ScopeHead(name, head.version, head.digest) for name, head in heads.items()]
    return signed_answer(wire.encode(down.Bell(heads=found, waited=waited)), "manifest")


def _check_subscribed(connection: Connection, who: Speaker, scope: str) -> None:
    if not queries.subscribed(connection, who.node, scope_of(scope)):
        raise NotPermitted("publish.not_subscribed", scope=scope)


def _number(name: str) -> int:
    return count_of(request.args.get(name, ""), name)


def _digest(name: str) -> bytes:
    text = request.args.get(name, "")
    try:
        found = bytes.fromhex(text)
    except ValueError:
        raise ProtocolError("wire.unreadable", field=name)
    if len(found) != 32:
        raise ProtocolError("wire.unreadable", field=name)
    return found


def _pairs(text: str) -> list[tuple[str, int]]:
    found = []
    for part in text.split(",")[:64]:
        name, _, version = part.rpartition("=")
        if name and is_count(version):
            found.append((name, int(version)))
    return found
