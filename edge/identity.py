"""Who is who on a site: its certificate authority, the broker's certificate, and every secret that derives from `site.key`."""

import hashlib
import hmac
import ipaddress
import os
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOT_BEFORE = datetime(1999, 1, 1, tzinfo=UTC)  # an ESP32 wakes up in the year 2000
NOT_AFTER = datetime(2049, 12, 31, tzinfo=UTC)  # the last year that X.509 writes with two digits, RFC 5280 4.1.2.5
LOOPBACK = ("localhost", "127.0.0.1", "::1")
KEY_BYTES = 32
KEY_DIGITS = 32


def prepare(state: Path, hosts: Sequence[str]) -> None:
    """Make what is missing in `state`: key, authority, certificate of the broker. One for other hosts is made anew."""
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not (state / "site.key").exists():
        write_private(state / "site.key", secrets.token_bytes(KEY_BYTES))
    if not (state / "ca.crt").exists():
        _make_authority(state)
    if not (state / "broker.crt").exists() or not _is_for(state / "broker.crt", hosts):
        _make_certificate(state, hosts)


def device_secret(state: Path, name: str) -> str:
    """64 hex digits, from which a device's password and update key derive."""
    return _derive(state, "device:" + name)


def password(secret: str) -> str:
    """What signs in to the broker, derived on the device in the same way (firmware/secret.py), so that it alone travels."""
    return hmac.digest(bytes.fromhex(secret), b"mqtt", hashlib.sha256).hex()


def update_key(secret: str, *, older: bool = False) -> bytes:
    """By which the manifest of an update is signed for one device; another, where it may be older than what runs there."""
    return hmac.digest(bytes.fromhex(secret), b"downgrade" if older else b"update", hashlib.sha256)


def edge_password(state: Path) -> str:
    return password(_derive(state, "edge"))


def hide(state: Path, kind: str, said: str) -> str:
    """What is kept of a PIN ("pin") or a badge ("badge"), worthless without the site's key; "" of none."""
    return _derive(state, f"{kind}:{said}")[:KEY_DIGITS] if said else ""


def device_file(
    state: Path, *, site: str, name: str, role: str, host: str, port: int, provisioning_id: str, board: str
) -> dict[str, object]:
    """device.json, as it is written on a device; ca.crt goes beside it as ca.pem. `board` is a file of hardware/boards.

    `provisioning_id` is 16 characters, new at each provisioning: a wiped device is another one.
    """
    return {
        "site": site,
        "name": name,
        "role": role,
        "id": provisioning_id,
        "host": host,
        "port": port,
        "secret": device_secret(state, name),
        "board": board,
    }


def _derive(state: Path, what: str) -> str:
    return hmac.digest((state / "site.key").read_bytes(), what.encode(), hashlib.sha256).hex()


def _make_authority(state: Path) -> None:
    (state / "broker.crt").unlink(missing_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Floorboard site " + secrets.token_hex(4))])
    certificate = (
        _builder(name, key.public_key(), name)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    write_private(state / "ca.key", _pem(key))
    write_private(
        state / "ca.crt", certificate.public_bytes(serialization.Encoding.PEM)
    )  # last: without it all is made anew


def _make_certificate(state: Path, hosts: Sequence[str]) -> None:
    authority = x509.load_pem_x509_certificate((state / "ca.crt").read_bytes())
    signer = serialization.load_pem_private_key((state / "ca.key").read_bytes(), password=None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Floorboard broker")])
    certificate = (
        _builder(name, key.public_key(), authority.subject)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(_names(hosts)), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )
    (state / "broker.crt").unlink(missing_ok=True)  # killed here, the next start makes both again
    write_private(state / "broker.key", _pem(key))
    write_private(state / "broker.crt", certificate.public_bytes(serialization.Encoding.PEM))


def _builder(name: x509.Name, key: ec.EllipticCurvePublicKey, issuer: x509.Name) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOT_BEFORE)
        .not_valid_after(NOT_AFTER)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _is_for(path: Path, hosts: Sequence[str]) -> bool:
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return set(_names(hosts)) <= set(names)


def _names(hosts: Sequence[str]) -> list[x509.GeneralName]:
    return [_general_name(host) for host in dict.fromkeys((*LOOPBACK, *hosts))]


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def write_private(path: Path, content: bytes) -> None:
    """Whole or not at all, also across a power cut: a half key would lock every device out."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
