"""`/sync/v1/`: session, hello, push, own log, telemetry. Devices prove a key; no cookie, no CSRF, no person."""

from __future__ import annotations

import re
from functools import partial

from flask import Blueprint, Response, current_app, request

from hq.ingest import hello as greeting
from hq.ingest import log, queries, sessions
from hq.ingest import repository as rows
from hq.ingest.answers import answer_with, refuse_in_json, signed_answer
from hq.ingest.asked import count_of, name_of
from hq.ingest.projector import projector_of
from hq.ingest.quota import quota_of
from hq.ingest.sessions import speaker
from hq.web import hq, open_to_all
from retail.errors import ProtocolError
from schemas import wire
from schemas.wire import session as messages
from schemas.wire import up
from sync.calls import Answer, signature_of

api = Blueprint("ingest_api", __name__, url_prefix=wire.PREFIX)
refuse_in_json(api)
DEVICE = re.compile(r"[0-9a-f]{64}")
HASHES_MAX = 64
TELEMETRY_BYTES_MAX = 128 * 1024


@api.post("/challenge")
@open_to_all
def challenge() -> Response:
    """HQ proves its key and hands out a nonce."""
    asked = wire.decode(request.get_data(), messages.Challenge)
    return _plain(wire.encode(sessions.challenge(hq(), asked)))


@api.post("/session")
@open_to_all
def open_session() -> Response:
    """The device proves its key and gets a token."""
    asked = wire.decode(request.get_data(), messages.SessionRequest)
    return _plain(wire.encode(sessions.open_session(hq(), asked)))


@api.post("/hello")
@open_to_all
def hello() -> Response:
    """Where both sides stand."""
    who = speaker()
    signature = signature_of(Answer(0, {k.lower(): v for k, v in request.headers.items()}, b""))
    return signed_answer(wire.encode(greeting.greet(hq(), who, request.get_data(), signature)), "hello")


@api.post("/push")
@open_to_all
def push() -> Response:
    """Take a batch of events. The projector hears of it behind the answer: it would hold the store's receipt up."""
    who, packed = speaker(), request.get_data()
    quota_of(current_app).take(hq(), who, packed)
    said = log.push(hq(), who, packed)
    answer = answer_with(said.body, said.signature)
    if said.grew:
        answer.call_on_close(partial(projector_of(current_app).nudge, who.node))
    return answer


@api.get("/log")
@open_to_all
def own_lives() -> Response:
    """Every incarnation of the node, for a computer that replaces one that is lost."""
    who = speaker()
    return signed_answer(wire.encode(queries.lives(hq(), who.node, who.public_key)), "receipt")


@api.get("/mirror-key")
@open_to_all
def mirror_key() -> Response:
    """What seals the mirror of a device of the node that asks."""
    who = speaker()
    text = request.args.get("device", "")
    if not DEVICE.fullmatch(text):
        raise ProtocolError("wire.unreadable", field="device")
    found = queries.mirror_key(hq(), who.node, bytes.fromhex(text))
    return signed_answer(wire.encode(found), "receipt")


@api.get("/log/<inc>/hashes")
@open_to_all
def hashes(inc: str) -> Response:
    """HQ's link hashes of an own incarnation, to find where two copies part."""
    who = speaker()
    parts = request.args.get("at", "").split(",")[:HASHES_MAX]
    found = queries.hashes(hq(), who.node, name_of(inc), [count_of(part, "at") for part in parts])
    answer = up.Hashes(inc=inc, hashes={str(seq): hash_ for seq, hash_ in found.items()})
    return signed_answer(wire.encode(answer), "receipt")


@api.get("/log/<inc>")
@open_to_all
def own_log(inc: str) -> Response:
    """Events of the own log, for a node that lost them."""
    who = speaker()
    first = count_of(request.args.get("from", ""), "from")
    if first < 1:
        raise ProtocolError("wire.unreadable", field="from")
    packed = queries.log_piece(hq(), who.node, name_of(inc), first)
    return signed_answer(packed, "receipt", "application/lianpu-push")


@api.post("/telemetry")
@open_to_all
def telemetry() -> Response:
    """Lossy facts about the node, the newest replaces the others."""
    who, raw = speaker(), request.get_data()
    if len(raw) > TELEMETRY_BYTES_MAX:
        raise ProtocolError("wire.too_large", bytes=len(raw))
    said = wire.decode(raw, up.Telemetry)
    rows.keep_telemetry(hq(), who, said)
    return Response(status=204)


def _plain(body: bytes) -> Response:
    return Response(body, mimetype="application/json")
