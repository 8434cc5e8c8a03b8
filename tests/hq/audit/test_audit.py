"""The audit is written with the change and never altered."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from hq.access import actions as access
from hq.audit import queries
from hq.catalogue import actions as catalogue
from hq.catalogue.model import Product
from hq.prices import actions as prices
from hq.settings import actions as settings
from kit.sql import run
from tests.builders.hq import House, a_person, a_product


def test_a_change_and_its_entry_share_a_transaction(house: House) -> None:
    before = house.value("SELECT count(*) FROM audit_entry")

    with pytest.raises(RuntimeError), house.hq.change(house.ctx) as change:
        change.audit("prices.set", "product:P1", price_minor=1)
        raise RuntimeError

    assert house.value("SELECT count(*) FROM audit_entry") == before


@pytest.mark.parametrize("sql", ["UPDATE audit_entry SET actor = 'x'", "DELETE FROM audit_entry"])
def test_entries_cannot_be_changed(house: House, sql: str) -> None:
    with pytest.raises(sa.exc.DatabaseError, match="append-only"), house.hq.db.write() as connection:
        run(connection, sql)


def test_a_secret_among_the_facts_is_a_mistake(house: House) -> None:
    with pytest.raises(ValueError, match="secret"), house.hq.change(house.ctx) as change:
        change.audit("access.password_reset", "user:x", password="p")


def test_a_record_s_history_shows_what_differs(house: House) -> None:
    a_product(house, price=None, name={"en": "Old"})
    house.hq.clock.advance(1)
    catalogue.save_product(house.ctx, Product(sku="P1", name={"en": "New"}), version=1)

    newest, oldest = queries.history(house.hq.db, "product:P1")

    assert (newest.verb, oldest.verb) == ("catalogue.product_changed", "catalogue.product_added")
    assert newest.changes == [("name", {"en": "Old"}, {"en": "New"})]
    assert newest.actor_name == "command line"


def test_search_finds_by_person_verb_and_record(house: House) -> None:
    a_product(house, "P9")

    by_verb = queries.search(house.hq.db, verb="catalogue.")
    by_record = queries.search(house.hq.db, subject="p9")
    nobody = queries.search(house.hq.db, actor="karen", subject="p9")

    assert [entry.verb for entry in by_verb[1]] == ["catalogue.product_added"]
    assert by_record[0] == 2
    assert nobody == (0, [])


def test_the_page_links_to_the_record(house: House) -> None:
    a_product(house, "P9")

    page = house.client("admin").get("/audit/?subject=P9").text

    assert '<a href="/products/P9#history">' in page


def test_a_price_is_told_as_money_with_the_one_before_and_its_scope_in_words(house: House) -> None:
    a_product(house, price=3100)
    prices.set_price(house.ctx, sku="P1", scope="chain", price_minor=2900)
    prices.set_price(house.ctx, sku="P1", scope="zone:A", price_minor=2800)

    page = " ".join(house.client("admin").get("/audit/?verb=prices.set").text.split())

    assert "price: <del>31.00</del> → <ins>29.00</ins>" in page
    assert "scope: <ins>Zone A</ins>" in page and "zone:A" not in page
    assert "minor units" not in page


def test_stores_and_quick_keys_are_told_in_words(house: House) -> None:
    a_product(house)
    a_person(house, "anna", "auditor", ["001"])
    anna = house.value("SELECT id FROM hq_user WHERE login = 'anna'")
    access.change_user(house.ctx, anna, name="Anna", language="en", roles=["auditor"], stores=None)
    settings.save_quick_key(house.ctx, scope="chain", page=2, position=12, sku="P1")

    page = " ".join(house.client("admin").get("/audit/").text.split())

    assert "stores: <del>001</del> → <ins>All stores</ins>" in page
    assert "2|12" not in page and "Settings: quick keys" in page


def test_who_acted_is_told_in_the_reader_s_language(house: House) -> None:
    admin = house.client("admin")
    admin.post("/language", language="zh-Hans", back="/")

    page = admin.get("/audit/").text

    assert "命令行" in page and "本服务器" in page
    assert "command line<" not in page and "loopback" not in page
