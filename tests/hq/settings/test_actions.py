"""What holds for the whole chain."""

from __future__ import annotations

import pytest

from hq.settings import actions, repository
from hq.settings.defaults import TILL_PERMISSIONS
from hq.settings.model import parse_rules, rules_text
from hq.settings.pages import percent_ppm
from retail.errors import Conflict, Invalid, NotFound
from schemas.rows.registry import decode
from tests.builders.hq import House, a_product


def row(house: House, kind: str, key: str, scope: str = "chain") -> object | None:
    sql = "SELECT bytes FROM scope_row WHERE scope = :s AND kind = :k AND key = :y"
    data = house.value(sql, s=scope, k=kind, y=key)
    return None if data is None else decode(kind, bytes(data))


def test_init_publishes_what_a_till_needs_to_start(house: House) -> None:
    settings = row(house, "settings", "chain")
    assert (settings.currency, settings.cash_step_minor, settings.day_turn) == ("HKD", 10, "04:00")

    cashier, manager = row(house, "role", "cashier"), row(house, "role", "manager")
    assert (cashier.discount_limit_ppm, manager.discount_limit_ppm) == (0, 1_000_000)
    assert (set(manager.allowed), manager.approval) == (set(TILL_PERMISSIONS), [])
    assert "office.pair" not in {*cashier.allowed, *cashier.approval}
    lists = {key.split("|")[0] for (key,) in house.db.rows("SELECT key FROM scope_row WHERE kind = 'reason'")}
    assert lists == {"discount", "return", "no_sale", "cash", "write_off", "void", "reprint"}


def test_a_change_goes_down_with_its_history(house: House) -> None:
    actions.change_chain(house.ctx, day_turn="05:00", receipt_foot={"en": "Bye"})

    assert row(house, "settings", "chain").day_turn == "05:00"
    facts = house.value("SELECT facts FROM audit_entry WHERE verb = 'settings.changed'")
    assert '"day_turn":"05:00"' in facts and '"day_turn":"04:00"' in facts


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"currency": "XXX"}, "settings.currency_unknown"),
        ({"tax_rounding": "never"}, "settings.tax_rounding_unknown"),
        ({"cash_step_minor": -1}, "settings.cash_step_unusable"),
        ({"day_turn": "4:00"}, "settings.day_turn_unusable"),
        ({"auto_lock_minutes": 0}, "settings.auto_lock_unusable"),
        ({"time_zone": "Mars/One"}, "civil.unknown_zone"),
        ({"name": {}}, "settings.name_missing"),
        ({"receipt_head": {"fr": "x"}}, "settings.language_unknown"),
        ({"receipt_head": {"en": "x" * 401}}, "settings.text_too_long"),
        ({"weighed_rules": [{"pattern": "nonsense", "kind": "weight"}]}, "settings.weighed_rule_unusable"),
    ],
)
def test_what_settings_cannot_be(house: House, changes: dict[str, object], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        actions.change_chain(house.ctx, **changes)

    assert refused.value.code == code
    assert row(house, "settings", "chain").currency == "HKD"


def test_the_currency_stays_once_something_was_sold(house: House) -> None:
    till = house.device()
    till.sell()
    till.push()

    with pytest.raises(Conflict, match="currency_in_use"):
        actions.change_chain(house.ctx, currency="CNY")


def test_taxes(house: House) -> None:
    actions.save_tax(house.ctx, code="V13", name={"en": "VAT"}, rate_ppm=130_000, included=True)
    a_product(house, tax_code="V13")

    (tax,) = row(house, "settings", "chain").taxes
    assert (tax.code, tax.rate_ppm, tax.included) == ("V13", 130_000, True)
    with pytest.raises(Conflict, match="tax_in_use"):
        actions.delete_tax(house.ctx, "V13")
    with pytest.raises(Invalid, match="tax_rate_unusable"):
        actions.save_tax(house.ctx, code="V", name={"en": "x"}, rate_ppm=1_000_001, included=True)


@pytest.mark.parametrize(("text", "ppm"), [("13", 130_000), ("8.875 %", 88_750), ("0", 0)])
def test_percentages_are_exact(text: str, ppm: int) -> None:
    assert percent_ppm(text) == ppm


def test_a_retired_reason_stays_published(house: House) -> None:
    actions.save_reason(house.ctx, list_name="discount", code="vip", name={"en": "Regular"}, active=False)

    assert row(house, "reason", "discount|vip").active is False
    with pytest.raises(Invalid, match="reason_list_unknown"):
        actions.save_reason(house.ctx, list_name="mood", code="x", name={"en": "x"})


def test_a_right_is_allowed_or_needs_approval_never_both(house: House) -> None:
    actions.save_till_role(
        house.ctx,
        role="cashier",
        discount_limit_ppm=50_000,
        allowed=["till.sell"],
        approval=["till.sell", "returns.make"],
    )

    role = row(house, "role", "cashier")
    assert (role.allowed, role.approval, role.discount_limit_ppm) == (["till.sell"], ["returns.make"], 50_000)


def test_quick_keys_for_the_chain_and_a_store(house: House) -> None:
    a_product(house)
    actions.save_quick_key(house.ctx, scope="chain", page=1, position=3, sku="P1", page_name={"en": "Tea"})
    actions.save_quick_key(house.ctx, scope="store:001", page=1, position=3, sku="P1")

    assert row(house, "quick_key", "1|3").page_name == {"en": "Tea"}
    assert row(house, "quick_key", "1|3", "store:001").sku == "P1"

    actions.save_quick_key(house.ctx, scope="chain", page=1, position=3, sku="")
    assert row(house, "quick_key", "1|3") is None
    with pytest.raises(NotFound, match="product_unknown"):
        actions.save_quick_key(house.ctx, scope="chain", page=1, position=1, sku="P9")
    with pytest.raises(Invalid, match="quick_key_place"):
        actions.save_quick_key(house.ctx, scope="chain", page=9, position=1, sku="P1")


def test_rules_are_typed_one_a_line(house: House) -> None:
    text = "21IIIIIWWWWWC weight\n23IIIIIPPPPPC price nocheck"

    rules = parse_rules(text)

    assert [(r.pattern, r.kind, r.check_digit) for r in rules] == [
        ("21IIIIIWWWWWC", "weight", True), ("23IIIIIPPPPPC", "price", False)
    ]  # fmt: skip
    assert rules_text(rules) == text
    with house.hq.db.read() as connection:
        assert [r.kind for r in repository.chain(connection).weighed_rules] == ["weight", "price"]


def test_the_settings_page_saves_every_tab(house: House) -> None:
    browser = house.client("admin")

    chain = browser.post(
        "/settings/chain", **{"name.en": "New"}, currency="HKD", cash_step="0.50", tax_rounding="line", day_turn="03:00",
        time_zone="Asia/Hong_Kong", default_language="en", auto_lock_minutes="5", weighed_rules="",
    )  # fmt: skip
    tax = browser.post("/settings/taxes", code="GST", rate="9", **{"name.en": "GST"}, included="1")
    role = browser.post("/settings/roles/cashier", discount_limit="5", **{"right.till.sell": "allowed"})

    assert [a.status_code for a in (chain, tax, role)] == [302, 302, 302]
    settings = row(house, "settings", "chain")
    assert (settings.cash_step_minor, settings.tax_rounding, settings.merge_lines) == (50, "line", False)
    assert [t.rate_ppm for t in settings.taxes] == [90_000]
    assert row(house, "role", "cashier").discount_limit_ppm == 50_000
