"""Key, certificate and token files: old or new, never half, and certificate and key always of one pair."""

from __future__ import annotations

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from edge import control, lan
from kit.crypto import write_secret
from proof.crash.recorder import Recorder
from proof.crash.shop import HOME, Shop

LAN = f"{HOME}/keys"
LOOSE = frozenset({f"{LAN}/lan.names", f"{HOME}/{control.FILE}"})
NAMES = ["till.local", "192.168.1.20"]


def run(shop: Shop, root: Path, recorder: Recorder) -> None:
    """A certificate for two names, then for others; the token of a server that starts, ends and starts; a secret."""
    home, now = root / HOME, shop.clock.now_ms()
    for names in (NAMES, ["till.local", "10.0.0.7"]):
        lan.ensure(root / LAN, names, now)
        recorder.step()
        control.announce(home, 8101)
        recorder.step()
        control.withdraw(home)
        recorder.step()
        write_secret(home / "keys" / "example.secret", names[1].encode() * 100)
        recorder.step()


def problems(root: Path) -> list[str]:
    """After the cut the next start makes what is missing, and what it uses belongs together."""
    files = lan.ensure(root / LAN, NAMES, 1_783_674_000_000)
    key = serialization.load_pem_private_key(files.key.read_bytes(), None)
    certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    authority = x509.load_pem_x509_certificate(files.authority.read_bytes())
    certificate.verify_directly_issued_by(authority)
    if certificate.public_key() != key.public_key():
        return ["certificate and key are not a pair"]
    return []
