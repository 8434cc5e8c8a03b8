"""Whoever covers some stores only cannot make anybody who covers more, nor read what others imported."""

from __future__ import annotations

import pytest

from hq.access import actions, repository
from hq.access.guard import actor_of
from hq.access.model import User
from hq.rights import all_permissions
from kit.context import Context
from retail.errors import NotPermitted
from tests.builders.hq import House, a_person


@pytest.fixture
def of_one_store(house: House) -> Context:
    a_person(house, "local", "administrator", ["001"])
    return house.ctx.acting_as(actor_of(user(house, "local"), all_permissions()))


def user(house: House, login: str) -> User:
    """A person as stored."""
    with house.db.read() as connection:
        found = repository.user_by_login(connection, login)[0]
    assert found is not None
    return found


def test_an_administrator_of_one_store_makes_nobody_of_the_chain(house: House, of_one_store: Context) -> None:
    people = house.value("SELECT count(*) FROM hq_user")

    with pytest.raises(NotPermitted) as refused:
        actions.add_user(
            of_one_store, login="evil", name="Evil", language="en", roles=["administrator"], stores=None
        )

    assert refused.value.code == "access.not_permitted"
    assert house.value("SELECT count(*) FROM hq_user") == people


def test_who_covers_one_store_reads_neither_the_chain_s_audit_nor_its_users(
    house: House, of_one_store: Context
) -> None:
    assert not of_one_store.actor.may("audit.view") and not of_one_store.actor.may("access.view")
    assert house.ctx.actor.may("audit.view") and house.ctx.actor.may("access.view")


def test_an_administrator_of_one_store_cannot_widen_or_take_over(house: House, of_one_store: Context) -> None:
    """SC-13."""
    admin, local = user(house, "admin").id, user(house, "local").id
    steps = [
        lambda: actions.change_user(
            of_one_store, local, name="Local", language="en", roles=["administrator"], stores=None
        ),
        lambda: actions.reset_password(of_one_store, admin),
        lambda: actions.set_active(of_one_store, admin, active=False),
        lambda: actions.make_token(of_one_store, admin, "mine"),
        lambda: actions.revoke_token(of_one_store, admin, "00"),
    ]

    for step in steps:
        with pytest.raises(NotPermitted) as refused:
            step()
        assert refused.value.code == "access.not_permitted"

    assert user(house, "local").stores == frozenset({"001"})
    assert user(house, "admin").active


def test_the_pages_of_people_say_so_too(house: House, of_one_store: Context) -> None:
    local = house.client("local")

    assert local.get("/users/new").status_code == 403
    assert local.post("/users/" + user(house, "local").id + "/reset").status_code == 403
    assert 'href="/users/new"' not in local.get("/users").text
    assert local.get("/products/new").status_code == 403
    assert 'href="/products/new"' not in local.get("/products/").text
