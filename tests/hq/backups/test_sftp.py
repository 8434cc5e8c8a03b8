"""A real SFTP server in a thread takes backups; what it refuses is said (BK-04)."""

from __future__ import annotations

import os
import socket
import threading

import msgspec
import paramiko
import pytest

from hq.backups import actions, sftp
from hq.backups.belonging import MARK
from hq.backups.sftp import Sftp
from proof.sockets import reset
from retail.errors import Misconfigured, Unavailable


class Files(paramiko.SFTPServerInterface):
    """A folder of this machine as the server shows it."""

    def __init__(self, server, *rest, **more):
        super().__init__(server, *rest, **more)
        self.root, self.broken = server.root, server.broken

    def _real(self, path):
        return str(self.root / self.canonicalize(path).lstrip("/"))

    def stat(self, path):
        try:
            return paramiko.SFTPAttributes.from_stat(os.stat(self._real(path)))
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)

    lstat = stat

    def open(self, path, flags, attr):
        if self.broken["full"] and flags & os.O_WRONLY:
            return paramiko.SFTP_FAILURE
        try:
            handle = os.open(self._real(path), flags, 0o600)
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)
        file = os.fdopen(handle, "wb" if flags & os.O_WRONLY else "rb")
        found = paramiko.SFTPHandle(flags)
        found.readfile = found.writefile = file
        return found

    def mkdir(self, path, attr):
        os.mkdir(self._real(path))
        return paramiko.SFTP_OK

    def list_folder(self, path):
        if self.broken["mute"]:
            return paramiko.SFTP_PERMISSION_DENIED
        made = []
        for name in os.listdir(self._real(path)):
            made.append(
                paramiko.SFTPAttributes.from_stat(os.stat(os.path.join(self._real(path), name)), name)
            )
        return made

    def posix_rename(self, old, new):
        os.replace(self._real(old), self._real(new))
        return paramiko.SFTP_OK

    def remove(self, path):
        os.remove(self._real(path))
        return paramiko.SFTP_OK


class Door(paramiko.ServerInterface):
    """Lets one key in."""

    def __init__(self, root, key, broken):
        self.root, self.key, self.broken = root, key, broken

    def check_auth_publickey(self, username, key):
        good = username == "lianpu" and key == self.key
        return paramiko.AUTH_SUCCESSFUL if good else paramiko.AUTH_FAILED

    def get_allowed_auths(self, username):
        return "publickey"

    def check_channel_request(self, kind, chanid):
        return paramiko.OPEN_SUCCEEDED


class Server:
    """Listens on loopback until `stop`."""

    def __init__(self, root, key, host_key):
        self.root, self.broken = root, {"full": False, "mute": False}
        self._key, self._host_key = key, host_key
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._lines: list[paramiko.Transport] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while True:
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            transport = paramiko.Transport(line)
            transport.add_server_key(self._host_key)
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, Files)
            self._lines.append(transport)
            try:
                transport.start_server(server=Door(self.root, self._key, self.broken))
            except (paramiko.SSHException, EOFError, OSError):
                continue  # a caller that hung up on us

    def stop(self):
        if self._socket.fileno() < 0:
            return
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for line in self._lines:
            line.close()
        self._thread.join()


@pytest.fixture(scope="module")
def secrets(tmp_path_factory):
    """(client's key file, client's key, server's key)"""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    folder = tmp_path_factory.mktemp("ssh")
    found = []
    for name in ("client", "server"):
        raw = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
        )
        (folder / name).write_bytes(raw)
        found.append(paramiko.Ed25519Key.from_private_key_file(str(folder / name)))
    return folder / "client", *found


@pytest.fixture
def server(tmp_path, secrets):
    root = tmp_path / "there"
    root.mkdir()
    made = Server(root, secrets[1], secrets[2])
    yield made
    made.stop()


@pytest.fixture
def home(chain, server, secrets):
    """HQ's home with its key, and the server's key pinned."""
    home = chain.hq.home
    (home / sftp.KEY).write_bytes(secrets[0].read_bytes())
    entry = paramiko.hostkeys.HostKeyEntry([f"[127.0.0.1]:{server.port}"], secrets[2])
    (home / sftp.HOSTS).write_text(entry.to_line())
    return home


def address(server, folder="/srv/lianpu", user="lianpu"):
    return f"sftp://{user}@127.0.0.1:{server.port}{folder}"


def test_a_backup_goes_there_and_comes_back(chain, home, server):
    chain.hq.config = msgspec.structs.replace(
        chain.hq.config, backup_targets=[address(server)], backup_keep=3
    )

    made = [actions.take(chain.ctx, kind="full") for _ in range(4) if chain.clock.advance(1000) is None]

    there = sorted(path.name for path in (server.root / "srv" / "lianpu").iterdir())
    assert there == sorted([MARK, *(one.file for one in made[1:])]), "the oldest was deleted there"
    assert chain.alarms() == set()


def test_a_server_whose_own_disk_is_not_mounted_takes_no_copy(chain, home, server):
    chain.hq.config = msgspec.structs.replace(chain.hq.config, backup_targets=["backups", address(server)])
    actions.take(chain.ctx, kind="full")
    (server.root / "srv").rename(server.root / "away")
    chain.clock.advance(1000)

    made = actions.take(chain.ctx, kind="full")

    assert made.copies[address(server)] == "why.other_place"
    assert chain.alarms() == {"backup.target_failed"}
    assert not (server.root / "srv").exists()


def test_a_server_that_takes_nothing_costs_its_copy_only(chain, home, server):
    chain.hq.config = msgspec.structs.replace(chain.hq.config, backup_targets=["backups", address(server)])
    server.broken["full"] = True

    made = actions.take(chain.ctx, kind="full")

    assert made.good == [str(home / "backups")]
    assert chain.alarms() == {"backup.target_failed"}


def test_what_a_broken_line_left_goes_with_the_next_copy(home, server, tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"whole")
    target = Sftp(home, address(server, "/"))
    (server.root / "lianpu-hq-old.backup.part").write_bytes(b"ha")
    (server.root / "film.part").write_bytes(b"somebody else's")

    target.put(file, "one.backup")

    assert sorted(path.name for path in server.root.iterdir()) == ["film.part", "one.backup"]


def test_a_server_that_lists_nothing_takes_copies_all_the_same(home, server, tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"whole")
    server.broken["mute"] = True

    Sftp(home, address(server, "/")).put(file, "one.backup")

    assert (server.root / "one.backup").read_bytes() == b"whole"


def test_a_dead_server_is_unusable_not_a_crash(home, server, tmp_path):
    target = Sftp(home, address(server))
    server.stop()

    with pytest.raises(Unavailable, match="backups.target"):
        target.has("x")


def test_the_server_of_these_tests_outlives_a_caller_that_resets(home, server):
    """A client that refuses a key may go with RST in the greeting: the thread must not fall with it."""
    line = socket.create_connection(("127.0.0.1", server.port))
    line.sendall(b"SSH-2.0-caller\r\n")
    with line.makefile("rb") as heard:
        assert b"curve25519" in heard.read(200), "its name, then the keys that it speaks"
    reset(line)

    assert Sftp(home, address(server)).has("x") is False


def test_a_server_with_another_key_is_refused(home, server):
    (home / sftp.HOSTS).write_text("")

    with pytest.raises(Unavailable, match="not found in known_hosts"):
        Sftp(home, address(server)).has("x")


@pytest.mark.parametrize("hosts", ["nas ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI!!bad\n", "\udcff"])
def test_a_list_of_servers_that_cannot_be_read_costs_its_copy_only(chain, home, server, hosts):
    """BK-04. Whatever the library makes of it."""
    (home / sftp.HOSTS).write_text(hosts, errors="surrogateescape")
    chain.hq.config = msgspec.structs.replace(chain.hq.config, backup_targets=["backups", address(server)])

    for _ in range(2):  # the copy of the first one is not swept away by the second
        chain.clock.advance(1000)
        made = actions.take(chain.ctx, kind="full")

    assert made.good == [str(home / "backups")]
    assert len(list((home / "backups").iterdir())) == 2
    assert chain.alarms() == {"backup.target_failed"}


def test_a_stranger_is_not_let_in(home, server):
    with pytest.raises(Unavailable, match="Authentication failed"):
        Sftp(home, address(server, user="other")).has("x")


def test_what_is_not_there(home, server, tmp_path):
    target = Sftp(home, address(server, "/"))

    assert target.has("x") is False
    target.drop("x")
    with pytest.raises(Unavailable):
        target.get("x", tmp_path / "x")


@pytest.mark.parametrize("wrong", ["sftp://host/folder", "sftp://user:hunter2@host/folder", "sftp:///folder"])
def test_an_address_needs_a_user_and_no_password(home, wrong):
    with pytest.raises(Misconfigured) as refused:
        Sftp(home, wrong)

    assert "hunter2" not in str(refused.value)
