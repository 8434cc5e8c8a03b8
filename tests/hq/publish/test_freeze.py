"""After a restore the scopes are lifted above what the stores hold; no store lifts them out of reach (SC-14)."""

from __future__ import annotations

import pytest

from hq.publish import freeze, queries
from proof.sim.origin import an_origin
from schemas.wire.bounds import WHOLE_MAX
from schemas.wire.up import Cursor

X = b'{"x":1}'


def frozen(centre):
    with centre.hq.db.write() as connection:
        freeze.freeze(connection, "e")


def released(centre):
    """The version of the scope `chain` after the release."""
    with centre.hq.db.write() as connection:
        assert freeze.release(connection, centre.hq.clock.now_ms())
        return queries.head(connection, "chain").version


def holds(origin, version):
    """A greeting from a store that holds this version of the chain's rows."""
    origin.hello(cursors=[Cursor(scope="chain", epoch="e", version=version, digest=b"\1" * 32)])


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_release_lifts_a_scope_above_what_any_store_holds(centre, origin, when):
    """D4. A cursor that was named before the restore counts as well: the backup has it."""
    centre.publish({("chain", "a", "1"): X})
    other = an_origin(centre, "002", "b" * 32)
    if when == "after":
        frozen(centre)
    holds(other, 7)
    holds(origin, 5)
    if when == "before":
        frozen(centre)

    assert released(centre) == 8


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("claimed", [WHOLE_MAX, 1 + freeze.AHEAD_MAX + 1], ids=["the last", "too far"])
def test_a_version_that_was_never_given_lifts_nothing(centre, origin, when, claimed):
    """SC-14: one store claims the last version there can be; the others greet on, and lift what they hold."""
    centre.publish({("chain", "a", "1"): X})
    evil = an_origin(centre, "002", "b" * 32)
    if when == "after":
        frozen(centre)
    holds(evil, claimed)
    holds(origin, 5)
    if when == "before":
        frozen(centre)

    assert released(centre) == 6
    assert {head.scope: head.version for head in origin.hello().scopes}["chain"] == 6
