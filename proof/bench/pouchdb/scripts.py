"""The peer's two Node processes: fetched once by npm from the lock file beside this module, driven by JSON lines."""

from __future__ import annotations

import importlib.util
import json
import os
import select
import shutil
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

from proof.skipped import Skipped

HERE = Path(__file__).resolve().parent
VENDOR = HERE.parents[2] / "install" / "vendor.py"
NAME = "pouchdb"
PATIENCE = 600.0
READ_SIZE = 65_536
Words = dict[str, Any]


def installer() -> ModuleType:
    """The installation's own way to npm; Skipped where this is no checkout."""
    spec = importlib.util.spec_from_file_location("lianpu_vendor", VENDOR)
    if not VENDOR.exists() or spec is None or spec.loader is None:
        raise Skipped("no npm: PouchDB is installed from a checkout of Lianpu only")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def is_here() -> bool:
    """Are the packages there already, so that nothing has to be fetched?"""
    vendor = installer()
    place: Path = vendor.place(vendor.default_cache(), HERE, NAME)
    return (place / "complete").exists()


def modules() -> Path:
    """The folder of the packages, fetched when they are not there; Skipped when they cannot be."""
    vendor = installer()
    try:
        found: Path = vendor.fetch(vendor.default_cache(), HERE, NAME)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Skipped(f"no PouchDB: npm could not fetch it ({error})") from error
    return found


def node() -> str:
    """The Node that belongs to the installation's npm."""
    vendor = installer()
    npm = Path(vendor.find_npm(vendor.default_cache())[0])
    found = shutil.which("node", path=os.pathsep.join([str(npm.parent), os.environ.get("PATH", "")]))
    if found is None:
        raise Skipped("no Node beside npm")
    return found


class Script:
    """One Node process of this folder; a line asked, a line answered. `seen` keeps what came unasked."""

    def __init__(self, name: str, packages: Path, log: Path, *arguments: str) -> None:
        self.seen: dict[str, int] = {}
        self._log, self._rest = log, b""
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [node(), str(HERE / name), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                env={**os.environ, "NODE_PATH": str(packages)},
            )  # fmt: skip

    def ask(self, do: str, **facts: Any) -> Words:
        """The answer; RuntimeError with the end of its log when the process is gone or says nothing for minutes."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **facts}).encode() + b"\n")
        self._process.stdin.flush()
        return self.told()

    def told(self) -> Words:
        """The next answer; changes on the way are kept in `seen`."""
        while "seen" in (words := self._line()):
            self.seen[words["seen"]] = words["at"]
        return words

    def wait_seen(self, name: str) -> int:
        """Nanoseconds of the monotonic clock at which a document was seen."""
        while name not in self.seen:
            words = self._line()
            self.seen[words["seen"]] = words["at"]
        return self.seen[name]

    def stop(self) -> None:
        """The end of its input ends the process."""
        self._process.communicate(timeout=PATIENCE)

    def _line(self) -> Words:
        assert self._process.stdout is not None
        output = self._process.stdout.fileno()
        while b"\n" not in self._rest:
            ready = select.select([output], [], [], PATIENCE)[0]
            data = os.read(output, READ_SIZE) if ready else b""
            if not data:
                raise RuntimeError(
                    f"PouchDB said nothing more:\n{self._log.read_text(errors='replace')[-2000:]}"
                )
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        words: Words = json.loads(line)
        return words
