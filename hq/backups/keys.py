"""The backup key: 256 bits in `keys/backup.key`, and its words on paper.

Without it a backup is noise, so it must also lie somewhere else: `lianpu-hq backup-key` prints it for the safe.
It is no part of any backup and never of a log.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

from hq.backups.sealed import KEY_BYTES
from kit.crypto import random_bytes, write_secret
from retail.errors import Conflict, Invalid, NotNow

FILE = Path("keys") / "backup.key"
CHECK_BYTES = 3


def load_or_create(home: Path, *, proven: bool) -> bytes:
    """The key of this headquarters; the first backup makes it.

    `proven`: backups were made with one. `NotNow("backups.key_lost")` when it is gone all the same: another one would
    make backups that the words in the safe do not open.
    """
    path = home / FILE
    if not path.exists():
        if proven:
            raise NotNow("backups.key_lost", path=str(path))
        write_secret(path, random_bytes(KEY_BYTES))
    return load(path)


def id_of(key: bytes) -> str:
    """Which key it is, in 16 hexadecimal digits; nobody can tell the key from it."""
    return hashlib.sha256(b"lianpu-backup-key-id/1\0" + key).hexdigest()[:16]


def keep(home: Path, key: bytes) -> None:
    """The key that has opened a backup is this headquarters' from now on, or `Conflict("backups.key_other")`."""
    path = home / FILE
    if not path.exists():
        write_secret(path, key)
    elif not _holds(path, key):
        raise Conflict("backups.key_other", path=str(path))


def load(path: Path) -> bytes:
    """A key file, or a file with the words of `to_words`."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise Invalid("backups.key_missing", path=str(path)) from error
    return raw if len(raw) == KEY_BYTES else from_words(raw.decode("ascii", errors="replace"))


def to_words(key: bytes) -> str:
    """14 groups of 4 letters and digits; the last ones tell a mistake in copying."""
    text = base64.b32encode(key + _check(key)).decode().rstrip("=")
    return "-".join(text[i : i + 4] for i in range(0, len(text), 4))


def from_words(text: str) -> bytes:
    """The key behind the words; small letters, blanks and line ends do not matter."""
    plain = re.sub(r"[\s-]", "", text).upper()
    try:
        raw = base64.b32decode(plain + "=" * (-len(plain) % 8))
    except ValueError as error:
        raise Invalid("backups.key_unreadable") from error
    key, check = raw[:KEY_BYTES], raw[KEY_BYTES:]
    if len(key) != KEY_BYTES or check != _check(key):
        raise Invalid("backups.key_unreadable")
    return key


def _holds(path: Path, key: bytes) -> bool:
    try:
        return load(path) == key
    except Invalid:  # a file that nobody can read holds no key, and is not ours to replace
        return False


def _check(key: bytes) -> bytes:
    return hashlib.sha256(b"lianpu-backup-words/1\0" + key).digest()[:CHECK_BYTES]
