"""Who may use this till: PINs, waits, locks, resets, dismissals."""

from __future__ import annotations

import re
import shutil
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge.people import actions
from edge.people.model import check_new_pin
from edge.people.throttle import wait_after
from kit.clock import ManualClock
from kit.context import Context
from kit.crypto import hash_secret
from retail.errors import Invalid, LianpuError, LimitExceeded, NotPermitted
from schemas.rows import stores
from tests.builders.edge import CASHIER, CASHIER_PIN, MANAGER, MANAGER_PIN, Shop, a_copy, put

MINUTE = 60_000
WRONG = "000000"


def at(shop: Shop, terminal: str = "01") -> Context:
    return shop.node.context(device=terminal)


def code_of(shop: Shop, staff: str, pin: str, terminal: str = "01") -> str:
    """ "in" or the code of the refusal."""
    try:
        actions.sign_in(at(shop, terminal), staff, pin)
    except LianpuError as refused:
        return refused.code
    return "in"


def staff_row(number: str = CASHIER, **fields: Any) -> stores.StaffRow:
    values: dict[str, Any] = {
        "name": f"cashier {number}", "role": "cashier", "language": "zh-Hans", "active": True, "generation": 1,
        "initial": hash_secret("555777"),
    }  # fmt: skip
    return stores.StaffRow(number=number, **(values | fields))


def hire(shop: Shop, number: str = CASHIER, **fields: Any) -> None:
    put(shop.node, "store:001", "staff", number, staff_row(number, **fields))


# -- first sign-in -----------------------------------------------------------------------------------------


def test_the_first_sign_in_sets_the_pin_and_the_initial_code_opens_nothing_more(shop: Shop) -> None:
    hire(shop, "1007")
    assert code_of(shop, "1007", "555777") == "people.pin_not_set"

    actor = actions.first_sign_in(at(shop), "1007", "555777", "914027")

    assert (actor.staff, actor.language) == ("1007", "zh-Hans")
    assert code_of(shop, "1007", "914027") == "in"
    assert code_of(shop, "1007", "555777") == "people.wrong"
    with pytest.raises(NotPermitted) as refused:
        actions.first_sign_in(at(shop), "1007", "555777", "602914")
    assert refused.value.code == "people.wrong"


def test_a_wrong_initial_code_counts_as_a_wrong_try(shop: Shop) -> None:
    hire(shop, "1007")
    for _ in range(5):
        with pytest.raises(NotPermitted):
            shop.node.people.set_pin(at(shop), "1007", "555778", "914027")

    with pytest.raises(LimitExceeded):
        shop.node.people.set_pin(at(shop), "1007", "555777", "914027")


def test_a_person_whom_hq_gave_no_code_cannot_set_a_pin(shop: Shop) -> None:
    hire(shop, "1007", initial="")
    with pytest.raises(NotPermitted) as refused:
        actions.first_sign_in(at(shop), "1007", "", "914027")
    assert refused.value.code == "people.wrong"


@pytest.mark.parametrize(
    ("pin", "code"),
    [
        ("12345", "people.pin_six_digits"), ("1234567", "people.pin_six_digits"), ("48291x", "people.pin_six_digits"),
        ("４８２９１３", "people.pin_six_digits"), ("482913\n", "people.pin_six_digits"),
        ("111111", "people.pin_too_simple"), ("121212", "people.pin_too_simple"), ("123456", "people.pin_too_simple"),
    ],
)  # fmt: skip
def test_a_pin_is_six_digits_and_no_first_guess(pin: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_new_pin(pin)
    assert refused.value.code == code


def test_the_initial_code_is_no_pin(shop: Shop) -> None:
    hire(shop, "1007", initial=hash_secret("482600"))
    with pytest.raises(Invalid) as refused:
        actions.first_sign_in(at(shop), "1007", "482600", "482600")
    assert refused.value.code == "people.pin_is_initial"
    assert code_of(shop, "1007", "482600") == "people.pin_not_set"


def test_a_reset_at_hq_asks_for_a_new_pin(shop: Shop) -> None:
    hire(shop, CASHIER, generation=2, initial=hash_secret("777888"))

    assert code_of(shop, CASHIER, CASHIER_PIN) == "people.pin_not_set"
    actions.first_sign_in(at(shop), CASHIER, "777888", "602914")
    assert code_of(shop, CASHIER, "602914") == "in"
    assert code_of(shop, CASHIER, CASHIER_PIN) == "people.wrong"


def test_a_dismissed_person_gets_in_no_more(shop: Shop) -> None:
    hire(shop, CASHIER, active=False)
    assert code_of(shop, CASHIER, CASHIER_PIN) == "people.wrong"
    assert shop.node.people.actor(CASHIER) is None


def test_nobody_learns_who_works_here_from_a_refusal(shop: Shop) -> None:
    """SC-38."""
    assert code_of(shop, "9999", WRONG) == code_of(shop, CASHIER, WRONG) == "people.wrong"


@pytest.mark.parametrize("staff", ["9999", CASHIER, MANAGER])
def test_a_wrong_pin_costs_the_same_for_every_number(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, staff: str
) -> None:
    """SC-38: one hash and one counted try, whoever works here or not."""
    hashed: list[str] = []
    monkeypatch.setattr(actions, "secret_matches", lambda _pin, phc: bool(hashed.append(phc)))

    assert code_of(shop, staff, WRONG) == "people.wrong"
    assert [phc.startswith("$argon2id$") for phc in hashed] == [True]
    assert shop.node.db.value("SELECT count(*) FROM throttle WHERE failures = 1") == 2


# -- waits -------------------------------------------------------------------------------------------------


def test_the_table_of_waits() -> None:
    assert [wait_after(n) for n in range(4, 13)] == [
        0, 5_000, 10_000, 20_000, 40_000, 80_000, 30 * MINUTE, 30 * MINUTE, 30 * MINUTE,
    ]  # fmt: skip


def wrong_tries(shop: Shop, count: int, staff: str = CASHIER, terminal: str = "01") -> None:
    """So many wrong tries, each after its wait."""
    for n in range(count):
        shop.clock.advance(wait_after(n))
        assert code_of(shop, staff, WRONG, terminal) == "people.wrong"


def test_five_wrong_pins_delay_and_the_right_one_must_wait_too(shop: Shop) -> None:
    """SC-03."""
    wrong_tries(shop, 5)
    assert code_of(shop, CASHIER, CASHIER_PIN) == "people.wait"

    shop.clock.advance(4_999)
    with pytest.raises(LimitExceeded) as refused:
        actions.sign_in(at(shop), CASHIER, CASHIER_PIN)
    assert refused.value.facts == {"seconds": 1}

    shop.clock.advance(1)
    assert code_of(shop, CASHIER, CASHIER_PIN) == "in"
    assert code_of(shop, CASHIER, WRONG) == "people.wrong"


def test_each_further_wrong_pin_doubles_the_wait_and_the_tenth_locks_half_an_hour(shop: Shop) -> None:
    """SC-03."""
    wrong_tries(shop, 10)

    shop.clock.advance(30 * MINUTE - 1)
    assert code_of(shop, CASHIER, CASHIER_PIN) == "people.wait"
    shop.clock.advance(1)
    assert code_of(shop, CASHIER, CASHIER_PIN) == "in"


def test_tries_count_per_person_over_terminals(shop: Shop) -> None:
    """SC-03."""
    wrong_tries(shop, 5, terminal="02")

    assert code_of(shop, CASHIER, CASHIER_PIN, "01") == "people.wait"
    assert code_of(shop, MANAGER, MANAGER_PIN, "01") == "in"


def test_spraying_over_people_counts_per_device(shop: Shop) -> None:
    """SC-03."""
    for n in range(5):
        assert code_of(shop, f"30{n:02d}", WRONG, "02") == "people.wrong"

    assert code_of(shop, MANAGER, MANAGER_PIN, "02") == "people.wait"
    assert code_of(shop, MANAGER, MANAGER_PIN, "01") == "in"


def test_an_own_pin_between_the_guesses_does_not_free_the_guessed_person(shop: Shop) -> None:
    for n in range(5):
        shop.clock.advance(wait_after(n))
        assert code_of(shop, MANAGER, WRONG) == "people.wrong"
        shop.clock.advance(wait_after(n + 1))
        if n < 4:
            assert code_of(shop, CASHIER, CASHIER_PIN) == "in"

    shop.clock.advance(4_000)
    assert code_of(shop, MANAGER, MANAGER_PIN) in ("people.wait", "in")
    assert (
        shop.node.db.value("SELECT failures FROM throttle WHERE subject = ?", (f"staff:{MANAGER}",), 5) == 5
    )


def test_neither_a_restart_nor_a_changed_clock_shortens_a_wait(shop: Shop) -> None:
    """SC-03."""
    wrong_tries(shop, 10)
    shop.clock.advance(29 * MINUTE)

    shop.restart(ManualClock(shop.clock.now_ms() + 365 * 24 * 60 * MINUTE, monotonic_ms=7))
    assert code_of(shop, CASHIER, CASHIER_PIN) == "people.wait"

    shop.clock.set_wall(shop.clock.now_ms() + 60 * MINUTE)
    assert code_of(shop, CASHIER, CASHIER_PIN) == "people.wait"
    shop.clock.advance(30 * MINUTE)
    assert code_of(shop, CASHIER, CASHIER_PIN) == "in"


def test_parallel_guesses_are_counted_one_after_the_other(shop: Shop) -> None:
    """SC-03."""
    codes: list[str] = []
    gate = threading.Barrier(12)

    def guess(n: int) -> None:
        gate.wait()
        codes.append(code_of(shop, CASHIER, f"{n:06d}"))

    threads = [threading.Thread(target=guess, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(codes) == ["people.wait"] * 7 + ["people.wrong"] * 5
    assert shop.node.db.value("SELECT failures FROM throttle WHERE subject = ?", (f"staff:{CASHIER}",)) == 5


def test_a_technician_lifts_a_lock(shop: Shop) -> None:
    """SC-03."""
    wrong_tries(shop, 10)

    shop.node.people.throttle.forgive(f"staff:{CASHIER}", "device:01")

    assert code_of(shop, CASHIER, CASHIER_PIN) == "in"


# -- copied databases --------------------------------------------------------------------------------------


def test_a_database_copied_to_another_device_opens_nobodys_till(template: Path, tmp_path: Path) -> None:
    """SC-04."""
    thief = a_copy(template, tmp_path / "thief")
    thief.close()
    shutil.rmtree(thief.node.home / "keys")
    thief.restart()

    assert code_of(thief, CASHIER, CASHIER_PIN) == "people.wrong"
    verifier = thief.node.db.value("SELECT verifier FROM credential WHERE staff = ?", (CASHIER,))
    assert b"argon2" not in verifier
    thief.close()


def test_a_verifier_moved_to_another_person_opens_nothing(shop: Shop) -> None:
    """SC-04."""
    with shop.node.journal.writing() as tx:
        tx.execute(
            "UPDATE credential SET verifier = (SELECT verifier FROM credential WHERE staff = ?) WHERE staff = ?",
            (CASHIER, MANAGER),
        )
    assert code_of(shop, MANAGER, CASHIER_PIN) == "people.wrong"


def test_no_pin_is_found_in_the_database(shop: Shop) -> None:
    """SC-04. Within an id or a time its digits are chance."""
    code_of(shop, CASHIER, CASHIER_PIN)
    code_of(shop, CASHIER, "918273")
    shop.node.db.checkpoint()
    content = (shop.node.home / "node.sqlite").read_bytes()
    assert re.search(rb"(?<![0-9a-f])(%b|918273)(?![0-9a-f])" % CASHIER_PIN.encode(), content) is None


def test_roles_of_hq_replace_the_built_in_ones_at_once(shop: Shop) -> None:
    from schemas.rows.chain import RoleLimitRow

    row = RoleLimitRow(
        role="cashier", discount_limit_ppm=50_000, allowed=["till.sell"], approval=["till.no_sale"]
    )
    put(shop.node, "chain", "role", "cashier", row)

    actor = shop.node.people.actor(CASHIER)
    assert actor is not None
    assert (actor.permissions, shop.node.people.discount_limit(actor)) == (frozenset({"till.sell"}), 50_000)


def test_an_unknown_role_may_do_nothing(shop: Shop) -> None:
    hire(shop, CASHIER, role="wizard")
    actor = shop.node.people.actor(CASHIER)
    assert actor is not None and actor.permissions == frozenset()
    with pytest.raises(NotPermitted) as refused:
        shop.node.people.need(replace(at(shop), actor=actor), "till.no_sale")
    assert refused.value.code == "people.not_permitted"
