"""Whose import is it? Who covers some stores only sees and decides their own files."""

from __future__ import annotations

import io

from hq.imports import actions
from tests.builders.hq import House, a_person, a_product

STOCK = b"store,sku,quantity\n002,P1,5\n002,P9,5\n"


def test_an_import_of_others_is_unknown_to_who_covers_one_store(house: House) -> None:
    a_product(house)
    a_person(house, "local", "merchandiser", ["001"])
    run = actions.dry_run(house.ctx, kind="stock", file_name="secret.csv", content=STOCK).run
    local = house.client("local")

    assert "secret.csv" not in local.get("/imports/").text
    assert local.get(f"/imports/{run}").status_code == 404
    assert local.get(f"/imports/{run}/rejects.csv").status_code == 404
    local.post(f"/imports/{run}/drop")
    local.post(f"/imports/{run}/apply")
    assert house.value("SELECT state FROM import_run WHERE id = :r", r=run) == "dry"


def test_ones_own_import_stays_visible(house: House) -> None:
    a_product(house)
    a_person(house, "local", "merchandiser", ["001"])
    local = house.client("local")
    sent = {"kind": "stock", "file": (io.BytesIO(b"store,sku,quantity\n001,P1,5\n"), "mine.csv")}

    where = local.post("/imports/new", **sent).headers["Location"]

    assert "mine.csv" in local.get("/imports/").text
    assert local.get(where).status_code == 200
    local.post(f"{where}/apply")
    assert house.value("SELECT state FROM import_run") == "applied"


def test_an_auditor_of_the_chain_sees_all(house: House) -> None:
    a_product(house)
    a_person(house, "auditor", "auditor")
    run = actions.dry_run(house.ctx, kind="stock", file_name="seen.csv", content=STOCK).run

    assert house.client("auditor").get(f"/imports/{run}/rejects.csv").status_code == 200
