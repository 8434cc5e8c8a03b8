"""Programs of different versions in one world: what they agree on, and what of a newer one the other does not know.

Version 2 of the protocol says the same as version 1, in messages with fields that version 1 has never heard of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from proof.sim.disks import Disk
from schemas import wire
from schemas.wire import frame
from schemas.wire.up import Hello, HelloAnswer, PushHeader
from sync import calls, guard
from sync.calls import Answer, Request

if TYPE_CHECKING:
    from proof.sim.world import World

NEWER = (*wire.PROTOCOLS, wire.PROTOCOL + 1)
STRANGE = (wire.PROTOCOL + 6, wire.PROTOCOL + 7)
SIGNED = {"/hello": "hello", "/push": "receipt"}
FIELD, VALUE = "of_a_newer_program", {"stamps": [1, {"red": True}]}


def is_newer(spoken: tuple[int, ...]) -> bool:
    """A program that knows more than today's."""
    return max(spoken) > wire.PROTOCOL and wire.PROTOCOL in spoken


def asked(world: World, disk: Disk, request: Request) -> Request:
    """What a store sends: a newer program's greeting has fields that HQ may not know."""
    if request.path != "/hello" or not is_newer(disk.protocols):
        return request
    body = _wider(request.body)
    world.struck("newer_question")
    headers = dict(request.headers) | calls.signature_header(disk.node.key.sign("hello", body))
    return Request(request.method, request.path, body, headers)


def answered(world: World, request: Request, answer: Answer) -> Answer:
    """What HQ answers: a newer program's answers have fields that the store may not know."""
    purpose = SIGNED.get(request.path)
    if purpose is None or answer.status != 200 or not is_newer(world.centre.protocols):
        return answer
    body = _wider(answer.body)
    world.struck("newer_answer")
    signature = calls.signature_header(world.centre.hq.key.sign(purpose, body))
    return Answer(200, dict(answer.headers) | {name.lower(): text for name, text in signature.items()}, body)


def _wider(body: bytes) -> bytes:
    return msgspec.json.encode(msgspec.json.decode(body) | {FIELD: VALUE})


def note(world: World, disk: Disk, request: Request, answer: Answer) -> None:
    """P1 at each greeting: the greatest version that both know; without one HQ refuses and names the store."""
    if request.path == "/push" and answer.status == 200 and wire.kind_of(answer.body) == "receipt":
        header = wire.decode(frame.header_of(guard.inflate(request.body))[0], PushHeader)
        known = header.protocol in world.centre.protocols
        world.record.note("P1", None if known else f"{disk.name}: HQ took a push in {header.protocol}")
    if request.path != "/hello" or answer.status not in (200, 422):
        return
    offered = wire.decode(request.body, Hello).protocols
    common = set(offered) & set(world.centre.protocols)
    if answer.status == 200:
        said = wire.decode(answer.body, HelloAnswer).protocol
        good = bool(common) and said == max(common)
        world.record.note("P1", None if good else f"{disk.name}: offered {offered}, HQ speaks {said}")
        if max(offered) > said:
            world.struck("older_hq")
        if max(world.centre.protocols) > said:
            world.struck("older_store")
        if said > wire.PROTOCOL:
            world.struck("newer_agreed")
        return
    world.record.note("P1", f"{disk.name}: refused, though both know {sorted(common)}" if common else None)
    named = f"node.protocol|{disk.store}" in open_alarms(world)
    world.record.note("P1", None if named else f"{disk.name}: has no common version, and nobody is told")
    world.struck("no_common_version")


def open_alarms(world: World) -> set[str]:
    """What HQ's people are told about versions."""
    rows = world.centre.hq.db.rows("SELECT id FROM alarm WHERE code = 'node.protocol' AND closed_at IS NULL")
    return {row[0] for row in rows}
