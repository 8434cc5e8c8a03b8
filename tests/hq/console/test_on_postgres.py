"""Every page of the console on a real PostgreSQL server: the SQL is portable, not only the schema."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hq.imports import actions as imports
from hq.stock import actions as stock
from hq.stock.actions import Opening
from tests.builders.hq import DAY, House, a_house, a_product
from tests.hq.imports.files import encoded, rows

pytestmark = pytest.mark.postgres


@pytest.fixture
def house(postgres_database: str, tmp_path: Path) -> Iterator[House]:
    made = a_house(tmp_path / "house", url=postgres_database)
    yield made
    made.hq.close()


def test_the_console_runs_on_postgresql(house: House) -> None:
    a_product(house, code="2000000000206")
    stock.set_opening(house.ctx, store="001", lines=[Opening("P1", 30_000)])
    found = imports.dry_run(house.ctx, kind="products", file_name="p.csv", content=encoded(rows(200)[0]))
    assert imports.apply(house.ctx, found.run).new == 163
    till = house.device("001")
    sale = till.sell(pieces=2)
    till.take_back(sale, "001-01/K7Q2M-1")
    till.push()
    browser = house.client("admin")
    pages = (
        "/", f"/sales/?day={DAY}&store=001&terminal=01&receipt={sale}", f"/sales/export.csv?from={DAY}&to={DAY}",
        f"/proof/?store=001&day={DAY}", "/products/?text=tea", "/products/P1", "/products/P1?tab=details", "/categories/",
        "/prices/?state=done", f"/imports/{found.run}", f"/imports/{found.run}/rejects.csv", "/settings/",
        "/settings/quick-keys", "/stock/", "/stock/001?only=zero", "/stock/001/P1", "/people/", "/stores/001",
        "/enrolment/", "/fleet/", "/fleet/store/001", "/fleet/parked?state=settled", "/users", "/audit/?actor=line",
        "/metrics", "/api/v1/products", f"/api/v1/sales/totals?day={DAY}",
    )  # fmt: skip

    assert {path: browser.get(path).status_code for path in pages} == dict.fromkeys(pages, 200)
    assert "<b>29</b>" in browser.get("/stock/001/P1").text
    assert house.value("SELECT sum(quantity) FROM posting") == 0
