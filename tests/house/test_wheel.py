"""What a store PC gets: the wheel carries texts, pages, browser files and schema."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.house.conftest import ROOT

WANTED = (
    "edge/static/vendor/htm.module.js",
    "hq/static/vendor/htmx.min.js",
    "edge/till/templates/till/till.html",
    "edge/till/static/till/app.mjs",
    "edge/i18n/zh_Hans/till.po",
    "hq/i18n/en/console.po",
    "schemas/sql/edge/0001_journal.sql",
    "schemas/sql/hq/versions/0001_log.py",
    "schemas/sql/hq/env.py",
    "drivers/templates/bench/bench.html",
)


NOT_SOURCES = (".git", ".venv", "node_modules", "build", "tests", "*.egg-info", "__pycache__")


@pytest.mark.timeout(300)
def test_the_wheel_carries_everything_that_runs(tmp_path: Path) -> None:
    # of a copy: what pip makes and removes beside the sources would stand in the way of those who walk through them
    sources = shutil.copytree(ROOT, tmp_path / "sources", ignore=shutil.ignore_patterns(*NOT_SOURCES))
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "-q", "-w", str(tmp_path)]
    done = subprocess.run([*command, str(sources)], capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr[-2000:]

    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())

    assert [name for name in WANTED if name not in names] == []
    assert [name for name in names if name.startswith(("tests/", "node_modules/"))] == []
