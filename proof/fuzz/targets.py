"""What is attacked: each target takes any bytes and raises when our code breaks its promise.

A refusal by one of our own errors is the promise kept; any other exception, or a `Broken`, is a finding.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from drivers.printer.answers import BLOCK_MAX, Answer, AutoStatus, Demultiplexer, RealTimeStatus
from drivers.printer.engine import Engine, Model
from drivers.scanner.framing import FRAME_MAX, Framer
from hq.ingest import apply, log
from hq.ingest.handlers import HANDLERS
from kit.web import parse_json
from proof.fuzz import hostile
from proof.fuzz.model import Target
from retail.barcode import INPUT_LENGTH_MAX, Scanned, WeighedRule, classify
from retail.errors import Invalid, ProtocolError
from retail.ids import uuid7
from schemas import wire
from schemas.events import base
from schemas.events.bounds import integers_fit
from schemas.wire import frame
from schemas.wire.up import PushHeader
from sync import guard
from sync.chain import body_hash, extend

NODE, INC, GENESIS = "001", "a" * 32, b"g" * 32
RULES = (
    WeighedRule("21IIIIIWWWWWC", "weight"),
    WeighedRule("23IIIIIPPPPPC", "price"),
    WeighedRule("26IIIIIPPPPPWWWWWC", "weight"),
)
STATES = {"handled", "parked", "waiting", "skipped"}


class Broken(AssertionError):
    """A promise that did not hold; the words say which."""


def held(promise: bool, words: str) -> None:
    """Raise `Broken(words)` unless the promise holds."""
    if not promise:
        raise Broken(words)


# -- what stores tell HQ -----------------------------------------------------------------------------------


def batch(data: bytes) -> None:
    """A push: whole frame, gzip inside, or bodies under a header that fits them; read whole or refused."""
    mode, rest = data[:1], data[1:]
    packed = rest if mode < b"\x40" else guard.compress(rest if mode < b"\x80" else _framed(rest))
    try:
        found = log.read(packed, NODE)
    except ProtocolError:
        return
    held(len(found.hashes) == len(found.bodies) == found.header.count, "as many links as bodies")
    held(frame.digest(frame.join(found.bodies)) == found.header.digest, "the bodies are those of the digest")


def _framed(plain: bytes) -> bytes:
    """Any plain bytes under a header whose count, digest and chain fit as far as bodies can be read from it."""
    bodies = [part for part in plain.split(b"\n") if part][: frame.BODIES_MAX]
    joined = plain if plain[:1] == b"\0" else frame.join(bodies)
    hashes = extend(NODE, INC, 1, GENESIS, [body_hash(each) for each in bodies or [b"x"]])
    header = PushHeader(
        protocol=wire.PROTOCOL, node=NODE, inc=INC, first_seq=1, prev=GENESIS, count=max(1, len(bodies)),
        last_hash=hashes[-1], head_signature=b"s" * 64, digest=frame.digest(joined),
    )  # fmt: skip
    return frame.pack(wire.encode(header), joined)


def batch_seeds() -> Sequence[bytes]:
    """One of each mode."""
    whole = _framed(an_event() + b"\n" + an_event())
    return [
        b"\x00" + guard.compress(whole),
        b"\x50" + whole,
        b"\x90" + an_event() + b"\n{}",
        b"\x90\0\0\0\1a",
    ]


# -- what events hold --------------------------------------------------------------------------------------


def event(data: bytes) -> None:
    """A body: read or refused, the same bytes again when written; HQ's stage 2 has a verdict for anything."""
    found = _decoded(data)
    if found is not None:
        _writes_back(found)
    integers_fit(data)
    entry = apply.read_entry(NODE, NODE, INC, 1, b"h" * 32, 0, data)
    verdict = apply.judge(entry, {}, set(), HANDLERS)
    held(verdict.state in STATES, f"a verdict is one of {sorted(STATES)}")
    held(not (verdict.state == "handled" and entry.event is None), "what cannot be read is not handled")


def _decoded(data: bytes) -> base.Event | None:
    try:
        return base.decode(data)
    except Invalid:
        return None


def _writes_back(found: base.Event) -> None:
    try:
        once = base.encode(found)
    except (Invalid, UnicodeEncodeError):
        return
    held(base.encode(base.decode(once)) == once, "written twice is written once")


def an_event(type_: str = "clock.corrected", **payload: Any) -> bytes:
    """A small body."""
    facts = payload or {"before_ms": 0, "after_ms": 1, "source": "test"}
    return base.encode(
        base.Event(
            id=uuid7(1, b"0" * 10), at=1, hlc=f"{1:012x}0000", type=type_, p=facts, agg=["sale:1"],
            actor=base.Actor(staff="1001", terminal="01"), post=[("till:001:01:cash", "HKD", 100)],
        )
    )  # fmt: skip


def event_seeds() -> Sequence[bytes]:
    """Small bodies of some types, and what JSON has against us."""
    odd = [
        b'{"id":' + b"[" * 40,
        b'{"a":1e999}',
        b'{"at":9223372036854775808}',
        b'{"id":"\\ud800"}',
        b"\xff{}",
    ]
    return [an_event(), an_event("sale.completed"), an_event("drawer.opened", reason="other", note=""), *odd]


def json_body(data: bytes) -> None:
    """The one JSON reader of both APIs: an object within the bounds, or refused."""
    try:
        found = parse_json(data)
    except Invalid:
        return
    held(isinstance(found, dict), "a body is an object")
    for name in found:
        name.encode()


# -- what a till's devices say -----------------------------------------------------------------------------


def barcode(data: bytes) -> None:
    """A scanned or typed text: data of bounded length without controls, or refused."""
    for text in _texts(data):
        try:
            found = classify(text, RULES)
        except Invalid:
            continue
        _is_data(found)


def _texts(data: bytes) -> list[str]:
    """What a keyboard wedge and a serial scanner would make of it."""
    return [data.decode("utf-8", "replace"), data.decode("gb18030", "replace"), data.decode("latin-1")]


def _is_data(found: Scanned) -> None:
    held(0 < len(found.text) <= INPUT_LENGTH_MAX, "a scan has a bounded text")
    held(
        found.text.isprintable() or not any(ord(c) < 0x20 or ord(c) == 0x7F for c in found.text),
        "no controls",
    )
    held(bool(found.lookup) and all(found.lookup), "there is something to look up")
    held(found.weight_grams is None or found.weight_grams >= 0, "no weight below nothing")
    held(found.amount_minor is None or found.amount_minor >= 0, "no amount below nothing")


BARCODE_SEEDS = (
    b"6901234567892", b"]E06901234567892", b"]C10110614141000415310300012510AB\x1d21X", b"2100123015004",
    b"001-01/K7Q2M-15", b"https://id.gs1.org/01/09506000134352/10/ABC", "６９０１".encode(), b"]d2\x1d01",
    b"280000000000000008", b"04252614", b"]Q3" + b"9" * 120, b"\x1b@\x1dV\x00", "茶叶".encode("gb18030"),
)  # fmt: skip


def serial(data: bytes) -> None:
    """A serial line in pieces of any size: the same frames as in one piece, each within the bound."""
    size, stream = (data[:1] or b"\1")[0] % 16 + 1, data[1:]
    whole, pieces = Framer(), Framer()
    frames = whole.feed(stream)
    split = [each for at in range(0, len(stream), size) for each in pieces.feed(stream[at : at + size])]
    held(frames == split, "any split gives the same frames")
    held(all(0 < len(each.raw) <= FRAME_MAX for each in frames), "a frame is bounded")
    held(not any(byte in each.raw for each in frames for byte in b"\r\n"), "a terminator is in no frame")
    for each in frames:
        barcode(each.raw)


def answers(data: bytes) -> None:
    """A printer's answers in pieces of any size: the same answers, and no noise stops the reader for ever."""
    size, stream = (data[:1] or b"\1")[0] % 8 + 1, data[1:]
    whole, pieces = Demultiplexer(), Demultiplexer()
    found: list[Answer] = whole.feed(stream)
    split = [each for at in range(0, len(stream), size) for each in pieces.feed(stream[at : at + size])]
    if len(stream) <= BLOCK_MAX:  # how long a block without end is waited for depends on the pieces
        held(found == split, "any split gives the same answers")
    later = whole.feed(b"\x00" * (BLOCK_MAX + 44) + b"\x12")
    held(bool(later) and later[-1] == RealTimeStatus(0x12), "the reader goes on after noise")
    held(all(len(each.value) == 4 for each in found if isinstance(each, AutoStatus)), "four bytes of status")


def escpos(data: bytes) -> None:
    """The emulated printer takes any bytes; what it drew does not depend on how they were split."""
    size, stream = (data[:1] or b"\1")[0] % 16 + 1, data[1:]
    whole, pieces = Engine(Model()), Engine(Model())
    whole.feed(stream)
    for at in range(0, len(stream), size):
        pieces.feed(stream[at : at + size])
    held(whole.counters.pulses == pieces.counters.pulses, "as many drawer pulses")
    held([p.text() for p in whole.papers] == [p.text() for p in pieces.papers], "the same papers")


def printer(data: bytes) -> None:
    """Texts of a paper, one a line: only text of the code page and our own commands leave."""
    texts = data[1:].decode("utf-8", "replace").split("\n")
    found = hostile.found_on(texts[: hostile.PER_PAPER], (data[:1] or b"\0")[0])
    held(not found, f"a printer would get {found}")


ESCPOS_SEEDS = (
    b"\x01\x1b@Total\n\x1dVB\x00", b"\x03\x1dv0\x00\x02\x00\x02\x00abcd\x10\x04\x01", b"\x02\x1d(k\x06\x001P0abc",
    b"\x05\x1bp\x00\x32\x32\x1c&\xd6\xd0\n", b"\x04\x1dkI\x05{BABC\x1d(H\x06\x0000abcd", b"\x01\x1b*\x21\x01\x00abc",
)  # fmt: skip

TARGETS: dict[str, Target] = {
    "batch": Target("a pushed batch", batch, batch_seeds),
    "event": Target("an event's body", event, event_seeds),
    "json": Target("a body of an API call", json_body, event_seeds),
    "barcode": Target("a scanned text", barcode, lambda: BARCODE_SEEDS),
    "serial": Target(
        "a serial scanner's line", serial, lambda: [b"\3" + b"\r\n".join(BARCODE_SEEDS), b"\1a\rb\n"]
    ),
    "answers": Target(
        "a printer's answers", answers, lambda: [b"\2\x12\x14\0\0\x0f\x37\x22abcd\0\x5fTM\0\x0f"]
    ),
    "escpos": Target("a stream for a printer", escpos, lambda: ESCPOS_SEEDS),
    "printer": Target(
        "texts on a paper",
        printer,
        lambda: [
            bytes([n]) + "\n".join(hostile.hostile_strings(n, 5)).encode("utf-8", "replace") for n in range(8)
        ],
    ),
}
