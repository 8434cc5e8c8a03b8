"""A command of HQ in a process of its own, which dies by SIGKILL at a named step."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.house.conftest import ROOT

Step = tuple[str, str, str]
"""Module, name in it, "before" or "after" that has been called."""

CHILD = """
import importlib, os, signal, sys
from hq.cli import main
home, module, name, when, *command = sys.argv[1:]
place = importlib.import_module(module)
real = getattr(place, name)
def dying(*arguments, **words):
    if when == "after":
        real(*arguments, **words)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(place, name, dying)
main(["--home", home, *command])
"""


def killed(home: Path, step: Step, *command: str, **environment: str) -> None:
    """Run it until it is dead; another end is a failure."""
    child = subprocess.run(
        [sys.executable, "-c", CHILD, str(home), *step, *command],
        cwd=ROOT,
        env={**os.environ, "LIANPU_LOG": "quiet", **environment},
        capture_output=True,
        timeout=120,
    )
    assert child.returncode == -signal.SIGKILL, child.stderr.decode()[-500:]
