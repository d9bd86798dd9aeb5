"""Certificates that the spec names: read here, and found to be of use before anything is written."""

import datetime as dt
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from wizard.errors import BadSpec
from wizard.secret import Secret
from wizard.site import Site

_PUBLIC = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
SIZE_LIMIT = 512 * 1024


def given_certificate(site: Site) -> Secret | None:
    """Return the spec's certificate, those between it and its CA, and its key, as one PEM text; None without one.

    Raises BadSpec for files that can't be read, a key that is another's or behind a passphrase, one that has ended.
    """
    tls = site.spec.balancer.tls if site.spec.balancer else None
    if tls is None or tls.certificate is None or tls.key is None:
        return None
    where, chain = _read(site, tls.certificate), "balancer.tls.certificate"
    certificate = _certificates(where, f"{chain}: {tls.certificate}")[0]
    key_text = _read(site, tls.key)
    try:
        key = serialization.load_pem_private_key(key_text, password=None)
    except (ValueError, TypeError):
        raise BadSpec(
            [f"balancer.tls.key: {tls.key}: not a private key in PEM, or behind a passphrase"],
            hint="Name one without a passphrase: HAProxy has nobody to ask for it.",
        ) from None
    if key.public_key().public_bytes(*_PUBLIC) != certificate.public_key().public_bytes(*_PUBLIC):
        raise BadSpec(
            [f"balancer.tls.key: {tls.key}: not the key of the first certificate in {tls.certificate}"],
            hint="The server's own certificate stands first, the ones between it and its CA after it.",
        )
    if (end := certificate.not_valid_after_utc) < dt.datetime.now(dt.UTC):
        raise BadSpec([f"{chain}: {tls.certificate}: ended on {end:%Y-%m-%d}"], hint="Put the renewed one there.")
    return Secret(_lined(where) + _lined(key_text))


def given_ca(site: Site, path: Path) -> Secret:
    """Return the PEM text of a CA that another cluster's ingress is verified by; raises BadSpec for what is none."""
    data = _read(site, path)
    _certificates(data, f"balancer.clusters: ca: {path}")
    return Secret(_lined(data))


def _read(site: Site, path: Path) -> bytes:
    try:
        with site.resolve(path).open("rb") as file:
            return file.read(SIZE_LIMIT)
    except OSError as error:
        raise BadSpec(
            [f"balancer: {path}: {error.strerror}"], hint="Paths are relative to the spec's folder."
        ) from None


def _certificates(data: bytes, where: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(data)
    except ValueError:
        raise BadSpec(
            [f"{where}: no certificate in PEM"], hint="Name a file with -----BEGIN CERTIFICATE-----."
        ) from None


def _lined(data: bytes) -> str:
    return data.decode("ascii", errors="replace").rstrip() + "\n"
