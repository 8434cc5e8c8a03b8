"""The folder of a new headquarters survives a power cut: its name is synced into the folder above (FAULTS PW-07)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hq.headquarters import Headquarters


def test_the_name_of_a_new_folder_is_durable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced, sync = set[int](), os.fsync

    def fsync(handle: int) -> None:
        synced.add(os.fstat(handle).st_ino)
        sync(handle)

    monkeypatch.setattr(os, "fsync", fsync)

    Headquarters.open(tmp_path / "new" / "hq").close()

    assert {tmp_path.stat().st_ino, (tmp_path / "new").stat().st_ino} <= synced
