"""The main job on real processes: ring it up, cut the line, keep selling, reconcile to the cent (20 baskets)."""

from __future__ import annotations

import subprocess
import sys

import pytest

from proof.demo.selfcheck.browser import find_browser
from tests.house.conftest import ROOT

pytestmark = [pytest.mark.story, pytest.mark.xdist_group("processes"), pytest.mark.timeout(600)]


@pytest.mark.parametrize("chain", ["hkd", "cny"])
def test_selfcheck_with_twenty_baskets_holds_every_figure(chain: str) -> None:
    """The chain with tax inside its prices does without the browser, whose part does not differ."""
    command = [sys.executable, "-m", "proof.demo", "--selfcheck", "--baskets", "20", "--chain", chain]
    if chain == "cny" or find_browser() is None:
        command.append("--no-browser")

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=580, check=False)

    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "selfcheck PASSED" in done.stdout
