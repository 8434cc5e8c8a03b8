"""A mirror's key is given to the devices of its own store, also for a dead one, and to nobody else."""

from __future__ import annotations

import pytest

from edge.mirror.keys import Keys
from edge.node import Node
from edge.syncing.visit import Visit
from hq.enrolment import actions as enrolling
from proof.sim.parties import a_node
from retail.errors import NetworkError
from sync import calls
from sync.calls import Request
from tests.edge.mirror.conftest import Mirrored


def key_of(shop: Mirrored, asking: object, device: bytes) -> bytes:
    return Keys(asking, shop.world.line)._ask(device)


def a_successor(shop: Mirrored) -> Node:
    """Another computer of the same store."""
    return a_node(shop.world.folder / "successor", shop.world.centre, "001", shop.world.clock)


def test_the_key_of_a_revoked_device_is_given_to_its_successor(shop: Mirrored) -> None:
    device = shop.node.key.public
    before = key_of(shop, shop.node, device)
    successor = a_successor(shop)
    enrolling.revoke(shop.world.centre.context, node="001", public_key=device)

    assert key_of(shop, successor, device) == before
    with pytest.raises(NetworkError):
        key_of(shop, shop.node, device)
    successor.close()


def test_each_device_has_its_own(shop: Mirrored) -> None:
    successor = a_successor(shop)

    keys = {key_of(shop, shop.node, node.key.public) for node in (shop.node, successor)}

    assert len(keys) == 2 and all(len(key) == 32 for key in keys)
    successor.close()


def test_another_store_gets_nothing(shop: Mirrored) -> None:
    other = shop.world.store("002")

    with pytest.raises(NetworkError) as refused:
        key_of(shop, other.node, shop.node.key.public)

    assert refused.value.facts["why"] == "404"
    other.node.close()


@pytest.mark.parametrize("device", ["", "00", "zz" * 32, "00" * 33, "%00"])
def test_a_device_that_is_none_is_refused(shop: Mirrored, device: str) -> None:
    visit = Visit(shop.node, shop.world.line)

    with pytest.raises(NetworkError) as refused:
        visit.ask(lambda token: Request("GET", f"/mirror-key?device={device}", headers=calls.bearer(token)))

    assert refused.value.facts["why"] == "422"


@pytest.mark.parametrize("path", ["/log", f"/mirror-key?device={'00' * 32}"])
def test_without_a_session_there_is_no_answer(shop: Mirrored, path: str) -> None:
    answer = shop.world.line.send(Request("GET", path))

    assert answer.status == 401
