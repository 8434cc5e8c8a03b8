"""What drawing a code leaves behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.house.conftest import ROOT

PROGRAM = """
import os, signal
from drivers.printer.codes import native_qr
assert b"https" in native_qr("https://example.org")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_till_switched_off_at_the_wall_leaves_no_file_of_the_printers_table(tmp_path: Path) -> None:
    """One folder for every start would fill the disk of a store in a bad street."""
    died = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert died.returncode == -signal.SIGKILL, died.stderr
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
