"""The node's own certificate authority for a second till on the LAN: ECDSA P-256, made at first use, kept 0600.

A browser trusts it after somebody compared the fingerprint on the pairing page; loopback stays plain HTTP.
"""

from __future__ import annotations

import datetime
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kit.crypto import write_secret

CA_DAYS, LEAF_DAYS, RENEW_DAYS = 3650, 800, 60


@dataclass(frozen=True)
class LanFiles:
    """Paths of the PEM files the TLS listener needs, and what people compare."""

    certificate: Path
    key: Path
    authority: Path
    fingerprint: str


def ensure(folder: Path, names: list[str], now_ms: int) -> LanFiles:
    """Make authority and certificate for these host names; other names, or an end that is near, make a new one.

    The list of names is written last, and key and certificate are compared: whatever a power cut leaves of the
    three is made again unless it belongs together.
    """
    now = datetime.datetime.fromtimestamp(now_ms / 1000, tz=datetime.UTC)
    ca_key, ca = _authority(folder, now)
    leaf_path, key_path, names_path = folder / "lan.pem", folder / "lan.key", folder / "lan.names"
    wanted = "\n".join(sorted(names))
    if (
        not names_path.exists()
        or names_path.read_text() != wanted
        or not _lasts(leaf_path, key_path, ca, now)
    ):
        names_path.unlink(missing_ok=True)
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = _sign(ca, ca_key, key, names, now)
        write_secret(key_path, _key_pem(key))
        write_secret(leaf_path, leaf.public_bytes(serialization.Encoding.PEM))
        write_secret(names_path, wanted.encode())
    digest = ca.fingerprint(hashes.SHA256()).hex().upper()
    shown = " ".join(digest[i : i + 4] for i in range(0, len(digest), 4))
    return LanFiles(leaf_path, key_path, folder / "lan-ca.pem", shown)


def _lasts(path: Path, key_path: Path, ca: x509.Certificate, now: datetime.datetime) -> bool:
    """Is there a certificate of this authority, with its key, that is valid now and for the next two months?"""
    try:
        leaf = x509.load_pem_x509_certificate(path.read_bytes())
        leaf.verify_directly_issued_by(ca)
        key = serialization.load_pem_private_key(key_path.read_bytes(), None)
    except (OSError, ValueError, TypeError, InvalidSignature):
        return False
    if key.public_key() != leaf.public_key():
        return False
    soon = now + datetime.timedelta(days=RENEW_DAYS)
    return leaf.not_valid_before_utc <= now and soon < leaf.not_valid_after_utc


def _authority(folder: Path, now: datetime.datetime) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key_path, ca_path = folder / "lan-ca.key", folder / "lan-ca.pem"
    if key_path.exists() and ca_path.exists():
        key = serialization.load_pem_private_key(key_path.read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return key, x509.load_pem_x509_certificate(ca_path.read_bytes())
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Lianpu store node")])
    ca = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=2))
        .not_valid_after(now + datetime.timedelta(days=CA_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    write_secret(key_path, _key_pem(key))
    write_secret(ca_path, ca.public_bytes(serialization.Encoding.PEM))
    return key, ca


def _sign(
    ca: x509.Certificate,
    ca_key: ec.EllipticCurvePrivateKey,
    key: ec.EllipticCurvePrivateKey,
    names: list[str],
    now: datetime.datetime,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64] if names else "lianpu")])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(ca.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=2))
        .not_valid_after(now + datetime.timedelta(days=LEAF_DAYS))
        .add_extension(x509.SubjectAlternativeName([_name(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(certificates=False), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False
        )
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(ca_key, hashes.SHA256())
    )


def _usage(*, certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certificates,
        key_cert_sign=certificates,
        crl_sign=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
