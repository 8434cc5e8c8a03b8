"""One-use codes, fingerprints compared by a person, keys revoked."""

from __future__ import annotations

import dataclasses

import pytest

from hq.enrolment import actions, model, queries
from kit.context import Actor
from kit.crypto import SigningKey, fingerprint, token_digest, verify
from retail.errors import Conflict, NotFound, NotPermitted
from schemas import wire
from schemas.wire.session import EnrolAnswer, EnrolmentRecord, EnrolRequest
from sync import calls


@pytest.fixture
def key():
    return SigningKey.generate()


def ask(centre, code, key):
    request = calls.enrol(EnrolRequest(code=code, public_key=key.public, app_version="1"))
    answer = centre.transport().send(request)
    if answer.status != 200:
        return wire.decode(answer.body, wire.Refusal).code
    return wire.decode(answer.body, EnrolAnswer)


def test_a_person_compares_before_the_record_is_signed(centre, key):
    """SC-06."""
    code = actions.make_code(centre.context, "001")
    assert ask(centre, code, key).state == "pending"
    [shown] = queries.codes(centre.hq.db, "001")
    assert (shown.state, shown.fingerprint) == (model.ASKED, fingerprint(key.public))

    actions.confirm(centre.context, shown.digest, shown=fingerprint(key.public).lower())

    said = ask(centre, code, key)
    record = wire.decode(said.record, EnrolmentRecord)
    assert (record.node, record.store, record.public_key) == ("001", "001", key.public)
    assert verify(centre.hq.key.public, said.signature, "enrolment", said.record)
    assert [device.fingerprint for device in queries.devices(centre.hq.db)] == [fingerprint(key.public)]
    assert ask(centre, code, key).record == said.record


def test_a_code_made_for_a_fingerprint_needs_no_confirmation(centre, key):
    """SC-06."""
    code = actions.make_code(centre.context, "001", expected_fingerprint=fingerprint(key.public))

    assert ask(centre, code, SigningKey.generate()) == "enrolment.fingerprint_differs"
    assert ask(centre, code, key).state == "enrolled"


def test_a_code_is_good_once(centre, key):
    """SC-06."""
    code = actions.make_code(centre.context, "001")
    ask(centre, code, key)

    assert ask(centre, code, SigningKey.generate()) == "enrolment.code_used"


def test_a_code_is_good_for_fifteen_minutes(centre, key):
    """SC-06."""
    code = actions.make_code(centre.context, "001")
    centre.hq.clock.advance(model.CODE_MS + 1)

    assert ask(centre, code, key) == "enrolment.code_expired"
    assert ask(centre, "GUESS", key) == "enrolment.code_wrong"


def test_other_fingerprints_and_late_persons_are_refused(centre, key):
    code = actions.make_code(centre.context, "001")
    ask(centre, code, key)
    digest = token_digest(code)

    with pytest.raises(Conflict):
        actions.confirm(centre.context, digest, shown="0000 0000 0000 0000")
    actions.refuse(centre.context, digest)
    with pytest.raises(Conflict):
        actions.confirm(centre.context, digest, shown=fingerprint(key.public))
    assert ask(centre, code, key) == "enrolment.code_used"


def test_a_stranger_may_not_make_codes(centre):
    stranger = dataclasses.replace(centre.context, actor=Actor("9", "Stranger"))

    with pytest.raises(NotPermitted):
        actions.make_code(stranger, "001")
    with pytest.raises(NotFound):
        actions.make_code(centre.context, "404")
    assert queries.codes(centre.hq.db) == []


def test_a_revoked_key_is_named_and_its_sessions_end(centre, origin):
    """SC-05."""
    actions.revoke(centre.context, node="001", public_key=origin.key.public)

    assert queries.devices(centre.hq.db)[0].revoked_at == centre.hq.clock.now_ms()
    assert origin.hello_raw().status == 401
    with pytest.raises(NotFound):
        actions.revoke(centre.context, node="001", public_key=origin.key.public)
