"""Files and rows that a start or an enrolment cannot write are refused in words, not by a traceback."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import msgspec
import pytest

from edge import control
from edge.journal.repository import set_meta
from edge.node import Node
from edge.wsgi import EdgeServer
from kit.clock import ManualClock
from retail.errors import Misconfigured, Unavailable
from tests.builders.edge import NOON, Shop, config_for
from tests.edge.syncing.test_full_disk import empty, fill


def test_a_key_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "keys").write_bytes(b"no folder")

    with pytest.raises(Misconfigured, match="keys"):
        Node(home, config_for(home), ManualClock(NOON))


def test_a_certificate_that_cannot_be_written_is_named(shop: Shop) -> None:
    shop.node.config = msgspec.structs.replace(
        config_for(shop.node.home), lan=True, host_names=["till.local"]
    )
    shutil.rmtree(shop.node.home / "keys")
    (shop.node.home / "keys").write_bytes(b"no folder")

    with pytest.raises(Misconfigured, match="keys"):
        EdgeServer(shop.node)


def test_a_token_that_finds_no_room_is_named_and_the_server_ends(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> str:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(control, "write_secret", full)
    shop.node.config = msgspec.structs.replace(config_for(shop.node.home), port=0)

    with pytest.raises(Misconfigured, match="No space left"):
        EdgeServer(shop.node).run()


def test_an_enrolment_on_a_full_disk_is_refused_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    node = Node(tmp_path / "home", config_for(tmp_path / "home"), ManualClock(NOON))
    fill(node.db)

    with pytest.raises(Unavailable, match=r"disk\.full"):
        node.become("001", lambda tx: set_meta(tx, "certificate", "x" * 100_000))

    assert not node.enrolled and node.db.value("SELECT count(*) FROM inc") == 0
    empty(node.db)
    node.become("001")
    assert node.enrolled
    node.close()
