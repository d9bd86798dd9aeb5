"""Whether a certificate, the ones behind it and its key are what a server may show for some names. Pure."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization

from wizard.checks.finding import Said, fail, ok, warn
from wizard.checks.seen import listed

SOON = dt.timedelta(days=30)
_PUBLIC = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
_WHOLE = "the server's own certificate, then each that signed the one before it, but for the root"


@dataclass(frozen=True, slots=True)
class Shown:
    """PEM texts as they are to be shown; `authority` is the private CA that clients are told to trust, if any.

    `field` is the spec's name for the certificate.
    """

    field: str
    chain: bytes
    key: bytes
    authority: bytes | None = None


def judge(shown: Shown, names: Sequence[str], *, now: dt.datetime) -> Said:
    """Return the worst that there is to say of a certificate for `names`, hosts or `*.` for all one label below."""
    chain, roots = _read(shown.chain), _read(shown.authority) if shown.authority is not None else ()
    if not chain:
        return _unread(shown.field)
    if shown.authority is not None and not roots:
        return _unread(f"the private CA of {shown.field}")
    found = [
        *_key(shown.key, chain[0]),
        *_names(chain[0], names),
        *_dates((*chain, *roots), now),
        *_chain(chain, roots),
    ]
    worst = [each for each in found if each.verdict == "fail"] or found
    end = min(each.not_valid_after_utc for each in chain)
    return worst[0] if worst else ok(f"good for {listed(names, 3)} until {end:%Y-%m-%d}")


def covers(pattern: str, name: str) -> bool:
    """Return whether a name in a certificate is good for a host; a `*` stands for one label (RFC 6125, 6.4.3)."""
    pattern, name = pattern.lower(), name.lower()
    return pattern == name or (pattern.startswith("*.") and name.partition(".")[2] == pattern[2:])


def _key(text: bytes, own: x509.Certificate) -> Iterator[Said]:
    try:
        key = serialization.load_pem_private_key(text, password=None)
    except (ValueError, TypeError):
        yield fail(
            "its key is no private key in PEM, or behind a passphrase",
            wanted="a key without a passphrase: no program has anybody to ask",
            next_move="Take the passphrase off: `openssl pkey -in KEY -out NEW`.",
        )
        return
    if key.public_key().public_bytes(*_PUBLIC) != own.public_key().public_bytes(*_PUBLIC):
        yield fail(
            "the key is not that of the first certificate",
            wanted=_WHOLE,
            next_move="Put the server's own certificate first, or name the key that belongs to it.",
        )


def _names(own: x509.Certificate, names: Sequence[str]) -> Iterator[Said]:
    try:
        there = own.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        known = there.get_values_for_type(x509.DNSName)
    except (x509.ExtensionNotFound, ValueError):
        known = []
    missed = [name for name in names if not any(covers(pattern, name) for pattern in known)]
    if missed:
        yield fail(
            f"it is for {listed(known, 4) or 'no name: clients do not read the common name'}, not for {listed(missed)}",
            wanted=f"{listed(names)} among its subject alternative names",
            next_move="Have one made for these names; a `*` stands for one label only.",
        )


def _dates(certificates: Iterable[x509.Certificate], now: dt.datetime) -> Iterator[Said]:
    for each in certificates:
        title, end = _title(each), each.not_valid_after_utc
        if end <= now:
            yield fail(
                f"{title} ended on {end:%Y-%m-%d}", wanted="one that is valid", next_move="Put the renewed one there."
            )
        elif each.not_valid_before_utc > now:
            yield fail(
                f"{title} is not valid before {each.not_valid_before_utc:%Y-%m-%d %H:%M} UTC",
                wanted="one that is valid",
                next_move="Look at this machine's clock; else wait, or have it made anew.",
            )
        elif end - now < SOON:
            yield warn(
                f"{title} ends on {end:%Y-%m-%d}, in {(end - now).days} days",
                wanted=f"{SOON.days} days at least",
                next_move="Have it renewed before, and `apply` again.",
            )


def _chain(chain: Sequence[x509.Certificate], roots: Sequence[x509.Certificate]) -> Iterator[Said]:
    for own, by in pairwise(chain):
        if not _issued(own, by):
            yield fail(
                f"{_title(own)} is not signed by the one after it, {_title(by)}",
                wanted=_WHOLE,
                next_move="Put them into that order, and leave out what does not belong to it.",
            )
            return
    last = chain[-1]
    itself = last.issuer == last.subject
    if roots and not any(last == root or _issued(last, root) for root in roots):
        yield fail(
            f"{_title(last)} is signed by {_name(last.issuer)}, which the private CA's file does not hold",
            wanted="the CA that signed it, or the certificates between",
            next_move="Put the missing ones behind the server's own, or name the right private CA.",
        )
    elif not roots and itself:
        yield fail(
            f"{_title(last)} signed itself: no client knows it",
            wanted="a public CA, or its certificate as private_ca",
            next_move="Name the file of that CA as private_ca.",
        )
    elif not roots and len(chain) == 1:
        yield warn(
            f"nothing stands between it and {_name(last.issuer)}",
            wanted=_WHOLE,
            next_move="Add the intermediate certificates to the file: agents do not fetch them.",
        )


def _issued(own: x509.Certificate, by: x509.Certificate) -> bool:
    try:
        own.verify_directly_issued_by(by)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _read(text: bytes | None) -> tuple[x509.Certificate, ...]:
    try:
        return tuple(x509.load_pem_x509_certificates(text or b""))
    except ValueError:
        return ()


def _unread(field: str) -> Said:
    return fail(
        f"{field} holds no certificate in PEM",
        wanted="-----BEGIN CERTIFICATE-----",
        next_move="Name such a file; `openssl x509 -inform der -in FILE` turns DER into PEM.",
    )


def _title(certificate: x509.Certificate) -> str:
    return f"the certificate of {_name(certificate.subject)}"


def _name(name: x509.Name) -> str:
    common = name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(common[0].value) if common else name.rfc4514_string() or "nobody"
