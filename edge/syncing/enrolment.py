"""Enrol this node: show HQ a one-use code and our key, pin HQ's key, become the store's node.

Nothing is kept until HQ's signed record is here and names this very key, so an interrupted enrolment is simply
done again with the same code.
"""

from __future__ import annotations

from typing import Any

from edge.node import VERSION, Node
from edge.syncing import identity
from kit.crypto import fingerprint, verify
from retail.errors import Conflict, NotPermitted, ProtocolError
from schemas import wire
from schemas.wire.session import EnrolAnswer, EnrolmentRecord, EnrolRequest
from schemas.wire.up import SignedReceipt
from sync import calls
from sync.transport import HttpTransport, Transport


def enrol(
    node: Node, hq_url: str, code: str, *, transport: Transport | None = None, hint: str = ""
) -> dict[str, Any]:
    """One try. `state` in the answer is "pending" while a person at HQ still has to compare the fingerprint."""
    asked = EnrolRequest(code=code, public_key=node.key.public, app_version=VERSION, hint=hint)
    way = transport or HttpTransport(hq_url, verify=node.config.ca_file or True)
    try:
        answer = way.send(calls.enrol(asked))
    finally:
        way.close()
    if answer.status != 200:
        raise NotPermitted(wire.decode(answer.body, wire.Refusal).code)
    said = wire.decode(answer.body, EnrolAnswer)
    shown = {"fingerprint": fingerprint(node.key.public), "hq_fingerprint": fingerprint(said.hq_key)}
    if said.state != "enrolled" or said.record is None or said.signature is None:
        return {"state": said.state, **shown}
    record = _checked(node, said.record, said.signature, said.hq_key)
    _keep(node, record, hq_url, SignedReceipt(said.record, said.signature))
    return {"state": "enrolled", "store": record.store, **shown}


def adopt(node: Node, hq_url: str, hq_key: bytes, record: bytes, signature: bytes) -> None:
    """Take the record that HQ has signed for this very computer and sent on a stick."""
    _keep(node, _checked(node, record, signature, hq_key), hq_url, SignedReceipt(record, signature))


def _checked(node: Node, raw: bytes, signature: bytes, hq_key: bytes) -> EnrolmentRecord:
    if not verify(hq_key, signature, "enrolment", raw):
        raise ProtocolError("sync.enrolment_not_signed")
    record = wire.decode(raw, EnrolmentRecord)
    if record.public_key != node.key.public or record.hq_key != hq_key:
        raise ProtocolError("sync.enrolment_of_another")
    known = identity.load(node.db)
    if known is not None and known.hq_key != hq_key:
        raise Conflict("sync.hq_key_differs")
    if node.enrolled and node.store != record.store:
        raise Conflict("sync.enrolled_as_another", store=node.store)
    return record


def _keep(node: Node, record: EnrolmentRecord, hq_url: str, signed: SignedReceipt) -> None:
    """Identity and first incarnation in one transaction: after a power cut the node is enrolled or it is not."""
    kept = identity.Identity(record.node, hq_url, record.hq_key, signed)
    if node.enrolled:
        with node.journal.writing() as tx:
            identity.save(tx, kept)
    else:
        node.become(record.store, lambda tx: identity.save(tx, kept))
    node.nudge()
