"""Rancher on top of the cluster: which one, under which name, and who ends TLS."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from wizard.spec.address import as_ip
from wizard.spec.fault import fault
from wizard.spec.field import LocalPath, Part, RegistryName, url
from wizard.spec.kubernetes import is_dns_name
from wizard.spec.problem import quoted
from wizard.spec.reference import SecretPlace

_NUMBER = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?")
_MAIL = re.compile(r"[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+\.[^@\s\x00-\x1f]+")
_DEPTH = 12
CHANNELS = ("stable", "latest", "prime")


def _version(text: str) -> str:
    if _NUMBER.fullmatch(text):
        return text
    if _NUMBER.fullmatch(text.removeprefix("v")):
        raise fault(f"{quoted(text)} is Rancher's tag, its chart has no v", text.removeprefix("v"))
    raise fault(f"{quoted(text)} is not a release of Rancher", "a pinned one, such as 2.13.3")


def _cert_manager(text: str) -> str:
    if _NUMBER.fullmatch(text.removeprefix("v")) and text.startswith("v"):
        return text
    raise fault(f"{quoted(text)} is not a release of cert-manager", "a pinned one, such as v1.20.3")


def _hostname(text: str) -> str:
    """Rancher's name becomes the host of an Ingress and the address of every agent, for good."""
    if as_ip(text):
        raise fault(f"{quoted(text)} is an address", "a name in DNS, such as rancher.example.com")
    if text == text.lower() and "." in text and is_dns_name(text):
        return text
    raise fault(f"{quoted(text)} is not a full host name", "lower case, with its domain, such as rancher.example.com")


def _mail(text: str) -> str:
    if _MAIL.fullmatch(text):
        return text
    raise fault(f"{quoted(text)} is not a mail address", "one that somebody reads, such as ops@example.com")


def _repository(text: str) -> str:
    return text if text in CHANNELS else url("oci", "https")(text)


def _plain_values(value: Any, depth: int = 0) -> Any:
    """What YAML says plainly: texts, numbers, switches, lists and mappings of them."""
    if depth > _DEPTH:
        raise fault("is nested too deeply", f"at most {_DEPTH} levels")
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise fault("has a key that is no text", "keys as the chart has them; put quotes around numbers")
        return {key: _plain_values(each, depth + 1) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain_values(each, depth + 1) for each in value]
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise fault(f"{quoted(value)} is no value of a chart", "text, a number, true, false, a list or a mapping")


def _mapping(value: Any) -> Any:
    if isinstance(value, dict):
        return _plain_values(value)
    raise fault("is not a mapping", "values as the chart has them, such as {auditLog: {enabled: true}}")


RancherVersion = Annotated[str, AfterValidator(_version), Field(json_schema_extra={"examples": ["2.13.3"]})]
CertManagerVersion = Annotated[str, AfterValidator(_cert_manager), Field(json_schema_extra={"examples": ["v1.20.3"]})]
Hostname = Annotated[str, AfterValidator(_hostname), Field(json_schema_extra={"examples": ["rancher.example.com"]})]
Mail = Annotated[str, AfterValidator(_mail), Field(json_schema_extra={"examples": ["ops@example.com"]})]
Repository = Annotated[str, AfterValidator(_repository), Field(json_schema_extra={"examples": ["stable"]})]
Values = Annotated[dict[str, Any], BeforeValidator(_mapping), WithJsonSchema({"type": "object"})]


class Rancher(Part):
    """Rancher itself, in the cluster."""

    version: RancherVersion = Field(description="Release of Rancher, pinned, without v: 2.13.3.")
    hostname: Hostname = Field(
        description="Name that users and agents reach it by, in DNS; it leads to the ingress. Never changed."
    )
    replicas: int | None = Field(
        default=None, ge=1, le=25, description="Pods of Rancher. Default: one a node, at most 3."
    )
    bootstrap_password: SecretPlace | None = Field(
        default=None,
        description="Where the password of the first login is kept, 12 characters or more. Default: a random one, "
        "sealed.",
    )
    tls: Literal["rancher", "letsEncrypt", "secret", "external"] = Field(
        default="rancher",
        description="Whose certificate users see: rancher (its own CA), letsEncrypt, secret (yours, by the ingress) or "
        "external (TLS ends at the balancer). Default: rancher.",
    )
    email: Mail | None = Field(
        default=None, description="letsEncrypt: who is told of certificates that run out. Default: none."
    )
    environment: Literal["production", "staging"] = Field(
        default="production", description="letsEncrypt: production, or staging for trials. Default: production."
    )
    certificate: LocalPath | None = Field(
        default=None,
        description="secret: PEM file of the certificate for hostname, then the intermediate ones. Default: none.",
    )
    key: LocalPath | None = Field(
        default=None, description="secret: PEM file of its private key, without passphrase. Default: none."
    )
    private_ca: LocalPath | None = Field(
        default=None,
        description="secret, external: PEM file of the private CA behind the certificate. Default: a public CA.",
    )
    cert_manager: CertManagerVersion | None = Field(
        default=None,
        description="Release of cert-manager, for rancher and letsEncrypt. Default: the newest known for the "
        "cluster's Kubernetes.",
    )
    repository: Repository = Field(
        default="stable", description="Chart repository: stable, latest, prime, or a URL. Default: stable."
    )
    charts: LocalPath | None = Field(
        default=None,
        description="Folder with the charts instead (rancher-2.13.3.tgz, cert-manager-v1.20.3.tgz), and helm if you "
        "like. Default: from repositories.",
    )
    how: Literal["helm", "manifests"] = Field(
        default="helm",
        description="helm: by helm on this machine; manifests: as charts that RKE2 installs itself. Default: helm.",
    )
    helm: LocalPath | None = Field(
        default=None,
        description="helm on this machine. Default: the one beside the charts or in the source's folder or bundle, "
        "else the one in PATH.",
    )
    system_default_registry: RegistryName | None = Field(
        default=None, description="Registry put before Rancher's images. Default: that of registries, else none."
    )
    bundled_catalogs: bool = Field(
        default=False, description="Use the catalogs in Rancher's image, as without internet. Default: false."
    )
    values: Values = Field(
        default={}, description="Further values of Rancher's chart, over those of the wizard. Default: none."
    )

    @property
    def line(self) -> tuple[int, int]:
        """Major and minor of its version."""
        major, minor = self.version.split(".")[:2]
        return int(major), int(minor)

    @property
    def wants_cert_manager(self) -> bool:
        """Whether certificates are made in the cluster."""
        return self.tls in ("rancher", "letsEncrypt")

    @property
    def public_ca(self) -> bool:
        """Whether the chart tells Rancher that agents find the CA of its certificate in their own system."""
        return self.private_ca is None and self.tls != "rancher"
