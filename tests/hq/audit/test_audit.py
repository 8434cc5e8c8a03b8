"""The audit is written with the change and never altered."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from hq.audit import queries
from hq.catalogue import actions as catalogue
from hq.catalogue.model import Product
from kit.sql import run
from tests.builders.hq import House, a_product


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
