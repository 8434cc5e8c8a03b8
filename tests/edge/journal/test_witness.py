"""The newest head in a small file outside the database's directory."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.journal.witness import SLOT_BYTES, Witness, Witnessed


def seen(seq: int, **numbers: str) -> Witnessed:
    return Witnessed("001", "a" * 32, seq, "00" * 32, numbers)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outside" / "node.witness"


def test_the_newest_of_two_slots_is_read(path: Path) -> None:
    witness = Witness(path)
    for seq in (1, 2, 3):
        witness.write(seen(seq, t01=f"K7Q2M-{seq}"))

    assert Witness(path).read() == seen(3, t01="K7Q2M-3")
    assert path.stat().st_size == 2 * SLOT_BYTES
    witness.close()


def test_a_torn_slot_leaves_the_other_one(path: Path) -> None:
    witness = Witness(path)
    witness.write(seen(1))
    witness.write(seen(2))
    newest = bytearray(path.read_bytes())
    newest[20:SLOT_BYTES] = b"\xff" * (SLOT_BYTES - 20)  # counter 2 lies in the first slot

    path.write_bytes(newest)

    assert Witness(path).read() == seen(1)
    witness.close()


@pytest.mark.parametrize("content", [b"", b"x", b"\0" * 1024, b"\xff" * 1024, b"garbage" * 200, b"\0" * 512])
def test_garbage_is_no_witness(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)

    assert Witness(path).read() is None


def test_a_witness_goes_on_counting_after_a_restart_even_unread(path: Path) -> None:
    first = Witness(path)
    for seq in range(1, 8):
        first.write(seen(seq))
    first.close()

    second = Witness(path)
    second.write(seen(8))

    assert Witness(path).read() == seen(8)
    second.close()


def test_too_many_numbers_give_way_to_the_head(path: Path) -> None:
    witness = Witness(path)
    witness.write(seen(5, **{f"t{n}": f"K7Q2M-{n}" for n in range(60)}))

    assert Witness(path).read() == seen(5)
    witness.close()


def test_a_failed_write_is_a_problem_and_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    witness = Witness(tmp_path / "file" / "node.witness")

    witness.write(seen(1))

    assert witness.problem is not None and "node.witness" in witness.problem
    assert witness.read() is None


def test_a_witness_file_that_was_deleted_while_running_is_made_anew(path: Path) -> None:
    witness = Witness(path)
    witness.write(seen(1))
    path.unlink()

    witness.write(seen(2))
    witness.write(seen(3))

    assert Witness(path).read() == seen(3)
    assert witness.problem is None
    witness.flush()
    witness.close()
