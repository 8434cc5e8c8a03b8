"""The items of the store's own side run, tiny: both sides did the same work, and every row has its figures."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from kit.db import dbapi
from proof.bench import growth, installed, lookup, receipt, storeday
from proof.bench.measure import Figure
from proof.bench.shop import a_selling_node


def has_figures(figures: list[Figure], unit: str) -> bool:
    """Both sides measured something in this unit, and neither did other work than the other."""
    return all(f.ours > 0 and f.limit > 0 and f.unit == unit and f.note == "" for f in figures)


def test_both_lookups_find_the_same_products_at_the_same_prices() -> None:
    figures = lookup.measure(1, products=2_500, lookups=40)
    assert [figure.item for figure in figures] == [
        "lookup by barcode, p50", "lookup by barcode, p99", "the same product again, p50",
    ]  # fmt: skip
    assert has_figures(figures, "µs")


def test_a_lookup_that_finds_something_else_is_told(tmp_path: Path) -> None:
    node, _ = a_selling_node(tmp_path / "node")
    bare = dbapi.connect(node.reference.db.path)
    both = lookup.Both(node, bare, 2_500, 40)
    both.ours()
    both.bare()
    assert both.wrong == ""
    with node.reference.db.write() as tx:
        tx.execute("UPDATE price SET price_minor = price_minor + 1")
    both.bare()
    bare.close()
    node.close()
    assert both.wrong.startswith("WRONG: ")


def test_both_printers_print_the_same_paper() -> None:
    figures = receipt.measure(1, receipts=2)
    assert len(figures) == 5
    assert has_figures(figures, "ms")


def test_a_node_with_a_past_and_an_empty_one_answer_alike() -> None:
    figures = growth.measure(1, receipts=30)
    assert len(figures) == len(growth.WORDS)
    assert {figure.short for figure in figures} == {"at 30 of 500,000"}
    assert has_figures(figures, "ms")


def test_a_past_of_another_length_is_told() -> None:
    full, empty = SimpleNamespace(before=29), SimpleNamespace(before=0)
    said = growth._compare(full, empty, 30)  # type: ignore[arg-type]
    assert said == "WRONG: 29 and 0 receipts at the start"


def test_a_day_is_the_same_whatever_lies_behind_it() -> None:
    figures = storeday.measure(1, sales=447, times=2)
    assert [figure.item.endswith("at 448 sales") for figure in figures] == [True] * 3
    assert {figure.short for figure in figures} == {"at 448 of 10,000,000"}
    assert has_figures(figures, "ms")


def test_a_day_that_answers_otherwise_is_told() -> None:
    many, few = SimpleNamespace(sales=20, found=[1]), SimpleNamespace(sales=10, found=[2])
    assert storeday._compare(many, few, 2).startswith("WRONG: the same days")  # type: ignore[arg-type]
    assert storeday._compare(many, few, 3) == "WRONG: 20 and 10 sales"  # type: ignore[arg-type]


def test_the_size_of_an_installation_follows_what_packages_ask_for() -> None:
    assert {"lianpu", "flask", "werkzeug", "cheroot", "pillow"} <= installed.needs("lianpu", "edge")
    assert not {"sqlalchemy", "pytest"} & installed.needs("lianpu", "edge")
    assert "sqlalchemy" in installed.needs("lianpu", "hq")
    assert installed.store_mb() > installed.bare_mb() > 1


def test_a_module_counts_with_its_compiled_form(tmp_path: Path) -> None:
    module, text = tmp_path / "module.py", tmp_path / "text.txt"
    module.write_text("x = 1\n")
    text.write_text("x = 1\n")
    broken = tmp_path / "template.py"
    broken.write_text("{{ x }} =\n")
    assert installed.size([text]) == 6
    assert installed.size([module]) > 6 + installed.PYC_HEADER
    assert installed.size([broken]) == 10
