"""Folders and small files that outlive a power cut."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kit.files import make_folder, write_whole
from proof.crash import files
from proof.crash.model import cuts, states
from proof.crash.recorder import Recorder
from tests.house.conftest import ROOT

NAMED_MAX = 300


def test_each_new_folder_is_named_durably(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path)
    with files.listening(recorder):
        make_folder(tmp_path / "a" / "b", mode=0o700)

    assert [str(op) for op in recorder.log.ops] == ["folder a", "folder-sync ", "folder a/b", "folder-sync a"]
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path)
    with files.listening(recorder):
        make_folder(tmp_path)

    assert recorder.log.ops == []


def test_every_cut_leaves_the_old_or_the_new_content(tmp_path: Path) -> None:
    write_whole(tmp_path / "keys" / "secret", b"old" * 300, 0o600)
    recorder = Recorder(tmp_path)
    with files.listening(recorder):
        write_whole(tmp_path / "keys" / "secret", b"new" * 400, 0o600)

    left = {
        state.files().get("keys/secret")
        for state, _ in zip(states(cuts(recorder.log), "1"), range(NAMED_MAX), strict=False)
    }
    assert left == {b"old" * 300, b"new" * 400}


def test_a_disk_that_takes_only_a_part_leaves_the_old_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ES-06: the kernel says how much it took; the next try says that there is no room."""
    write_whole(tmp_path / "secret", b"old", 0o600)
    real, room = os.write, [4, 0]

    def nearly_full(handle: int, data: bytes) -> int:
        if not room[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(handle, bytes(data)[: room.pop(0)])

    monkeypatch.setattr(os, "write", nearly_full)
    with pytest.raises(OSError, match="No space"):
        write_whole(tmp_path / "secret", b"new content", 0o600)

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"secret": b"old"}


def test_two_who_write_at_once_leave_one_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second begins and ends while the first is half-way."""
    real = os.write

    def meanwhile(handle: int, data: bytes) -> int:
        monkeypatch.setattr(os, "write", real)
        with ThreadPoolExecutor(1) as other:
            other.submit(write_whole, tmp_path / "secret", b"second", 0o600).result()
        return real(handle, data)

    monkeypatch.setattr(os, "write", meanwhile)
    write_whole(tmp_path / "secret", b"first", 0o600)

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"secret": b"first"}


def test_what_a_dead_writer_left_half_written_goes_with_the_next_write(tmp_path: Path) -> None:
    """Killed in the middle: it is a half-written secret, and no other process will ever write to its name."""
    program = (
        "import os, signal, sys; from pathlib import Path; from kit.files import write_whole\n"
        "os.fsync = lambda handle: os.kill(os.getpid(), signal.SIGKILL)\n"
        "write_whole(Path(sys.argv[1]), b'half', 0o600)"
    )
    subprocess.run([sys.executable, "-c", program, tmp_path / "secret"], cwd=ROOT, check=False)
    ended = threading.Thread(target=lambda: None)
    ended.start()
    ended.join()
    (tmp_path / f"secret.{os.getpid()}-{ended.native_id}.new").write_bytes(
        b"half"
    )  # of a power cut: pids return
    assert len(list(tmp_path.iterdir())) == 2

    write_whole(tmp_path / "secret", b"whole", 0o600)

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"secret": b"whole"}


def test_what_a_living_process_writes_and_what_is_another_file_s_stays(tmp_path: Path) -> None:
    """Process 1 is always there, and no process has the other number."""
    kept = {"secret.1-1.new", "secret.old.4194304-1.new", "a.secret.4194304-1.new"}
    for name in kept:
        (tmp_path / name).write_bytes(b"half")

    write_whole(tmp_path / "secret", b"whole", 0o600)

    assert {path.name for path in tmp_path.iterdir()} == {"secret", *kept}
