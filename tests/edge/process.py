"""A real `lianpu-edge run` in a process of its own."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import requests

from proof.demo.processes import Child
from proof.sockets import free_port
from tests.house.conftest import ROOT
from tests.patience import ENOUGH_SECONDS

_keys = itertools.count(1)


class Running:
    """The server of one home; `ready_ms` is the processor time that it took to answer: other programs of this
    machine do not count.
    """

    def __init__(self, home: Path, port: int | None = None) -> None:
        self.home, self.port = home, port or free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.session = requests.Session()
        self.session.trust_env = False
        self.log = home.parent / f"{home.name}.log"
        self._child = Child(
            "the till", ["-m", "edge.cli", "run"], f"{self.address}/healthz", self.log, self.environment(),
            ready='"server.ready"',
        )  # fmt: skip
        self.start()

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The process of this life."""
        assert self._child.process is not None
        return self._child.process

    @property
    def said(self) -> list[str]:
        """The lines that it has written, all lives in a row."""
        return self.log.read_text(encoding="utf-8").splitlines()

    def environment(self) -> dict[str, str]:
        """What the process is told beside what this one was."""
        witness = str(self.home.parent / f"{self.home.name}.witness")
        return {
            "LIANPU_HOME": str(self.home), "LIANPU_EDGE_PORT": str(self.port), "LIANPU_EDGE_WITNESS": witness,
            "LIANPU_EDGE_BALLAST_MB": "1", "LIANPU_EDGE_DISK_MIN_MB": "1", "LIANPU_EDGE_THREADS": "8",
        }  # fmt: skip

    def start(self) -> None:
        """Begin, and wait until it answers."""
        self._child.start()
        times = psutil.Process(self.process.pid).cpu_times()
        self.ready_ms = int((times.user + times.system) * 1000)

    def kill(self) -> None:
        """SIGKILL, at once."""
        self._child.kill()

    def end(self) -> int:
        """SIGTERM; returns the exit code."""
        self.process.terminate()
        return self.process.wait(timeout=ENOUGH_SECONDS)

    def cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The command line beside it."""
        return subprocess.run(
            [sys.executable, "-m", "edge.cli", *arguments], cwd=ROOT, env=os.environ | self.environment(), capture_output=True,
            text=True, timeout=ENOUGH_SECONDS, check=False,
        )  # fmt: skip

    def post(self, path: str, body: dict[str, Any], key: str | None = None) -> dict[str, Any]:
        """A call of the till's page."""
        answer = self.session.post(
            f"{self.address}/api/v1/{path}", json=body, timeout=ENOUGH_SECONDS,
            headers={"X-Lianpu": "1", "Idempotency-Key": key or f"process-key-{next(_keys)}"},
        )  # fmt: skip
        found: dict[str, Any] = answer.json()
        return found

    def token(self) -> dict[str, Any]:
        """What the control file says."""
        found: dict[str, Any] = json.loads((self.home / "control.json").read_text())
        return found
