"""Files of backups: fetched from whoever has them whole, read back where they lie."""

from __future__ import annotations

import hashlib
from pathlib import Path

from hq.backups.targets import Target
from retail.errors import Unavailable


def fetch(targets: list[Target], name: str, file: Path, sha256: str) -> bool:
    """From the first target that has it whole."""
    for target in targets:
        try:
            target.get(name, file)
        except Unavailable:
            continue
        if digest(file) == sha256:
            return True
    return False


def reads_back(target: Target, name: str, sha256: str, file: Path) -> bool:
    """Is the copy at this target whole? It is read into `file`, which does not stay; raises what the target does."""
    try:
        target.get(name, file)
        return digest(file) == sha256
    finally:
        file.unlink(missing_ok=True)


def digest(file: Path) -> str:
    """SHA-256 of a file, as hex."""
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
