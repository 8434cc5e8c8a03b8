"""Ports for servers: nobody else is given one while its process lives, and no connection begins there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from proof import sockets
from tests.house.conftest import ROOT

LENT = Path("/proc/sys/net/ipv4/ip_local_port_range")


def test_a_port_that_was_given_is_not_given_again_even_to_another_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also while nobody listens on it yet, or no more."""
    monkeypatch.setattr(sockets.os, "getpid", lambda: 17)  # both begin to look at the same place
    ours = [sockets.free_port() for _ in range(3)]
    program = "import os; os.getpid = lambda: 17\nfrom proof.sockets import free_port\nprint(free_port())"

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert len(set(ours)) == 3 and int(done.stdout) not in ours


@pytest.mark.skipif(not LENT.exists(), reason="not Linux")
def test_the_kernel_lends_none_of_them_to_a_client() -> None:
    lowest, _ = map(int, LENT.read_text(encoding="utf-8").split())
    if lowest <= 1024:
        pytest.skip("this machine lends all ports")
    assert sockets.PORTS.stop <= lowest
