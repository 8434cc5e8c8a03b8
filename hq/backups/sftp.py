"""A server with SFTP: `sftp://user@host:port/folder`.

The user has a key of its own in `keys/backup-sftp.key` (OpenSSH), and the server's key stands in
`keys/backup-sftp.hosts` (the format of known_hosts): a server that is not in it is refused, nothing is trusted at
first sight. No password is ever part of an address.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

import paramiko

from hq.backups.targets import OWN, PART, reaching
from retail.errors import Misconfigured

KEY = Path("keys") / "backup-sftp.key"
HOSTS = Path("keys") / "backup-sftp.hosts"
SECONDS = 30.0

logging.getLogger("paramiko").setLevel(logging.WARNING)


class Sftp:
    """Each call is a connection of its own: hours lie between two backups. The folder may be a mount of the server."""

    marked = True

    def __init__(self, home: Path, address: str) -> None:
        found = urlsplit(address)
        if not found.hostname or not found.username or found.password is not None:
            raise Misconfigured(["write sftp://user@host/folder, without a password"])
        self.name = self.once = address
        self._home = home
        self._host, self._user = found.hostname, found.username
        self._port = found.port or 22
        self._folder = PurePosixPath(unquote(found.path) or "/")

    def put(self, file: Path, name: str) -> None:
        """Send under another name, compare the size, rename."""
        with self._session() as sftp:
            self._make_folder(sftp)
            self._delete_scraps(sftp)
            part = str(self._folder / (name + PART))
            sftp.put(str(file), part, confirm=True)
            sftp.posix_rename(part, str(self._folder / name))

    def _delete_scraps(self, sftp: paramiko.SFTPClient) -> None:
        """Of lines that broke; a server that shows or deletes nothing keeps them."""
        with suppress(OSError):
            for scrap in [
                name
                for name in sftp.listdir(str(self._folder))
                if name.startswith(OWN) and name.endswith(PART)
            ]:
                sftp.remove(str(self._folder / scrap))

    def get(self, name: str, file: Path) -> None:
        """Fetch it."""
        with self._session() as sftp:
            sftp.get(str(self._folder / name), str(file), prefetch=True)

    def has(self, name: str) -> bool:
        """Is it there?"""
        with self._session() as sftp:
            return self._there(sftp, self._folder / name)

    def drop(self, name: str) -> None:
        """Delete it."""
        with self._session() as sftp:
            if self._there(sftp, self._folder / name):
                sftp.remove(str(self._folder / name))

    def _there(self, sftp: paramiko.SFTPClient, path: PurePosixPath) -> bool:
        try:
            sftp.stat(str(path))
        except FileNotFoundError:
            return False
        return True

    def _make_folder(self, sftp: paramiko.SFTPClient) -> None:
        for folder in (*reversed(self._folder.parents), self._folder):
            if not self._there(sftp, folder):
                sftp.mkdir(str(folder), 0o700)

    @contextmanager
    def _session(self) -> Iterator[paramiko.SFTPClient]:
        with reaching(self), paramiko.SSHClient() as client:
            client.set_missing_host_key_policy(paramiko.RejectPolicy())
            client.load_host_keys(str(self._home / HOSTS))
            client.connect(
                self._host, self._port, self._user, key_filename=str(self._home / KEY), allow_agent=False,
                look_for_keys=False, timeout=SECONDS, banner_timeout=SECONDS, auth_timeout=SECONDS,
            )  # fmt: skip
            sftp = client.open_sftp()
            channel = sftp.get_channel()
            if channel is not None:
                channel.settimeout(SECONDS)
            yield sftp
