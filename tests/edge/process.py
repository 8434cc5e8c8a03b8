"""A real `lianpu-edge run` in a process of its own."""

from __future__ import annotations

import itertools
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import requests

from tests.house.conftest import ROOT

_keys = itertools.count(1)


def free_port() -> int:
    """A port that nobody uses just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Running:
    """The server of one home; `ready_ms` is the processor time that it took to answer: other programs of this
    machine do not count.
    """

    def __init__(self, home: Path, port: int | None = None) -> None:
        self.home, self.port = home, port or free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.session = requests.Session()
        self.session.trust_env = False
        self.start()

    def environment(self) -> dict[str, str]:
        """What the process is told."""
        witness = str(self.home.parent / f"{self.home.name}.witness")
        return {
            **os.environ, "LIANPU_HOME": str(self.home), "LIANPU_EDGE_PORT": str(self.port),
            "LIANPU_EDGE_WITNESS": witness, "LIANPU_EDGE_BALLAST_MB": "1", "LIANPU_EDGE_DISK_MIN_MB": "1",
            "LIANPU_EDGE_THREADS": "8",
        }  # fmt: skip

    def start(self) -> None:
        """Begin, and wait until it says that it is ready."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "edge.cli", "run"], cwd=ROOT, env=self.environment(), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        self.said: list[str] = []
        for line in self.process.stdout:
            self.said.append(line)
            if '"server.ready"' in line:
                break
        else:
            raise AssertionError(
                "".join(self.said) + (self.process.stderr.read() if self.process.stderr else "")
            )
        times = psutil.Process(self.process.pid).cpu_times()
        self.ready_ms = int((times.user + times.system) * 1000)

    def kill(self) -> None:
        """SIGKILL, at once."""
        self.process.send_signal(signal.SIGKILL)
        self._reap()

    def end(self) -> int:
        """SIGTERM; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        out, _ = self.process.communicate(timeout=30)
        self.said.append(out)
        return self.process.returncode

    def _reap(self) -> None:
        self.process.wait(timeout=30)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()

    def cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The command line beside it."""
        return subprocess.run(
            [sys.executable, "-m", "edge.cli", *arguments], cwd=ROOT, env=self.environment(), capture_output=True,
            text=True, timeout=60, check=False,
        )  # fmt: skip

    def post(self, path: str, body: dict[str, Any], key: str | None = None) -> dict[str, Any]:
        """A call of the till's page."""
        answer = self.session.post(
            f"{self.address}/api/v1/{path}", json=body, timeout=30,
            headers={"X-Lianpu": "1", "Idempotency-Key": key or f"process-key-{next(_keys)}"},
        )  # fmt: skip
        found: dict[str, Any] = answer.json()
        return found

    def token(self) -> dict[str, Any]:
        """What the control file says."""
        found: dict[str, Any] = json.loads((self.home / "control.json").read_text())
        return found
