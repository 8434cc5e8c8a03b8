"""The node's own certificate for a second till on the LAN."""

from __future__ import annotations

import ssl
import stat
import threading
from pathlib import Path

import pytest

from edge import lan
from edge.app import create_app
from edge.wsgi import EdgeServer
from kit.clock import SystemClock
from kit.listener import Listener, Tls
from retail.errors import Misconfigured
from tests.builders.edge import NOON, Shop, config_for

DAY = 24 * 3_600_000
NAMES = ["till.local", "127.0.0.1"]


def test_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    first = lan.ensure(tmp_path, NAMES, NOON)
    before = first.certificate.read_bytes()
    second = lan.ensure(tmp_path, list(reversed(NAMES)), NOON + DAY)

    assert second == first and second.certificate.read_bytes() == before
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}
    assert len(first.fingerprint.split()) == 16 and len(first.fingerprint) == 64 + 15


def test_other_names_make_a_new_certificate_of_the_same_authority(tmp_path: Path) -> None:
    first = lan.ensure(tmp_path, NAMES, NOON)
    before = first.certificate.read_bytes()
    second = lan.ensure(tmp_path, [*NAMES, "10.0.0.7"], NOON)

    assert second.certificate.read_bytes() != before and second.fingerprint == first.fingerprint


@pytest.mark.parametrize("days", [741, 900, -400])
def test_a_certificate_that_ends_soon_or_is_not_valid_yet_is_made_anew(tmp_path: Path, days: int) -> None:
    before = lan.ensure(tmp_path, NAMES, NOON).certificate.read_bytes()
    assert lan.ensure(tmp_path, NAMES, NOON + 700 * DAY).certificate.read_bytes() == before
    assert lan.ensure(tmp_path, NAMES, NOON + days * DAY).certificate.read_bytes() != before


def test_half_a_certificate_of_a_power_cut_is_made_whole(tmp_path: Path) -> None:
    files = lan.ensure(tmp_path, NAMES, NOON)
    files.certificate.write_bytes(b"-----BEGIN CERT")
    lan.ensure(tmp_path, NAMES, NOON)
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(files.certificate, files.key)


def test_a_key_that_a_power_cut_left_beside_another_certificate_is_made_anew(tmp_path: Path) -> None:
    """PW-07: a new key's name may reach the disk while the list of names that should be gone is still there."""
    files = lan.ensure(tmp_path / "here", NAMES, NOON)
    files.key.write_bytes(lan.ensure(tmp_path / "other", NAMES, NOON).key.read_bytes())

    lan.ensure(tmp_path / "here", NAMES, NOON)

    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(files.certificate, files.key)


def test_a_browser_that_trusts_the_authority_reaches_the_till_and_no_other_does(
    shop: Shop, tmp_path: Path
) -> None:
    """SC-01, SC-02."""
    files = lan.ensure(tmp_path / "keys", NAMES, SystemClock().now_ms())
    server = Listener(("127.0.0.1", 0), create_app(shop.node), numthreads=2)
    server.ssl_adapter = Tls(str(files.certificate), str(files.key))
    server.prepare()
    thread = threading.Thread(target=server.serve)
    thread.start()
    import socket

    try:
        trusting = ssl.create_default_context(cafile=str(files.authority))
        with (
            socket.create_connection(server.bind_addr) as raw,
            trusting.wrap_socket(raw, server_hostname="till.local") as line,
        ):
            line.sendall(b"GET /healthz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
            assert b" 400 " in line.recv(200)
        with socket.create_connection(server.bind_addr) as raw, pytest.raises(ssl.SSLCertVerificationError):
            ssl.create_default_context().wrap_socket(raw, server_hostname="till.local")
        with socket.create_connection(server.bind_addr) as raw, pytest.raises(ssl.SSLCertVerificationError):
            trusting.wrap_socket(raw, server_hostname="other.local")
    finally:
        server.stop()
        thread.join()


def test_a_lan_without_names_is_refused_by_name(shop: Shop) -> None:
    import msgspec

    shop.node.config = msgspec.structs.replace(config_for(shop.node.home), lan=True)
    with pytest.raises(Misconfigured, match="needs host_names"):
        EdgeServer(shop.node)
