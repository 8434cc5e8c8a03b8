"""From the settings to the targets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from hq.backups.patience import Limits, Patient, asked
from hq.backups.s3 import Bucket
from hq.backups.sftp import Sftp
from hq.backups.targets import Folder, Target
from retail.clock import Clock
from retail.errors import LianpuError, Unavailable

HOME_FOLDER = "backups"
LIMITS = Limits()


@dataclass
class Wrong:
    """A target that cannot even be opened: it fails like a dead one, and the others get their copies."""

    name: str
    why: str
    once = ""
    marked = False

    def _refuse(self) -> NoReturn:
        raise Unavailable("backups.target", target=self.name, why=self.why[:200])

    def put(self, file: Path, name: str) -> None:
        """Refuse."""
        self._refuse()

    def get(self, name: str, file: Path) -> None:
        """Refuse."""
        self._refuse()

    def has(self, name: str) -> bool:
        """Refuse."""
        self._refuse()

    def drop(self, name: str) -> None:
        """Refuse."""
        self._refuse()


def open_targets(home: Path, wanted: Iterable[str], clock: Clock) -> list[Target]:
    """The targets of the settings; without any, the folder `backups` in the home. One that cannot be is `Wrong`."""
    return [_opened(home, place, clock) for place in list(wanted) or [HOME_FOLDER]]


def _opened(home: Path, place: str, clock: Clock) -> Target:
    scheme, mark, _ = place.partition("://")
    try:
        if not mark:
            return _folder(home, place)
        if scheme == "sftp":
            return Sftp(home, place)
        if scheme == "s3":
            return Bucket(home, place, clock)
    except Unavailable as error:
        return Wrong(_name(home, place), str(error.facts["why"]))
    except (LianpuError, OSError, ValueError) as error:
        return Wrong(_name(home, place), str(error))
    return Wrong(_name(home, place), f"why.no_kind_of_target {scheme}://")


def _folder(home: Path, place: str) -> Target:
    """What lies in the home is made on a new computer like the home itself; anything else may be a mount, and hang."""
    name = _name(home, place)
    path = asked(name, LIMITS.answer_seconds, (home / place).resolve)
    folder = Folder(path, name=name, marked=not path.is_relative_to(home.resolve()))
    return Patient(folder, name, LIMITS)


def _name(home: Path, place: str) -> str:
    """A folder as it is written, so that it has one name while it hangs and later; no mount is asked for it.

    Of an address what may be shown: what stands before the @ may be a secret.
    """
    scheme, mark, rest = place.partition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}" if mark else str((home / place).absolute())
