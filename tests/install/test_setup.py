"""The installer's environment, also after a run that stopped halfway."""

from __future__ import annotations

import importlib.util
import subprocess
import venv
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SETUP = Path(__file__).resolve().parents[2] / "install" / "setup.py"


@pytest.fixture
def setup() -> ModuleType:
    """The script as a module; it runs before anything is installed, so it is no package."""
    spec = importlib.util.spec_from_file_location("lianpu_setup", SETUP)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_half_an_environment_without_pip_is_made_whole(
    setup: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Debian leaves it without python3-venv: an interpreter, no pip. The second run repairs it."""
    folder = tmp_path / "environment"
    venv.create(folder, with_pip=False)
    assert not setup.has_pip(folder / "bin" / "python")
    monkeypatch.setenv("LIANPU_VENV", str(folder))
    asked = []

    def run(command: list[str], **how: Any) -> Any:
        if "install" in command:
            asked.append(command)
            return subprocess.CompletedProcess(command, 0, "", "")
        return real(command, **how)

    real = subprocess.run
    monkeypatch.setattr(setup.subprocess, "run", run)
    python = setup.ensure_python("edge")

    assert setup.has_pip(python)
    assert [command[0] for command in asked] == [str(python)]
    assert (folder / "lianpu.stamp").read_text() == setup.stamp("edge")


def test_what_is_missing_is_named_and_the_next_run_may_try_again(
    setup: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No stamp is left behind by a failure."""
    folder = tmp_path / "environment"

    def fail(*_how: Any, **_named: Any) -> None:
        venv.EnvBuilder(with_pip=False).create(folder)
        raise subprocess.CalledProcessError(1, "ensurepip")

    monkeypatch.setenv("LIANPU_VENV", str(folder))
    monkeypatch.setattr(setup.venv, "create", fail)
    with pytest.raises(SystemExit, match="apt-get install python3-venv"):
        setup.ensure_python("edge")
    with pytest.raises(SystemExit, match="apt-get install python3-venv"):
        setup.ensure_python("edge")
    assert not (folder / "lianpu.stamp").exists()
