"""The kinds of value that fields of the spec hold, each with its check and what editors show of it."""

import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from wizard.spec import address, cron, kubernetes
from wizard.spec.fault import fault
from wizard.spec.problem import quoted
from wizard.spec.share import share_above_zero, share_text

RKE2_VERSION = re.compile(r"v[0-9]+\.[0-9]+\.[0-9]+(-(alpha|beta|rc)[0-9.]+)?\+rke2r[0-9]+")
_REGISTRY = re.compile(r"\*|[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")
_PLAIN_TEXT = re.compile(r"[^\x00-\x1f\x7f]*")
_CHANNELS = ("stable", "latest", "testing")


class Part(BaseModel):
    """A piece of the spec: frozen, every key known, nothing converted behind the operator's back."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def one_or_more(value: object) -> object:
    """Take one text where a list may stand; return a list of it."""
    return (value,) if isinstance(value, str) else value


def rke2_version(value: object) -> object:
    """Take what stands for a release of RKE2; return it, or raise a fault."""
    text = str(value)
    if RKE2_VERSION.fullmatch(text):
        return text
    example = "a release such as v1.34.2+rke2r1"
    if text in _CHANNELS or re.fullmatch(r"v?[0-9]+(\.[0-9]+)?", text):
        raise fault(f"{quoted(text)} is not pinned: it names another release every few weeks", example)
    if re.fullmatch(r"v?[0-9]+\.[0-9]+\.[0-9]+", text):
        raise fault(f"{quoted(text)} names a Kubernetes version, not a release of RKE2", f"v{text.lstrip('v')}+rke2r1")
    raise fault(f"{quoted(text)} is not a version", example)


def _text(text: str) -> str:
    if text.strip() and _PLAIN_TEXT.fullmatch(text):
        return text
    raise fault("is empty or holds control characters", "text on one line")


def _user(text: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.@\\-]{0,255}", text):
        return text
    raise fault(f"{quoted(text)} is not a user name", "letters, digits, '_', '.', '-'")


def _remote_path(path: str) -> str:
    if _PLAIN_TEXT.fullmatch(path) and PurePosixPath(path).is_absolute() and ".." not in PurePosixPath(path).parts:
        return path
    raise fault(f"{quoted(path)} is not a full path on the nodes", "a path that begins with / and has no ..")


def _local_path(path: Path) -> Path:
    text = str(path)
    if _PLAIN_TEXT.fullmatch(text) and text != ".":
        return path
    raise fault("is empty or holds control characters", "a path on this machine")


def _registry(text: str) -> str:
    if _REGISTRY.fullmatch(text):
        return text
    raise fault(f"{quoted(text)} is not a registry", "host or host:port, without https:// and without a path")


def url(*schemes: str) -> Callable[[str], str]:
    """Return a check that takes a URL of these schemes, without a password in it."""
    example = f"{schemes[-1]}://host:port"

    def check(text: str) -> str:
        try:
            parts = urlsplit(text)
            good = parts.scheme in schemes and bool(parts.hostname) and (parts.port is None or parts.port > 0)
        except ValueError:
            good = False
        # Not quoted where an @ is: what stands before it may be a password.
        if "@" in text:
            raise fault("holds a user or password in the clear", f"{example}, without user and password")
        if not good or not _PLAIN_TEXT.fullmatch(text) or " " in text:
            raise fault(f"{quoted(text)} is not a URL of {' or '.join(schemes)}", example)
        return text

    return check


def option_value(value: Any) -> Any:
    """Take the value of a passed-through option: text, a number, a switch, or a list of them."""
    if isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, tuple) and all(isinstance(one, str | bool | int | float) for one in value):
        return value
    raise fault("is empty or nested", "text, a number, true, false, or a list of them")


def _schema(pattern: str, example: str) -> Any:
    return Field(json_schema_extra={"pattern": pattern, "examples": [example]})


def _listed(item: dict[str, Any], most: int) -> Any:
    return WithJsonSchema({"anyOf": [item, {"type": "array", "items": item, "minItems": 1, "maxItems": most}]})


Text = Annotated[str, AfterValidator(_text), Field(json_schema_extra={"minLength": 1})]
ClusterName = Annotated[
    str, AfterValidator(kubernetes.cluster_name), _schema("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$", "prod")
]
NodeName = Annotated[
    str, AfterValidator(kubernetes.node_name), _schema("^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$", "cp-1")
]
LabelKey = Annotated[str, AfterValidator(kubernetes.label_key)]
LabelValue = Annotated[str, AfterValidator(kubernetes.label_value)]
Taint = Annotated[
    str,
    AfterValidator(kubernetes.taint),
    _schema(":(NoSchedule|PreferNoSchedule|NoExecute)$", "CriticalAddonsOnly=true:NoExecute"),
]
Version = Annotated[str, BeforeValidator(rke2_version), _schema(f"^{RKE2_VERSION.pattern}$", "v1.34.2+rke2r1")]
HostAddress = Annotated[str, AfterValidator(address.host), Field(json_schema_extra={"examples": ["10.0.0.11"]})]
NodeIps = Annotated[str, AfterValidator(address.node_ips), Field(json_schema_extra={"examples": ["10.1.0.11"]})]
Port = Annotated[int, Field(ge=1, le=65535)]
User = Annotated[str, AfterValidator(_user)]
LocalPath = Annotated[Path, Field(strict=False), AfterValidator(_local_path)]
RemotePath = Annotated[str, AfterValidator(_remote_path), _schema("^/", "/var/lib/snapshots")]
RegistryName = Annotated[str, AfterValidator(_registry), Field(json_schema_extra={"examples": ["reg.local:5000"]})]
WebUrl = Annotated[str, AfterValidator(url("http", "https")), _schema("^https?://", "https://reg.local:5000")]
ProxyUrl = Annotated[str, AfterValidator(url("https", "http")), _schema("^https?://", "http://proxy.example.com:3128")]
Cron = Annotated[str, AfterValidator(cron.cron), Field(json_schema_extra={"examples": ["0 */12 * * *"]})]
Cidrs = Annotated[
    tuple[Annotated[str, AfterValidator(address.cidr)], ...],
    Field(min_length=1, max_length=2),
    BeforeValidator(one_or_more),
    _listed({"type": "string", "examples": ["10.42.0.0/16"]}, 2),
]
Networks = Annotated[
    tuple[Annotated[str, AfterValidator(address.cidr)], ...],
    Field(min_length=1, max_length=50),
    BeforeValidator(one_or_more),
    _listed({"type": "string", "examples": ["10.0.0.0/8"]}, 50),
]
IngressName = Literal["traefik", "ingress-nginx", "none"]
CniName = Literal["canal", "calico", "cilium", "flannel", "none", "multus"]
Cnis = Annotated[
    tuple[CniName, ...],
    Field(min_length=1, max_length=2),
    BeforeValidator(one_or_more),
    _listed({"type": "string", "enum": ["canal", "calico", "cilium", "flannel", "none", "multus"]}, 2),
]
_PERCENT = {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": "^(100|[1-9]?[0-9])%$"}]}
Share = Annotated[str | int, BeforeValidator(share_text), WithJsonSchema(_PERCENT)]
ShareAboveZero = Annotated[str | int, BeforeValidator(share_above_zero), WithJsonSchema(_PERCENT)]
_SCALARS = {"type": ["string", "number", "boolean"]}
OptionValue = Annotated[
    Any,
    AfterValidator(option_value),
    WithJsonSchema({"anyOf": [_SCALARS, {"type": "array", "items": _SCALARS}]}),
]
