"""People of the console: who may sign in, for how long, and who manages them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hq.access import actions, repository
from hq.access.guard import NOBODY, actor_of
from hq.rights import all_permissions
from kit.context import Context
from kit.crypto import token_digest
from retail.errors import Conflict, Invalid, NotPermitted
from tests.builders.hq import PASSWORD, House, a_person

YEAR_MS = 365 * 86_400_000


def nobody(house: House) -> Context:
    return house.ctx.acting_as(NOBODY)


def test_the_right_password_opens_a_session(house: House) -> None:
    begun = actions.sign_in(nobody(house), login=" Admin ", password=PASSWORD)

    found = actions.user_of_session(nobody(house), begun.token)

    assert found is not None and found.login == "admin"
    assert house.value("SELECT count(*) FROM hq_session WHERE token_digest = :t", t=begun.token) == 0


@pytest.mark.parametrize(("login", "password"), [("admin", "wrong"), ("nobody", PASSWORD), ("", "")])
def test_every_wrong_sign_in_has_one_answer(house: House, login: str, password: str) -> None:
    with pytest.raises(NotPermitted) as refused:
        actions.sign_in(nobody(house), login=login, password=password)

    assert (refused.value.code, refused.value.facts) == ("access.sign_in_refused", {})
    assert house.value("SELECT count(*) FROM hq_session") == 0


def test_a_new_sign_in_ends_the_old_token_of_the_browser(house: House) -> None:
    first = actions.sign_in(nobody(house), login="admin", password=PASSWORD)

    second = actions.sign_in(nobody(house), login="admin", password=PASSWORD, old_token=first.token)

    assert actions.user_of_session(nobody(house), first.token) is None
    assert actions.user_of_session(nobody(house), second.token) is not None


def test_a_session_ends_when_idle_and_when_old(house: House) -> None:
    clock = house.hq.clock
    token = actions.sign_in(nobody(house), login="admin", password=PASSWORD).token
    clock.advance(59 * 60_000)
    assert actions.user_of_session(nobody(house), token) is not None

    clock.advance(61 * 60_000)
    assert actions.user_of_session(nobody(house), token) is None

    token = actions.sign_in(nobody(house), login="admin", password=PASSWORD).token
    for _ in range(14):
        clock.advance(55 * 60_000)
        actions.user_of_session(nobody(house), token)
    assert actions.user_of_session(nobody(house), token) is None
    assert actions.end_old_sessions(house.ctx) == 2


@pytest.mark.parametrize("seen", [False, True], ids=["begun", "used"])
def test_a_session_of_a_time_to_come_is_nobodys(house: House, seen: bool) -> None:
    """A clock that was a year ahead, and is set right, leaves no session that rests for a year."""
    clock = house.hq.clock
    right = clock.now_ms()
    clock.set_wall(right + (0 if seen else YEAR_MS))
    token = actions.sign_in(nobody(house), login="admin", password=PASSWORD).token
    if seen:
        with house.db.write() as connection:
            repository.see_session(connection, token_digest(token), right + YEAR_MS)
    clock.set_wall(right)

    assert actions.user_of_session(nobody(house), token) is None
    assert actions.end_old_sessions(house.ctx) == 1


def test_a_clock_that_is_set_back_a_little_signs_nobody_out_and_nobody_in_for_longer(house: House) -> None:
    clock = house.hq.clock
    token = actions.sign_in(nobody(house), login="admin", password=PASSWORD).token
    clock.set_wall(clock.now_ms() - 50 * 60_000)

    assert actions.user_of_session(nobody(house), token) is not None
    assert actions.end_old_sessions(house.ctx) == 0
    clock.advance(61 * 60_000)
    assert actions.user_of_session(nobody(house), token) is None


def test_a_deactivated_person_is_out_at_once(house: House) -> None:
    a_person(house, "anna", "auditor")
    token = actions.sign_in(nobody(house), login="anna", password=PASSWORD).token
    user = actions.user_of_session(nobody(house), token)
    assert user is not None

    actions.set_active(house.ctx, user.id, active=False)

    assert actions.user_of_session(nobody(house), token) is None
    with pytest.raises(NotPermitted, match="sign_in_refused"):
        actions.sign_in(nobody(house), login="anna", password=PASSWORD)


def test_the_last_administrator_stays(house: House) -> None:
    admin = house.value("SELECT id FROM hq_user WHERE login = 'admin'")

    with pytest.raises(Conflict, match="last_administrator"):
        actions.set_active(house.ctx, admin, active=False)
    with pytest.raises(Conflict, match="last_administrator"):
        actions.change_user(house.ctx, admin, name="K", language="en", roles=["auditor"], stores=None)

    assert house.value("SELECT active FROM hq_user WHERE id = :i", i=admin) == 1
    assert house.value("SELECT count(*) FROM audit_entry WHERE verb = 'access.user_deactivated'") == 0


def test_an_administrator_of_some_stores_cannot_be_the_last(house: House) -> None:
    admin = house.value("SELECT id FROM hq_user WHERE login = 'admin'")
    a_person(house, "anna", "administrator", ["001"])

    with pytest.raises(Conflict, match="last_administrator"):
        actions.change_user(
            house.ctx, admin, name="K", language="en", roles=["administrator"], stores=["001"]
        )
    with pytest.raises(Conflict, match="last_administrator"):
        actions.set_active(house.ctx, admin, active=False)

    assert house.value("SELECT all_stores FROM hq_user WHERE id = :i", i=admin) == 1
    assert house.client("admin").get("/users").status_code == 200


def test_a_person_covers_all_stores_or_at_least_one(house: House) -> None:
    admin = house.value("SELECT id FROM hq_user WHERE login = 'admin'")

    with pytest.raises(Invalid, match="stores_missing"):
        a_person(house, "anna", "auditor", [])
    with pytest.raises(Invalid, match="stores_missing"):
        actions.change_user(house.ctx, admin, name="K", language="en", roles=["administrator"], stores=[])


def test_the_audit_names_who_signed_in_and_who_was_tried(house: House) -> None:
    actions.sign_in(nobody(house), login="admin", password=PASSWORD)
    with pytest.raises(NotPermitted):
        actions.sign_in(nobody(house), login="admin", password="wrong")
    with pytest.raises(NotPermitted):
        actions.sign_in(nobody(house), login="ghost", password="wrong")

    rows = house.db.rows(
        "SELECT verb, actor_name, subject FROM audit_entry WHERE verb LIKE 'access.sign%' ORDER BY verb DESC,"
        " subject DESC"
    )

    assert [tuple(row) for row in rows] == [
        ("access.signed_in", "Karen Lam", "user:admin"),
        ("access.sign_in_refused", "Karen Lam", "user:admin"),
        ("access.sign_in_refused", "nobody", "user:"),
    ]


def test_a_reset_password_is_made_up_and_ends_all_sessions(house: House) -> None:
    a_person(house, "anna", "auditor")
    token = actions.sign_in(nobody(house), login="anna", password=PASSWORD).token
    user = house.value("SELECT id FROM hq_user WHERE login = 'anna'")

    password = actions.reset_password(house.ctx, user)

    assert actions.user_of_session(nobody(house), token) is None
    assert actions.sign_in(nobody(house), login="anna", password=password).user.login == "anna"
    assert password not in house.value("SELECT group_concat(facts) FROM audit_entry")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"login": "A B"}, "access.login_unusable"),
        ({"password": "short"}, "access.password_short"),
        ({"password": "anna-anna-anna"}, "access.password_is_login"),
        ({"roles": []}, "access.role_unknown"),
        ({"roles": ["king"]}, "access.role_unknown"),
        ({"language": "fr"}, "access.language_unknown"),
        ({"name": " "}, "access.name_missing"),
    ],
)
def test_what_cannot_be_typed(house: House, changes: dict[str, object], code: str) -> None:
    facts = {
        "login": "anna",
        "name": "Anna",
        "language": "en",
        "roles": ["auditor"],
        "stores": None,
    } | changes

    with pytest.raises(Invalid) as refused:
        actions.add_user(house.ctx, **facts)

    assert refused.value.code == code
    assert house.value("SELECT count(*) FROM hq_user") == 1


def test_a_login_is_taken_once(house: House) -> None:
    a_person(house, "anna", "auditor")

    with pytest.raises(Conflict, match="login_taken"):
        a_person(house, "ANNA", "auditor")


def test_own_password_change_keeps_this_browser_only(house: House) -> None:
    first = actions.sign_in(nobody(house), login="admin", password=PASSWORD)
    other = actions.sign_in(nobody(house), login="admin", password=PASSWORD)
    ctx = house.ctx.acting_as(actor_of(first.user, all_permissions()))

    with pytest.raises(Invalid, match="old_password_wrong"):
        actions.change_own_password(ctx, old="no", new="a new long one", session_token=first.token)
    token = actions.change_own_password(ctx, old=PASSWORD, new="a new long one", session_token=first.token)

    found = [actions.user_of_session(nobody(house), t) for t in (first.token, other.token, token)]
    assert [user is not None for user in found] == [False, False, True]


def test_tokens_act_as_their_person_until_revoked(house: House) -> None:
    admin = house.value("SELECT id FROM hq_user WHERE login = 'admin'")
    token = actions.make_token(house.ctx, admin, "till report")
    assert actions.user_of_token(nobody(house), token) is not None

    digest = house.value("SELECT token_digest FROM hq_api_token")
    actions.revoke_token(house.ctx, admin, digest)

    assert actions.user_of_token(nobody(house), token) is None


def test_without_the_right_nothing_changes(house: House) -> None:
    auditor = house.ctx.acting_as(replace(house.ctx.actor, permissions=frozenset({"access.view"})))

    with pytest.raises(NotPermitted, match=r"access\.not_permitted"):
        actions.add_user(auditor, login="x1", name="X", language="en", roles=["auditor"], stores=None)

    assert house.value("SELECT count(*) FROM hq_user") == 1
