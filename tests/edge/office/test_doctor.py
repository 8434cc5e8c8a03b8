"""The doctor finds what is planted, says what to do, and finishes on a sick computer."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from edge.node import Node
from edge.office import doctor
from edge.office.checks import python
from kit.i18n import LANGUAGES
from schemas.config.edge import EdgeConfig
from tests.builders.edge import Shop
from tests.edge.spool.rig import Rig, printer_row, put_terminal


def states(node: Any, **options: Any) -> dict[str, str]:
    return {check["id"]: check["state"] for check in doctor.run(node, **options)["checks"]}


def test_a_sound_store_passes_but_for_the_hq_it_has_never_met(shop: Shop) -> None:
    found = states(shop.node)

    assert {name for name, state in found.items() if state != "pass"} == {"hq", "contact"}
    for name in ("python", "engine", "settings", "integrity.node", "integrity.reference", "wal", "disk",
                 "ballast", "witness", "chain", "clock", "outbox", "papers", "font", "store"):  # fmt: skip
        assert found[name] == "pass"


def test_every_check_has_words_and_every_trouble_a_remedy(shop: Shop) -> None:
    for language in LANGUAGES:
        for check in doctor.run(shop.node, language)["checks"]:
            assert not check["message"].startswith("office."), check
            assert check["state"] == "pass" or check["fix"], check


def test_a_node_without_a_store_says_how_to_enrol(tmp_path: Path) -> None:
    node = Node(tmp_path / "node", EdgeConfig(witness=str(tmp_path / "w"), ballast_mb=1, disk_min_mb=1))

    report = doctor.run(node)

    assert report["state"] == "fail"
    (check,) = [check for check in report["checks"] if check["id"] == "store"]
    assert "lianpu-edge enrol" in check["fix"]
    node.close()


def test_an_edited_link_is_named(shop: Shop) -> None:
    with shop.node.db.write() as tx:
        tx.execute("DROP TRIGGER link_is_never_edited")
        tx.execute("UPDATE link SET hash = zeroblob(32) WHERE seq = 1")

    (check,) = [check for check in doctor.run(shop.node)["checks"] if check["id"] == "chain"]

    assert check["state"] == "fail" and "Record 2" in check["message"] or "Record 1" in check["message"]


def test_a_missing_ballast_and_a_witness_that_cannot_be_written_are_found(shop: Shop) -> None:
    shop.node.disk.release()
    shop.node.journal.witness.problem = "no space"

    found = states(shop.node)

    assert (found["ballast"], found["witness"]) == ("warn", "fail")


def test_a_rolled_back_disk_is_told(shop: Shop) -> None:
    with shop.node.journal.writing() as tx:
        shop.node.journal.mint(tx, "001", "rollback", shop.clock.now_ms())

    (check,) = [check for check in doctor.run(shop.node)["checks"] if check["id"] == "history"]

    assert check["state"] == "warn" and "older disk" in check["message"]


def test_old_unsent_records_warn_then_fail(shop: Shop) -> None:
    shop.clock.advance(2 * 3_600_000)
    assert states(shop.node)["outbox"] == "warn"

    shop.clock.advance(8 * 24 * 3_600_000)
    assert states(shop.node)["outbox"] == "fail"


def test_a_leap_of_the_clock_is_named_with_what_to_do(shop: Shop) -> None:
    shop.clock.set_wall(shop.clock.now_ms() + 60 * 24 * 3_600_000)
    shop.node.watch_clock()

    found = next(check for check in doctor.run(shop.node)["checks"] if check["id"] == "clock")

    assert (found["state"], found["fix"]) == (
        "fail",
        "Set the clock of the computer when it is wrong, or let the node reach HQ once; a new stick from HQ takes"
        " back a wrong time of the last one.",
    )


def test_an_unreachable_hq_warns_and_names_the_address(shop: Shop) -> None:
    from edge.syncing.identity import Identity, save
    from schemas.wire.up import SignedReceipt

    with shop.node.journal.writing() as tx:
        save(tx, Identity("001", "http://127.0.0.1:9", b"k" * 32, SignedReceipt(b"r", b"s" * 64)))

    (check,) = [check for check in doctor.run(shop.node)["checks"] if check["id"] == "hq"]

    assert check["state"] == "warn" and "http://127.0.0.1:9" in check["message"]


def test_devices_are_asked_without_moving_paper(rig: Rig) -> None:
    before = rig.printer.counts()["papers"]

    found = states(rig.node)

    assert (found["device.printer:01"], found["device.drawer:01"]) == ("pass", "pass")
    assert (rig.printer.counts()["papers"], rig.printer.counts()["pulses"]) == (before, 0)
    assert rig.printer.hanging().blank


def test_a_device_that_waits_for_a_person_does_not_hold_the_doctor_up(rig: Rig, monkeypatch: Any) -> None:
    from edge.office import device_checks

    monkeypatch.setattr(device_checks, "TEST_SECONDS", 0.1)
    rig.printer.set("paper_after", 200)
    sale = rig.sell()
    rig.wait(sale, "BLOCKED")

    found = states(rig.node)

    assert found["papers"] == "warn" and "device.printer:01" in found
    rig.printer.new_roll()
    rig.wait(sale, "DONE")


def test_without_a_server_the_devices_are_built_for_the_test(shop: Shop) -> None:
    put_terminal(shop, "01", {"printer": printer_row(9)})
    put_terminal(shop, "02", {"printer": {"transport": "pigeon"}})

    found = states(shop.node)

    assert (found["device.printer:01"], found["profiles"]) == ("warn", "fail")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open every port")
def test_a_port_that_may_not_be_opened_names_its_group(shop: Shop, tmp_path: Path) -> None:
    port = tmp_path / "port"
    port.touch(mode=0)
    put_terminal(shop, "01", {"scanner": {"transport": "serial", "port": str(port)}})

    assert states(shop.node)["access.port"] == "fail"


def test_a_check_that_breaks_is_a_failed_check(shop: Shop, monkeypatch: Any) -> None:
    def broken(_node: Any) -> Any:
        raise RuntimeError("sick")

    monkeypatch.setattr(doctor, "QUICK", (broken, python))

    assert states(shop.node, quick=True) == {"broken.broken": "fail", "python": "pass"}
