"""P3: a message that no node would write is refused with 4xx and changes nothing, whatever its fields hold."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote

import pytest

from proof.sim.origin import AT, an_event
from schemas.wire import frame
from sync import calls, guard
from sync.calls import Request

HUGE = 10**25
LONG = "d" * 5_000
PATH = "../\0x"
B32, B64 = "A" * 43 + "=", "A" * 86 + "=="
JSON = {"Content-Type": calls.JSON_TYPE}


def everything(centre):
    """All rows of all tables, but for what a session leaves behind."""
    names = [
        row[0]
        for row in centre.hq.db.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    ]
    return {
        name: [tuple(row) for row in centre.hq.db.rows(f"SELECT * FROM {name}")]
        for name in names
        if name not in ("device_nonce", "device_session")
    }


def refused(centre, request: Request) -> None:
    before = everything(centre)

    answer = centre.transport().send(request)

    assert 400 <= answer.status < 500, answer.body
    assert everything(centre) == before


def put(message: dict[str, Any], path: str, value: Any) -> bytes:
    """The message with one field changed; `a.0.b` leads to it."""
    *way, last = path.split(".")
    place: Any = message
    for step in way:
        place = place[int(step)] if step.isdigit() else place[step]
    place[int(last) if isinstance(place, list) else last] = value
    return json.dumps(message).encode()


def a_hello(origin, record=None):
    """A greeting of a second, new incarnation as plain JSON."""
    raw = origin.record if record is None else record
    state = {
        "inc": json.loads(raw)["inc"], "record": b64(raw), "signature": b64(origin.key.sign("inc", raw)),
        "last_seq": 0, "last_hash": B32, "purged_seq": 0, "closed": True, "receipt": None,
    }  # fmt: skip
    cursor = {"scope": "chain", "epoch": "", "version": 0, "digest": B32}
    return {
        "node": origin.node, "protocols": [1], "app_version": "t", "incs": [state], "epoch_seen": "",
        "cursors": [cursor], "clock_ms": AT, "nonce": "A" * 22 + "==",
    }  # fmt: skip


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def signed(origin, body: bytes) -> Request:
    headers = JSON | calls.bearer(origin.token) | calls.signature_header(origin.key.sign("hello", body))
    return Request("POST", "/hello", body, headers)


def test_the_plain_greeting_is_taken(centre, origin):
    assert centre.transport().send(signed(origin, json.dumps(a_hello(origin)).encode())).status == 200


@pytest.mark.parametrize(
    ("path", "value"),
    [
        *[(name, value) for name in ("clock_ms", "protocols.0") for value in (HUGE, -1, 2**53, 1.5, "1")],
        *[(f"incs.0.{name}", value) for name in ("last_seq", "purged_seq") for value in (HUGE, 2**62, -1)],
        *[("cursors.0.version", value) for value in (HUGE, -1)],
        *[("incs.0.inc", value) for value in (LONG, PATH, "", "a/b")],
        *[(name, value) for name in ("node", "epoch_seen", "app_version") for value in (LONG, PATH)],
        *[(f"cursors.0.{name}", value) for name in ("scope", "epoch") for value in (LONG, PATH)],
        *[(name, b64(b"x" * 31)) for name in ("cursors.0.digest", "incs.0.last_hash", "incs.0.signature")],
        ("incs.0.record", b64(b"x" * 5_000)),
        ("incs.0.receipt", {"receipt": b64(b"{}" * 5_000), "signature": B64}),
        ("nonce", b64(b"x" * 65)),
        ("nonce", ""),
        ("nonce", "no base64"),
        ("protocols", [1] * 1_000),
        ("protocols", []),
        ("incs.0", []),
    ],
)
def test_a_greeting(centre, origin, path, value):
    refused(centre, signed(origin, put(a_hello(origin), path, value)))


@pytest.mark.parametrize(
    "changes",
    [
        {"public_key": "zz"},
        {"public_key": "z" * 64},
        {"public_key": ""},
        {"parent": ["a" * 32, 1, "zz"]},
        {"parent": ["a" * 32, HUGE, "a" * 64]},
        {"parent": ["a" * 32, 2**63, "a" * 64]},
        {"parent": [PATH, 1, "a" * 64]},
        {"parent": ["a" * 32]},
        {"inc": LONG},
        {"inc": PATH},
        {"node": PATH},
    ],
)
def test_a_record_of_an_incarnation(centre, origin, changes):
    record = json.dumps({**json.loads(origin.record), "inc": "c" * 32, **changes}).encode()

    refused(centre, signed(origin, json.dumps(a_hello(origin, record)).encode()))


def test_too_many_incarnations(centre, origin):
    message = a_hello(origin)
    message["incs"] *= 201

    refused(centre, signed(origin, json.dumps(message).encode()))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("first_seq", value) for value in (0, -1, 2**53, 2**63, HUGE, "1")],
        *[("count", value) for value in (0, -1, 501, HUGE)],
        *[("protocol", value) for value in (-1, HUGE)],
        *[(name, value) for name in ("node", "inc") for value in (LONG, PATH, "")],
        *[(name, b64(b"x" * 31)) for name in ("prev", "last_hash", "digest", "head_signature")],
    ],
)
def test_the_header_of_a_push(centre, origin, name, value):
    origin.add(an_event(1))
    plain = frame.join(origin.bodies)
    header = {
        "protocol": 1, "node": "001", "inc": origin.inc, "first_seq": 1, "prev": b64(origin.hashes[0]), "count": 1,
        "last_hash": b64(origin.hashes[1]), "digest": b64(frame.digest(plain)),
        "head_signature": b64(origin.key.sign("head", *calls.head_fields("001", origin.inc, 1, origin.hashes[1]))),
        name: value,
    }  # fmt: skip
    packed = guard.compress(frame.pack(json.dumps(header).encode(), plain))

    refused(
        centre,
        Request("POST", "/push", packed, {"Content-Type": calls.PUSH_TYPE, **calls.bearer(origin.token)}),
    )


CHALLENGE = {"node": "001", "nonce": B32}
SESSION = {"node": "001", "public_key": B32, "nonce": B32, "hq_nonce": B32, "signature": B64}
ENROL = {"code": "AAAA", "public_key": B32, "app_version": "t", "hint": ""}
TELEMETRY = {
    "inc": "a" * 32, "app_version": "t", "engine_version": "e", "clock_ms": 1, "clock_offset_ms": 0, "unsent": 0,
    "unsent_oldest_at": None, "disk_free_bytes": 1, "devices": {"printer": "ok"}, "facts": {"x": 1},
}  # fmt: skip


@pytest.mark.parametrize(
    ("path", "message", "name", "value"),
    [
        *[("/challenge", CHALLENGE, "node", value) for value in (LONG, PATH, "", None)],
        *[("/challenge", CHALLENGE, "nonce", value) for value in ("", b64(b"x" * 65), "?", 1)],
        *[("/session", SESSION, name, "QQ==") for name in ("public_key", "nonce", "hq_nonce", "signature")],
        *[("/session", SESSION, "node", value) for value in (LONG, PATH)],
        *[("/session", SESSION, name, b64(b"x" * 5_000)) for name in ("record", "record_signature")],
        *[
            ("/enrol", ENROL, name, value)
            for name in ("code", "app_version", "hint")
            for value in (LONG, "x\0")
        ],
        *[("/enrol", ENROL, "public_key", value) for value in ("", B64, "?")],
        *[("/telemetry", TELEMETRY, "inc", value) for value in (LONG, PATH)],
        *[("/telemetry", TELEMETRY, "clock_ms", value) for value in (HUGE, -1)],
        *[("/telemetry", TELEMETRY, "unsent_oldest_at", value) for value in (HUGE, "x")],
        *[("/telemetry", TELEMETRY, "clock_offset_ms", value) for value in (HUGE, -HUGE)],
        *[("/telemetry", TELEMETRY, "devices", value) for value in ({"a\0": "x"}, {"a": LONG}, [])],
        *[("/telemetry", TELEMETRY, "facts", value) for value in ({"a": HUGE}, {"a": 1.5}, {LONG: 1})],
        *[("/telemetry", TELEMETRY, "troubles", value) for value in (["a b"], [LONG], ["a"] * 33, [1], "a")],
    ],
)
def test_every_other_message(centre, origin, path, message, name, value):
    body = json.dumps({**message, name: value}).encode()

    refused(centre, Request("POST", path, body, JSON | calls.bearer(origin.token)))


@pytest.mark.parametrize(
    "address",
    [
        f"/log/{quote(PATH, safe='')}?from=1",
        f"/log/{LONG}?from=1",
        *[f"/log/{'a' * 32}?from={value}" for value in ("", "0", "-1", "%C2%B2", "1" * 400, "1.5")],
        *[f"/log/{'a' * 32}/hashes?at={value}" for value in ("", "1,", "-1", "%C2%B2", "1" * 400)],
        f"/log/{quote(PATH, safe='')}/hashes?at=1",
        *[f"/scope/chain?since={value}&dig={'0' * 64}&epoch=" for value in ("", "-1", "%C2%B2", "1" * 400)],
        *[f"/scope/chain?since=0&dig={value}&epoch=" for value in ("", "zz", "0" * 62, "0" * 5_000)],
        *[f"/scope/{value}?since=0&dig={'0' * 64}&epoch=" for value in ("chain%00", LONG, "store:002")],
        *[f"/snapshot/chain?version={value}" for value in ("", "%C2%B2", "-1", "9")],
        "/snapshot/chain%00?version=1",
    ],
)
def test_every_address(centre, origin, address):
    refused(centre, Request("GET", address, b"", calls.bearer(origin.token)))


@pytest.mark.parametrize("heads", ["chain=%C2%B2", "chain=-1", "=", f"{LONG}=1", "chain=" + "1" * 400])
def test_a_bell_that_cannot_be_read_answers_at_once(centre, origin, heads):
    """It is a hint: what it does not understand is left out, and the head that differs answers."""
    answer = centre.transport().send(
        Request("GET", f"/bell?heads=store:001=7,{heads}", b"", calls.bearer(origin.token))
    )

    assert answer.status == 200


def test_a_bell_with_a_nul_in_its_address_is_refused(centre, origin):
    """No address of ours has one, and PostgreSQL takes none: refused at the door, for the whole server."""
    answer = centre.transport().send(
        Request("GET", "/bell?heads=store:001=7,x%00=1", b"", calls.bearer(origin.token))
    )

    assert answer.status == 422


def test_a_number_of_any_length_is_refused_where_it_is_read(centre, origin):
    body = json.dumps(a_hello(origin)).replace(f'"clock_ms": {AT}', '"clock_ms": 1' + "0" * 100_000).encode()

    refused(centre, signed(origin, body))


def test_retry_after_is_a_number_or_nothing():
    def asked(text):
        return calls.Answer(503, {"retry-after": text}, b"").retry_after_ms

    assert [asked(text) for text in ("7", "", "\u00b2", "-1", "9" * 400, "1.5")] == [
        7000,
        None,
        None,
        None,
        None,
        None,
    ]
