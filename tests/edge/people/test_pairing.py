"""A browser becomes a till by a one-use code; anything else gets nothing."""

from __future__ import annotations

import threading

import pytest

from edge.people import pairing
from edge.people.pairing import CODE_LIFE_MS
from retail.errors import LianpuError, LimitExceeded, NotFound, NotPermitted
from schemas.rows import stores
from tests.builders.edge import Shop, put


def code_for(shop: Shop, terminal: str = "01") -> str:
    return pairing.make_code(shop.node.context(), terminal)


def use(shop: Shop, code: str) -> str:
    try:
        return pairing.pair(shop.node, code, "label", "127.0.0.1")[1]
    except LianpuError as refused:
        return refused.code


def test_a_code_works_once_and_for_its_terminal(shop: Shop) -> None:
    code = code_for(shop, "02")

    assert use(shop, f"  {code.lower()} ") == "02"
    assert use(shop, code) == "people.pairing_code_wrong"


def test_a_code_dies_after_fifteen_minutes(shop: Shop) -> None:
    first = code_for(shop)
    shop.clock.advance(CODE_LIFE_MS)
    assert use(shop, first) == "people.pairing_code_wrong"

    second = code_for(shop)
    shop.clock.advance(CODE_LIFE_MS - 1)
    assert use(shop, second) == "01"


def test_a_terminal_has_one_screen_pairing_another_retires_the_first(shop: Shop) -> None:
    use(shop, code_for(shop))
    use(shop, code_for(shop))

    rows = shop.node.db.rows("SELECT revoked_at FROM terminal_device WHERE terminal = '01'")
    assert sorted(row["revoked_at"] is None for row in rows) == [False, True]


@pytest.mark.parametrize("restart", [False, True])
def test_ten_wrong_codes_void_every_open_code_even_over_a_restart(shop: Shop, restart: bool) -> None:
    code = code_for(shop)
    for _ in range(9):
        assert use(shop, "WRONGWRO") == "people.pairing_code_wrong"
    if restart:
        shop.restart()

    with pytest.raises(LimitExceeded) as refused:
        pairing.pair(shop.node, "WRONGWRO", "", "")

    assert refused.value.code == "people.pairing_codes_voided"
    assert use(shop, code) == "people.pairing_code_wrong"


def test_a_right_code_begins_the_count_anew(shop: Shop) -> None:
    for _ in range(9):
        use(shop, "WRONGWRO")
    assert use(shop, code_for(shop)) == "01"
    kept = code_for(shop)
    for _ in range(9):
        use(shop, "WRONGWRO")
    assert use(shop, kept) == "01"


def test_one_code_used_by_many_at_once_makes_one_screen(shop: Shop) -> None:
    code, got = code_for(shop), []
    gate = threading.Barrier(8)

    def press() -> None:
        gate.wait()
        got.append(use(shop, code))

    threads = [threading.Thread(target=press) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(got) == ["01"] + ["people.pairing_code_wrong"] * 7


def test_a_code_needs_a_terminal_that_hq_knows_and_has_not_closed(shop: Shop) -> None:
    with pytest.raises(NotFound, match="people.terminal_unknown"):
        code_for(shop, "99")
    put(
        shop.node,
        "store:001",
        "terminal",
        "02",
        stores.TerminalRow(code="02", name="x", devices={}, active=False),
    )
    with pytest.raises(NotFound, match="people.terminal_unknown"):
        code_for(shop, "02")


def test_neither_code_nor_token_is_stored(shop: Shop) -> None:
    code = code_for(shop)
    token, _ = pairing.pair(shop.node, code, "", "")
    shop.node.db.checkpoint()
    content = (shop.node.home / "node.sqlite").read_bytes()
    assert token.encode() not in content and code.encode() not in content


def test_a_wrong_code_is_refused_by_name(shop: Shop) -> None:
    with pytest.raises(NotPermitted, match="people.pairing_code_wrong"):
        pairing.pair(shop.node, "", "", "")


def test_a_new_screen_has_nobody_at_it(shop: Shop) -> None:
    """Who sat at the screen before is neither there nor the one who "locked" it."""
    use(shop, code_for(shop))
    assert shop.node.db.value("SELECT count(*) FROM sign_in WHERE terminal = '01'") == 0
