"""Prepares one environment: a virtual environment from pinned packages, and the pinned browser files.

Standard library only; runs before the environment exists. What needs root is printed as a command, never run
behind anyone's back. A second run with nothing changed takes under a second.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PYTHON_MIN = (3, 11)


def say(text: str) -> None:
    """One line to the person, at once."""
    print(f"· {text}", flush=True)


def environment() -> Path:
    """Where the virtual environment is."""
    return Path(os.environ.get("LIANPU_VENV") or ROOT / ".venv")


def stamp(extras: str) -> str:
    """Changes when a pin, the packaging or the interpreter changes."""
    digest = hashlib.sha256(f"{sys.version}|{extras}|{ROOT}".encode())
    for name in ("constraints.txt", "setup.cfg", "pyproject.toml"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def has_pip(python: Path) -> bool:
    """Is this a whole environment? Without Debian's python3-venv an interpreter stands there alone."""
    if not python.exists():
        return False
    return (
        subprocess.run([str(python), "-m", "pip", "--version"], capture_output=True, check=False).returncode
        == 0
    )


def make(folder: Path) -> None:
    """A new environment, in place of the half of one that an earlier run left behind."""
    say(f"making a virtual environment in {folder.name}")
    try:
        venv.create(folder, with_pip=True, clear=(folder / "pyvenv.cfg").exists())
    except subprocess.CalledProcessError:
        sys.exit("Python cannot make a virtual environment here; on Debian: apt-get install python3-venv")


def ensure_python(extras: str) -> Path:
    """Make or refresh the virtual environment; returns its interpreter."""
    if sys.version_info < PYTHON_MIN:
        sys.exit(
            "Lianpu needs Python 3.11 or newer; on Debian and Ubuntu: apt-get install python3.11 python3.11-venv"
        )
    folder = environment()
    python = folder / "bin" / "python"
    mark = folder / "lianpu.stamp"
    wanted = stamp(extras)
    if python.exists() and mark.exists() and mark.read_text() == wanted:
        return python
    if not has_pip(python):
        make(folder)
    say("installing pinned packages (a minute or two the first time)")
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["-c", str(ROOT / "constraints.txt"), "-e", f"{ROOT}[{extras}]"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:  # its warnings are noise as long as it succeeds
        sys.exit(f"{done.stdout}{done.stderr}The packages could not be installed; see the lines above.")
    mark.write_text(wanted)
    return python


def ensure_browser_files(python: Path) -> None:
    """Copy the pinned browser files; `vendor.py` finds or brings an npm."""
    subprocess.run([str(python), str(ROOT / "install" / "vendor.py")], check=True)


def find_browser() -> str | None:
    """A Chromium that headless tests can drive."""
    named = os.environ.get("LIANPU_BROWSER")
    if named:
        return named
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def ensure_debian(packages: dict[str, str]) -> list[str]:
    """Install missing Debian packages as root; otherwise say the command and go on. Returns what is missing."""
    missing = [package for package, probe in packages.items() if not _present(probe)]
    if not missing:
        return []
    command = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        say(f"missing: {', '.join(missing)}. With root: {' '.join(command)}")
        return missing
    say(f"installing Debian packages: {', '.join(missing)}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], check=False, env=quiet, stdout=subprocess.DEVNULL)
    subprocess.run(command, check=False, env=quiet, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return [package for package in missing if not _present(packages[package])]


def _present(probe: str) -> bool:
    if probe.startswith("/"):
        return any(Path("/").glob(probe.lstrip("/")))
    if probe == "chromium":
        return find_browser() is not None
    return shutil.which(probe) is not None


def main() -> None:
    """`setup.py --extras edge,hq,dev [--browser]`: prints the interpreter to use as its last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--extras", default="edge,hq")
    parser.add_argument(
        "--tests", action="store_true", help="also what the tests drive: Chromium, zbar, fonts"
    )
    arguments = parser.parse_args()
    python = ensure_python(arguments.extras)
    ensure_browser_files(python)
    packages = {"fonts-wqy-microhei": "/usr/share/fonts/**/wqy-microhei*"}
    if arguments.tests:
        packages |= {
            "chromium": "chromium",
            "zbar-tools": "zbarimg",
            "fonts-noto-cjk": "/usr/share/fonts/**/NotoSansCJK*",
        }
    ensure_debian(packages)


if __name__ == "__main__":
    main()
