"""Each act: what its log holds, and that no state of it loses anything or leaves anything half."""

from __future__ import annotations

import pytest

from proof.crash.acts import ACTS
from proof.crash.log import FOLDER_SYNC, MOVE, TRUNCATE, UNNAME
from proof.crash.run import Played, enumerate_cuts, folders, replay, subfolder

SOME = 400


def kinds_of(act: str) -> set[str]:
    with folders() as folder:
        played = Played(ACTS[act], subfolder(folder, act), 1)
        played.shop.close()
        return {op.kind for op in played.log.ops}


def test_the_acts_that_were_promised_are_all_there() -> None:
    assert set(ACTS) >= {
        "sale",
        "return",
        "z",
        "hold",
        "receipt",
        "scope",
        "migration",
        "files",
        "checkpoint",
        "salvage",
    }


def test_small_files_are_written_beside_synced_and_renamed() -> None:
    assert kinds_of("files") >= {MOVE, UNNAME, FOLDER_SYNC}


def test_a_log_that_is_moved_into_the_database_is_cut_short_and_removed() -> None:
    assert kinds_of("checkpoint") >= {TRUNCATE, UNNAME}


@pytest.mark.parametrize("act", ["heal", "zone", "migration", "files", "salvage"])
def test_an_act_loses_nothing_and_leaves_nothing_half(act: str) -> None:
    (tally,) = enumerate_cuts([act], 0)

    assert tally.wrong == []
    assert tally.operations > 40 and tally.boots >= 10


def test_the_same_seed_gives_the_same_states() -> None:
    first, _, _ = replay("hold", SOME)
    again, _, found = replay("hold", SOME)

    assert (first.label, [str(op) for op in first.kept]) == (again.label, [str(op) for op in again.kept])
    assert found == []
