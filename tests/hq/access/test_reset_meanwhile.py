"""A password or a factor is taken away while somebody signs in: what was proven with the old one opens nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hq.access import actions, factors, one_time, repository, second_factor
from hq.access.guard import NOBODY
from kit.crypto import Wrapper
from retail.errors import Invalid, NotPermitted
from tests.builders.hq import PASSWORD, House, a_house, a_person

Doing = Callable[[House], object]


def anna(house: House) -> str:
    found = house.value("SELECT id FROM hq_user WHERE login = 'anna'")
    assert isinstance(found, str)
    return found


def a_factor(house: House) -> bytes:
    """Anna's, confirmed: the code is asked for from now on."""
    secret = one_time.new_secret()
    with house.hq.db.write() as connection:
        wrapped = Wrapper(house.hq.key.derive("second-factor")).wrap(secret.hex(), anna(house))
        factors.put_factor(connection, anna(house), wrapped, 1)
        factors.confirm(connection, anna(house), 1)
    return secret


def reset_password(house: House) -> None:
    actions.reset_password(house.ctx, anna(house))


def deactivate(house: House) -> None:
    actions.set_active(house.ctx, anna(house), active=False)


def sign_in(house: House) -> actions.SignedIn:
    return actions.sign_in(house.ctx.acting_as(NOBODY), login="anna", password=PASSWORD)


def give_code(house: House, secret: bytes, token: str) -> actions.SignedIn:
    code = one_time.code_at(secret, house.hq.clock.now_ms())
    return second_factor.give_code(house.ctx.acting_as(NOBODY), token=token, code=code)


def after(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, then: Callable[[], object]) -> None:
    """Once, when this function has answered."""
    real = getattr(module, name)

    def called(*args: Any, **named: Any) -> Any:
        found = real(*args, **named)
        monkeypatch.setattr(module, name, real)
        then()
        return found

    monkeypatch.setattr(module, name, called)


def sessions(house: House) -> int:
    found = house.value("SELECT count(*) FROM hq_session WHERE user_id = :id", id=anna(house))
    return int(found)


@pytest.mark.parametrize("meanwhile", [reset_password, deactivate])
def test_a_password_that_is_reset_while_it_is_compared_opens_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch, meanwhile: Doing
) -> None:
    a_person(house, "anna", "auditor")
    after(monkeypatch, actions, "secret_matches", lambda: meanwhile(house))

    with pytest.raises(NotPermitted) as refused:
        sign_in(house)

    assert refused.value.code == "access.sign_in_refused"
    assert sessions(house) == 0
    told = house.value("SELECT count(*) FROM audit_entry WHERE verb = 'access.sign_in_refused'")
    assert told == 1


def test_a_factor_that_is_confirmed_while_the_password_is_compared_is_asked_for(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_person(house, "anna", "auditor")
    after(monkeypatch, actions, "secret_matches", lambda: a_factor(house))

    assert sign_in(house).owes_code
    assert house.value("SELECT owes_code FROM hq_session") == 1


@pytest.mark.parametrize(
    "meanwhile", [reset_password, lambda house: second_factor.reset(house.ctx, anna(house))]
)
def test_a_code_that_is_given_while_the_password_or_the_factor_is_reset_opens_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch, meanwhile: Doing
) -> None:
    a_person(house, "anna", "auditor")
    secret = a_factor(house)
    begun = sign_in(house)
    after(monkeypatch, second_factor, "_proved", lambda: meanwhile(house))

    with pytest.raises(NotPermitted) as refused:
        give_code(house, secret, begun.token)

    assert refused.value.code == "access.sign_in_again"
    assert sessions(house) == 0
    assert house.value("SELECT count(*) FROM audit_entry WHERE verb = 'access.signed_in'") == 0


def test_one_s_own_change_does_not_undo_a_reset_that_came_between(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_person(house, "anna", "auditor")
    token = sign_in(house).token
    user = actions.user_of_session(house.ctx, token)
    assert user is not None
    after(monkeypatch, actions, "secret_matches", lambda: reset_password(house))

    with pytest.raises(Invalid) as refused:
        actions.change_own_password(
            house.ctx.acting_as(second_factor.as_named(user)),
            old=PASSWORD,
            new="correct horse 8",
            session_token=token,
        )

    assert refused.value.code == "access.old_password_wrong"
    assert sessions(house) == 0


@pytest.fixture
def on_postgres(tmp_path: Path, postgres_database: str) -> House:
    """The same chain on a server, where nobody waits who holds nothing."""
    made = a_house(tmp_path / "hq", url=postgres_database)
    a_person(made, "anna", "auditor")
    return made


def while_it_begins(
    house: House, monkeypatch: pytest.MonkeyPatch, meanwhile: Doing, doing: Callable[[], object]
) -> None:
    """Somebody else begins `meanwhile` when the transaction is about to insert its session."""
    other = threading.Thread(target=meanwhile, args=(house,))
    real = repository.insert_session

    def inserted(*args: Any, **named: Any) -> None:
        other.start()
        other.join(1)  # it waits for the sign-in, or is done before it
        real(*args, **named)

    monkeypatch.setattr(repository, "insert_session", inserted)
    doing()
    other.join()
    assert sessions(house) == 0
    house.hq.close()


@pytest.mark.postgres
def test_a_reset_that_comes_while_a_session_is_written_ends_it(
    on_postgres: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    while_it_begins(on_postgres, monkeypatch, reset_password, lambda: sign_in(on_postgres))


@pytest.mark.postgres
def test_a_factor_s_reset_that_comes_while_a_session_is_written_ends_it(
    on_postgres: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = a_factor(on_postgres)
    begun = sign_in(on_postgres)

    def reset(house: House) -> None:
        second_factor.reset(house.ctx, anna(house))

    while_it_begins(on_postgres, monkeypatch, reset, lambda: give_code(on_postgres, secret, begun.token))
