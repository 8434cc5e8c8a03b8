"""What a story leaves behind in the process that ran it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
STORY = "tests/browser/test_screens.py::test_a_wrong_pin_keeps_the_question_open"
AFTER = """import asyncio


def test_after() -> None:
    assert asyncio.run(asyncio.sleep(0, "done")) == "done"
"""


def test_a_test_after_a_story_runs_a_loop_of_its_own(tmp_path: Path) -> None:
    """Playwright's loop stayed marked as running: whoever came next in the worker could run none (CI of stop 8)."""
    after = tmp_path / "test_after.py"
    after.write_text(AFTER)
    run = [sys.executable, "-m", "pytest", "-p", "no:randomly", "-p", "no:cacheprovider", STORY, str(after)]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True)
    assert "2 passed" in done.stdout, done.stdout + done.stderr
