"""Drives a target: with atheris (coverage-guided) where it is installed, else with our own seeded mutator."""

from __future__ import annotations

import importlib
import importlib.util
import random
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kit.files import make_folder, write_whole
from proof.fuzz.model import Target, mutated
from retail.clock import Clock


@dataclass(frozen=True)
class Found:
    """The input that broke a promise, and what it raised."""

    data: bytes
    error: str


@dataclass(frozen=True)
class Ran:
    """How often a target ran within how many seconds, and the first finding, if any."""

    executions: int
    seconds: float
    found: Found | None = None


def attempt(target: Target, data: bytes) -> Found | None:
    """One execution."""
    try:
        target.one(data)
    except Exception as error:  # noqa: BLE001 — whatever comes out of a target is what is looked for
        return Found(data, f"{type(error).__name__}: {error}"[:400])
    return None


def by_ourselves(
    target: Target, clock: Clock, *, seconds: float, seed: int, executions: int | None = None
) -> Ran:
    """Mutate the target's seeds until the time or the number is over, or something is found."""
    chance, seeds = random.Random(seed), list(target.seeds())
    began, done, found = clock.monotonic_ms(), 0, None
    while found is None and (executions is None or done < executions):
        spent = (clock.monotonic_ms() - began) / 1000
        if spent >= seconds:
            break
        data = seeds[done] if done < len(seeds) else mutated(seeds, chance)
        found = attempt(target, data)
        done += 1
    return Ran(done, (clock.monotonic_ms() - began) / 1000, found)


def has_atheris() -> bool:
    """Is the coverage-guided engine installed (extra `fuzz`)?"""
    return importlib.util.find_spec("atheris") is not None


def by_atheris(name: str, *, seconds: int, seed: int) -> None:
    """Hand over to libFuzzer with every module of ours instrumented; it prints its own figures and ends the process."""
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["drivers", "hq", "kit", "retail", "schemas", "sync", "biip"]):
        targets = importlib.import_module("proof.fuzz.targets")
    target: Target = targets.TARGETS[name]
    corpus = Path(tempfile.mkdtemp(prefix="lianpu-fuzz-"))
    make_folder(corpus / "seeds")
    for n, data in enumerate(target.seeds()):
        write_whole(corpus / "seeds" / f"{n:03d}", data, 0o600)
    options = [
        f"-max_total_time={seconds}", f"-seed={seed}", "-max_len=8192", "-print_final_stats=1",
        "-rss_limit_mb=2048", f"-artifact_prefix={corpus}/",
    ]  # fmt: skip
    atheris.Setup(["proof.fuzz", *options, str(corpus / "seeds")], target.one)
    atheris.Fuzz()
