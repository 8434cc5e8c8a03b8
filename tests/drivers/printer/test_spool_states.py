"""The table of print job states: each legal move, every other refused."""

from typing import get_args

import pytest

from drivers.printer.protocol import JobState, cut_token, fence_token
from drivers.printer.spool_states import FINISHED, OPEN, after_restart, move
from retail.errors import Conflict

STATES: tuple[JobState, ...] = get_args(JobState)
LEGAL = """
QUEUED BLOCKED SENDING CANCELLED
BLOCKED QUEUED BLOCKED SENDING CANCELLED
SENDING BLOCKED SENDING CONFIRMED DONE SENT_UNVERIFIED UNKNOWN
CONFIRMED DONE
SENT_UNVERIFIED DONE UNKNOWN
UNKNOWN DONE CANCELLED
DONE
CANCELLED
"""
TABLE = {line.split()[0]: set(line.split()[1:]) for line in LEGAL.strip().splitlines()}


@pytest.mark.parametrize("old", STATES)
@pytest.mark.parametrize("new", STATES)
def test_only_the_moves_of_the_table_are_allowed(old: JobState, new: JobState) -> None:
    if new in TABLE[old]:
        assert move(old, new, body_left=False) == new
    else:
        with pytest.raises(Conflict) as refused:
            move(old, new, body_left=False)
        assert refused.value.code == "spool.illegal_move"


@pytest.mark.parametrize("new", ["QUEUED", "CANCELLED", "DONE"])
def test_a_job_blocked_with_body_bytes_in_the_printer_is_neither_requeued_nor_cancelled(
    new: JobState,
) -> None:
    with pytest.raises(Conflict):
        move("BLOCKED", new, body_left=True)

    assert move("BLOCKED", "SENDING", body_left=True) == "SENDING"
    assert move("BLOCKED", "UNKNOWN", body_left=True) == "UNKNOWN"


@pytest.mark.parametrize(
    ("state", "body_left", "expected"),
    [
        ("QUEUED", False, ("QUEUED", "")),
        ("BLOCKED", False, ("BLOCKED", "")),
        ("BLOCKED", True, ("UNKNOWN", "job.unknown")),
        ("SENDING", False, ("UNKNOWN", "job.unknown")),
        ("SENDING", True, ("UNKNOWN", "job.unknown")),
        ("CONFIRMED", True, ("DONE", "cut not confirmed")),
        ("DONE", True, ("DONE", "")),
    ],
)
def test_a_restart_knows_nothing_of_what_was_being_sent(
    state: JobState, body_left: bool, expected: tuple[JobState, str]
) -> None:
    assert after_restart(state, body_left=body_left) == expected


def test_every_state_is_open_or_finished() -> None:
    assert set(STATES) == OPEN | FINISHED
    assert not OPEN & FINISHED


def test_tokens_are_printable_and_differ_from_each_other_and_from_cut_tokens() -> None:
    tokens = [fence_token(number) for number in range(0, 3_000_000, 97)]
    cuts = [cut_token(token) for token in tokens]

    assert len(set(tokens) | set(cuts)) == 2 * len(tokens)
    assert all(0x20 <= byte <= 0x7E for token in tokens + cuts for byte in token)
