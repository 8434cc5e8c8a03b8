"""Every record that an import changes says so on its own history, with the file behind it."""

from __future__ import annotations

from hq.audit.queries import Entry, history
from hq.imports import actions
from tests.builders.hq import House, a_product
from tests.hq.imports.files import a_row, encoded, parsed


def imported(house: House, content: bytes, kind: str = "products") -> str:
    """Dry run and apply; the id of the run."""
    found = actions.dry_run(house.ctx, kind=kind, file_name="july.csv", content=content)
    return actions.apply(house.ctx, found.run).run


def of_imports(house: House, sku: str) -> list[Entry]:
    """What files did to a product, newest first."""
    return [entry for entry in history(house.db, f"product:{sku}") if "import" in entry.facts]


def test_a_changed_product_shows_before_and_after_and_the_import(house: House) -> None:
    a_product(house, "P1", name={"en": "Old"}, price=1000)

    run = imported(house, b"sku,name_en,price\nP1,New,12.50\n")

    price, product = of_imports(house, "P1")
    assert (product.verb, product.changes) == (
        "catalogue.product_changed", [("name", {"en": "Old"}, {"en": "New"})]
    )  # fmt: skip
    assert (price.verb, price.changes) == ("prices.set", [("price_minor", 1000, 1250)])
    assert {entry.facts["import"] for entry in (price, product)} == {run}
    assert (
        f'<a href="/imports/{run}">july.csv</a>' in house.client("admin").get("/products/P1?tab=history").text
    )


def test_a_row_that_changes_nothing_leaves_no_entry(house: House) -> None:
    imported(house, encoded([a_row(1), a_row(2)]))
    before = house.value("SELECT count(*) FROM audit_entry WHERE subject LIKE 'product:%'")

    imported(house, encoded([a_row(1), a_row(2)]))

    assert before == 4
    assert house.value("SELECT count(*) FROM audit_entry WHERE subject LIKE 'product:%'") == before


def test_a_price_from_a_file_is_on_the_history_of_its_product(house: House) -> None:
    a_product(house, "P1", price=1000)

    run = imported(house, b"sku,scope,price,note\nP1,chain,11.00,summer\nP1,zone:A,9.50,\n", "prices")

    second, first = of_imports(house, "P1")
    assert [e.changes for e in (first, second)] == [
        [("price_minor", 1000, 1100)],
        [("price_minor", None, 950)],
    ]
    assert (first.facts["scope"], first.facts["note"], first.facts["import"]) == ("chain", "summer", run)


def test_thousands_of_entries_are_written_with_few_statements(house: House) -> None:
    imported(house, encoded([a_row(n) for n in range(1, 5001)]))

    assert house.value("SELECT count(*) FROM audit_entry WHERE verb = 'catalogue.product_added'") == 5000
    assert house.value("SELECT count(*) FROM audit_entry WHERE verb = 'prices.set'") == 5000
    assert house.value("SELECT count(*) FROM audit_entry WHERE verb = 'catalogue.brand_saved'") == 97


def test_the_download_holds_every_rejected_row(house: House) -> None:
    lines = "".join(f"P{n},Tea,cheap\n" for n in range(5_200))

    found = actions.dry_run(
        house.ctx, kind="products", file_name="p.csv", content=f"sku,name_en,price\n{lines}".encode()
    )

    rejects = parsed(house.client("admin").get(f"/imports/{found.run}/rejects.csv").data)
    assert (found.rejected, len(rejects), rejects[-1]["sku"]) == (5_200, 5_200, "P5199")
