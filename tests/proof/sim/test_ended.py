"""SIGTERM in the middle of a run: its workers end with it, and nothing of it is left in the memory folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from proof.demo.processes import ENDED
from tests.house.conftest import ROOT

# Says who works in which folder, when it is in the middle of it.
SAYS = """
import os, signal, sys
from proof.crash import kills, run
from proof.sim import run as worlds

signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background is born deaf to it

def saying(real, folder):
    def said(made, *more):
        print(os.getpid(), folder(made), flush=True)
        return real(made, *more)
    return said

worlds.play = saying(worlds.play, lambda world: world.folder)
kills._sell_for_ever = saying(kills._sell_for_ever, lambda root: root.parent.parent)
run.Played.play_named = saying(run.Played.play_named, lambda played: played.shop.template.parent.parent.parent)

from proof.sim.cli import main
main(sys.argv[1:])
"""


@pytest.mark.parametrize(
    ("words", "workers"),
    [
        ("world --seeds 40 --no-past --jobs 1", 1),
        ("world --seeds 40 --no-past --jobs 2", 2),
        ("ablate --seeds 40 --only mirror_not_asked --jobs 1", 1),
        ("crash --act sale --states 1000000", 1),
        ("crash --part kills --count 1000000", 1),
    ],
)
def test_a_run_that_is_told_to_end_leaves_neither_folders_nor_workers(words: str, workers: int) -> None:
    assert ended(words, workers, lambda run: run.terminate()) == ENDED


def test_ctrl_c_ends_a_run_once_and_its_workers_clean_up() -> None:
    """The terminal tells all of them; the workers leave it to the one that gave them their work."""
    words = "world --seeds 40 --no-past --jobs 2"

    assert ended(words, 2, lambda run: os.killpg(run.pid, signal.SIGINT)) == 1


def ended(words: str, workers: int, end: Callable[[subprocess.Popen[str]], None]) -> int:
    """The exit code of a run that was ended in the middle of its work."""
    command = [sys.executable, "-c", SAYS, *words.split()]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as run:
        assert run.stdout is not None
        said = dict[int, Path]()
        while len(said) < workers:
            first, _, second = run.stdout.readline().strip().partition(" ")
            if first.isdigit():
                said[int(first)] = Path(second)
        assert all(folder.is_dir() for folder in said.values())

        end(run)
        run.stdout.read()
        code = run.wait(timeout=120)
    assert [folder for folder in said.values() if folder.exists()] == []
    assert [worker for worker in said if psutil.pid_exists(worker)] == []
    return code
