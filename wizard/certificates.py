"""A private CA of our own, and the certificates by it: both sealed in a vault."""

import datetime as dt
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from wizard.secret import Secret
from wizard.spec.address import as_ip
from wizard.vault.secrets import Secrets

CA_LIFE = dt.timedelta(days=3650)
LIFE = dt.timedelta(days=397)
"""Browsers refuse those that live longer than 398 days."""
RENEW = dt.timedelta(days=60)
"""So long before its end a certificate is made anew."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def read(cls, text: Secret) -> "Pair":
        """Return the pair in a PEM text, as `pem` makes it."""
        data = text.reveal().encode()
        key = serialization.load_pem_private_key(data, password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError("not a key that was made here")
        return cls(x509.load_pem_x509_certificate(data), key)

    def pem(self) -> Secret:
        """Return both as HAProxy wants them: the certificate, then the key."""
        return Secret(certificate_text(self.certificate) + key_text(self.key))


@dataclass(frozen=True, slots=True)
class Authority:
    """The CA and the certificate of one use, sealed in `vault` as `NAME-ca` and `NAME-certificate`.

    `title` is what the CA is called by those who look at its certificate.
    """

    vault: Secrets
    name: str
    title: str

    def certificate(self, names: Sequence[str], *, now: dt.datetime | None = None) -> Secret | None:
        """Return the sealed certificate and key for `names`, or None where none is there that is good for them."""
        sealed, ca = self.vault.get(f"{self.name}-certificate"), self.vault.get(f"{self.name}-ca")
        if sealed is None or ca is None:
            return None
        found, by = Pair.read(sealed).certificate, Pair.read(ca).certificate
        good = found.issuer == by.subject and _names(found) == set(names) and _lasts(found, RENEW, now or _now())
        return sealed if good else None

    def ensure(self, names: Sequence[str], *, now: dt.datetime | None = None) -> Secret:
        """Return as `certificate`; one that is missing, near its end or for other names is made and sealed."""
        now = now or _now()
        sealed = self.certificate(names, now=now)
        if sealed is None:
            sealed = sign(self.ca(now=now), names, now).pem()
            self.vault.put(f"{self.name}-certificate", sealed)
        return sealed

    def ca(self, *, now: dt.datetime | None = None) -> Pair:
        """Return the CA. It outlives what it signs, so it is made anew when it no longer can."""
        now = now or _now()
        sealed = self.vault.get(f"{self.name}-ca")
        ca = Pair.read(sealed) if sealed else None
        if ca is None or not _lasts(ca.certificate, LIFE + RENEW, now):
            # Its date tells it from one before: a client may trust both while they change.
            ca = new_ca(f"{self.title} {now:%Y-%m-%d}"[:64], now)
            self.vault.put(f"{self.name}-ca", ca.pem())
        return ca


def certificate_end(sealed: Secret) -> dt.date:
    """Return the last day of the first certificate in a PEM text."""
    return x509.load_pem_x509_certificate(sealed.reveal().encode()).not_valid_after_utc.date()


def new_ca(title: str, now: dt.datetime) -> Pair:
    """Return a CA that signs certificates for servers and nothing else."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, title)])
    builder = (
        _builder(name, name, key.public_key(), now, CA_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
    )
    return Pair(builder.sign(key, hashes.SHA256()), key)


def sign(ca: Pair, names: Sequence[str], now: dt.datetime) -> Pair:
    """Return a certificate for `names`, host names (`*.` for one label below) and IP addresses, by `ca`."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca.key.public_key())
    builder = (
        _builder(subject, ca.certificate.subject, key.public_key(), now, LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        .add_extension(authority, critical=False)
    )
    return Pair(builder.sign(ca.key, hashes.SHA256()), key)


def certificate_text(certificate: x509.Certificate) -> str:
    """Return a certificate as PEM."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def key_text(key: ec.EllipticCurvePrivateKey) -> str:
    """Return a private key as PEM, in the clear."""
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: dt.datetime, life: dt.timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        # Clocks of clients may be late.
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + life - dt.timedelta(hours=1))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _general(name: str) -> x509.GeneralName:
    ip = as_ip(name)
    return x509.IPAddress(ipaddress.ip_address(str(ip))) if ip else x509.DNSName(name)


def _names(certificate: x509.Certificate) -> set[str]:
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(each.value) for each in found}


def _lasts(certificate: x509.Certificate, life: dt.timedelta, now: dt.datetime) -> bool:
    return certificate.not_valid_before_utc <= now and now + life < certificate.not_valid_after_utc


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
