"""What HQ is told of a node's own checks: codes alone, the worst first, and none that HQ sees for itself."""

from __future__ import annotations

import re
from typing import Any

import pytest

from edge.office import reporting
from edge.office.model import Finding
from edge.scrub.model import Finding as Damage
from edge.scrub.model import Report
from schemas.wire.bounds import NAME
from schemas.wire.up import TROUBLES_MAX
from tests.builders.edge import Shop


def test_a_sound_store_has_nothing_to_tell(shop: Shop) -> None:
    assert reporting.troubles(shop.node, []) == []


def test_what_fails_comes_before_what_warns(shop: Shop) -> None:
    shop.node.disk.release()
    shop.node.journal.witness.problem = "/secret/place: no space"
    report = Report(
        at=shop.clock.now_ms(), findings=[Damage(kind="body", why="sum", number="001-01/K7Q2M-3")]
    )
    shop.node.scrubber._last = report

    found = reporting.troubles(shop.node, ["sync.refused"])

    assert found == ["sync.refused", "witness.unwritable", "records.fail", "ballast.warn"]
    assert all(re.fullmatch(NAME, code) for code in found)


def test_what_a_scrub_has_mended_is_told_as_such(shop: Shop) -> None:
    shop.node.scrubber._last = Report(at=shop.clock.now_ms(), repaired=2)

    assert reporting.troubles(shop.node, []) == ["records.repaired"]


def test_what_hq_sees_for_itself_is_left_out(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shop.node.disk, "free_bytes", lambda: 0)
    monkeypatch.setattr(shop.node.clock, "offset_ms", lambda: 3_600_000)

    assert reporting.troubles(shop.node, ["sync.fork", "sync.rollback", "sync.hole", "sync.protocol"]) == []


def test_a_check_that_breaks_is_told_and_ends_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_node: Any) -> Any:
        raise OSError("the disk is gone")

    monkeypatch.setattr(reporting, "TOLD", (broken, *reporting.TOLD))
    shop.node.disk.release()

    assert reporting.troubles(shop.node, []) == ["broken.fail", "ballast.warn"]


def test_there_are_never_too_many(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    many = [Finding("wal", "warn", f"word{n}") for n in range(100)]
    monkeypatch.setattr(reporting, "TOLD", (lambda _node: iter(many),))

    found = reporting.troubles(shop.node, ["sync.refused"])

    assert (len(found), found[0]) == (TROUBLES_MAX, "sync.refused")
