"""What a text answer must be: the same checks as those of the spec's field that it ends in."""

import re
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any

from pydantic import AfterValidator, TypeAdapter, ValidationError

from wizard.design.machine import Machine
from wizard.errors import BadAnswer
from wizard.spec import address
from wizard.spec.balancer import Interface, SiteName
from wizard.spec.fault import fault
from wizard.spec.field import (
    ClusterName,
    LocalPath,
    ProxyUrl,
    RegistryName,
    RemotePath,
    User,
    Version,
)
from wizard.spec.problem import quoted
from wizard.spec.rancher import Hostname, Mail, RancherVersion
from wizard.spec.reference import SecretRef
from wizard.spec.share import share_above_zero, share_text
from wizard.spec.span import address_range
from wizard.spec.ssh import BastionOrText

# Keys of AWS, private keys, full tokens of RKE2, and passwords in URLs.
_SECRET = re.compile(r"\b(AKIA|ASIA)[0-9A-Z]{16}\b|-----BEGIN|\bK10[0-9a-f]{16,}::|://[^/\s:]*:[^/\s]*@")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_PLACES = "env:NAME or file:PATH, such as env:S3_SECRET_KEY"


def looks_secret(text: str) -> bool:
    """Tell whether a text holds a key, a token or a password in the clear."""
    return bool(_SECRET.search(text))


def check(name: str, text: str) -> str:
    """Take the name of a check in questions.yaml and one answer; return the answer in its usual spelling.

    Raises BadAnswer.
    """
    try:
        return _CHECKS[name](text)
    except ValidationError as error:
        context = error.errors(include_url=False)[0].get("ctx", {})
        what, allowed = context.get("what", "can not be used"), context.get("allowed", "")
    raise BadAnswer(what, allowed)


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _as(kind: Any) -> Callable[[str], str]:
    """Return a check that takes what a field of this kind takes."""
    return lambda text: str(_adapter(kind).validate_python(text))


def _by(judge: Callable[[str], object]) -> Callable[[str], str]:
    """Return a check that takes what `judge` takes; it raises a fault otherwise."""
    return _as(Annotated[str, AfterValidator(judge)])


def _cidr(*versions: int) -> Callable[[str], str]:
    def judge(text: str) -> str:
        network = address.cidr(text)
        (found,) = address.networks([network])
        if found.version not in versions:
            raise fault(f"{quoted(text)} is a network of IPv{found.version}", f"one of IPv{versions[0]}")
        return network

    return judge


def _ip(text: str) -> str:
    if address.as_ip(text) is None:
        raise fault(f"{quoted(text)} is not an IP address", "an address such as 10.0.0.10")
    return address.host(text)


def _dns_name(text: str) -> str:
    if address.as_ip(text):
        raise fault(f"{quoted(text)} is an address", "a name such as rke2.example.com")
    return address.host(text)


def _share(judge: Callable[[object], str | int]) -> Callable[[str], object]:
    return lambda text: judge(int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text)


def _bastion(text: str) -> str:
    hop = _adapter(BastionOrText).validate_python(text)
    place = f"[{hop.address}]" if ":" in hop.address else hop.address
    return f"{hop.user}@" * bool(hop.user) + place + f":{hop.port}" * bool(hop.port)


def _bucket(text: str) -> str:
    if _BUCKET.fullmatch(text) and ".." not in text:
        return text
    raise fault(f"{quoted(text)} is not the name of a bucket", "3 to 63 lower case letters, digits, '-' and '.'")


def _word(text: str) -> str:
    if _WORD.fullmatch(text):
        return text
    raise fault(f"{quoted(text)} is not one word", "at most 63 letters, digits, '-', '_' and '.'")


def _secret_place(text: str) -> str:
    """Never quotes: what stands here by mistake is the secret itself."""
    kind, colon, place = text.partition(":")
    place = place.strip()
    if not colon or kind not in ("env", "file") or not place:
        raise BadAnswer("is not a place where a secret is kept", _PLACES)
    _adapter(SecretRef).validate_python({kind: place})
    return f"{kind}:{place}"


_CHECKS: dict[str, Callable[[str], str]] = {
    "address_range": _by(address_range),
    "bastion": _bastion,
    "bucket": _by(_bucket),
    "cidr": _by(_cidr(4, 6)),
    "cidr_v6": _by(_cidr(6)),
    "cluster_name": _as(ClusterName),
    "dns_name": _by(_dns_name),
    "endpoint": _as(RegistryName),
    "host": _by(address.host),
    "interface": _as(Interface),
    "ip": _by(_ip),
    "local_path": _as(LocalPath),
    "machine": lambda text: Machine.read(text).text,
    "mail": _as(Mail),
    "proxy": _as(ProxyUrl),
    "rancher_name": _as(Hostname),
    "rancher_version": _as(RancherVersion),
    "registry": _as(RegistryName),
    "remote_path": _as(RemotePath),
    "secret_place": _secret_place,
    "share": _by(_share(share_text)),
    "share_above_zero": _by(_share(share_above_zero)),
    "site_name": _as(SiteName),
    "user": _as(User),
    "version": _as(Version),
    "word": _by(_word),
}
NAMES = frozenset(_CHECKS)
