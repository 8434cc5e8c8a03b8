"""On PostgreSQL a person settles a parked event while the projector takes the next one of the same document."""

from __future__ import annotations

import pytest

from hq.ingest import actions
from proof.sim.origin import Origin, an_event, an_origin
from proof.sim.parties import Centre
from tests.builders.postgres import in_the_middle

pytestmark = pytest.mark.postgres
DOCUMENT = ["sale:x"]


@pytest.fixture
def centre(centre_on_postgres: Centre) -> Centre:
    return centre_on_postgres


@pytest.fixture
def origin(centre: Centre) -> Origin:
    """Its first event is parked, the second of the same document is on its way to the books."""
    made = an_origin(centre)
    made.add(an_event(1, "future.type", agg=DOCUMENT))
    made.push(1, 1)
    centre.projector.drain()
    made.add(an_event(2, "clock.corrected", agg=DOCUMENT))
    made.push(2, 2)
    return made


def states(centre: Centre) -> dict[int, str]:
    return {row[0]: row[1] for row in centre.hq.db.rows("SELECT seq, state FROM parked")}


def test_settled_while_the_next_one_is_being_parked(centre: Centre, origin: Origin) -> None:
    def dismiss() -> None:
        actions.dismiss(centre.context, (origin.node, origin.inc, 1), reason="known")

    in_the_middle(centre.hq.db, "INSERT INTO parked ", centre.projector.drain, dismiss)

    assert states(centre) == {1: "dismissed", 2: "handled"}


def test_the_next_one_comes_while_it_is_being_settled(centre: Centre, origin: Origin) -> None:
    def dismiss() -> None:
        actions.dismiss(centre.context, (origin.node, origin.inc, 1), reason="known")

    in_the_middle(centre.hq.db, "INSERT INTO audit_entry", dismiss, centre.projector.drain)

    assert states(centre) == {1: "dismissed"}
    assert centre.hq.db.value("SELECT seq FROM applied WHERE node = '001'") == 2
