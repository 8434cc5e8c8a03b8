"""Two administrators take each other's rights away at the same moment: one of the two stays (PostgreSQL)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hq.access import actions
from hq.access.guard import actor_of
from hq.rights import all_permissions
from kit.context import Context
from retail.errors import Conflict
from tests.builders.hq import House, a_house, a_person
from tests.builders.postgres import in_the_middle

Doing = Callable[[Context, str], object]


def deactivate(ctx: Context, user_id: str) -> object:
    return actions.set_active(ctx, user_id, active=False)


def demote(ctx: Context, user_id: str) -> object:
    return actions.change_user(ctx, user_id, name="Whoever", language="en", roles=["auditor"], stores=None)


def as_person(house: House, login: str) -> tuple[Context, str]:
    """What a person of the console acts with, and the id."""
    with house.hq.db.read() as connection:
        user = actions.existing(
            connection, str(house.value("SELECT id FROM hq_user WHERE login = :l", l=login))
        )
    return house.ctx.acting_as(actor_of(user, all_permissions())), user.id


def told(doing: Doing, ctx: Context, user_id: str) -> str:
    try:
        doing(ctx, user_id)
    except Conflict as refused:
        return refused.code
    return "done"


@pytest.mark.postgres
@pytest.mark.parametrize("other", [deactivate, demote])
@pytest.mark.parametrize("one", [deactivate, demote])
def test_one_of_two_administrators_stays_whatever_they_do_to_each_other_at_once(
    postgres_database: str, tmp_path: Path, one: Doing, other: Doing
) -> None:
    house = a_house(tmp_path / "hq", url=postgres_database)
    a_person(house, "anna", "administrator")
    (admin, admin_id), (anna, anna_id) = as_person(house, "admin"), as_person(house, "anna")

    ended = in_the_middle(
        house.hq.db,
        "INSERT INTO audit_entry",
        lambda: told(one, admin, anna_id),
        lambda: told(other, anna, admin_id),
    )

    assert ended == ("done", "access.last_administrator")
    assert house.value(
        "SELECT count(*) FROM hq_user u JOIN hq_user_role r ON r.user_id = u.id"
        " WHERE active = 1 AND role = 'administrator'"
    ) == 1  # fmt: skip
    house.hq.close()
