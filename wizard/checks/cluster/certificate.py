"""The certificates of a node: whose they are and how long they hold."""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate on a node."""

    path: str
    subject: str
    authority: bool
    ends: datetime

    @property
    def name(self) -> str:
        """Its file's name without folder and ending."""
        return self.path.rpartition("/")[2].removesuffix(".crt").removesuffix(".pem")

    def days_left(self, now: datetime) -> int:
        """Return the whole days until it ends; below zero when it has ended."""
        return (self.ends - now).days


def certificate(line: str) -> Certificate | None:
    """Return the certificate of a line of look_certificates; None for what is none."""
    path, _, text = line.partition("|")
    try:
        return _told(path, x509.load_der_x509_certificate(base64.b64decode(text, validate=True)))
    except ValueError:
        return None


def of_pem(path: str, text: str) -> Certificate | None:
    """Return the certificate that a PEM holds, called `path`; None for what is none."""
    try:
        return _told(path, x509.load_pem_x509_certificate(text.encode()))
    except ValueError:
        return None


def now() -> datetime:
    """Return this moment."""
    return datetime.now(UTC)


def _told(path: str, found: x509.Certificate) -> Certificate:
    return Certificate(path, found.subject.rfc4514_string(), _signs(found), found.not_valid_after_utc)


def _signs(found: x509.Certificate) -> bool:
    try:
        return bool(found.extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
    except (x509.ExtensionNotFound, ValueError):
        return False
