"""What a bundle is for: read off a spec, or said on the command line."""

from dataclasses import dataclass, field

from pydantic import TypeAdapter, ValidationError

from wizard.bundle.contents.rke1 import Rke1Wish
from wizard.bundle.contents.upgrade_controller import by_controller
from wizard.errors import BadUsage
from wizard.profiles import profile
from wizard.spec.field import Version
from wizard.spec.models import Spec
from wizard.spec.rancher import Rancher
from wizard.spec.rancher_line import line_of, newest_cert_manager
from wizard.spec.release import RKE1_VERSION

EVERY_NODE = frozenset({"iptables", "time", "tools"})
"""Purposes of packages that checks may find lacking on any node."""


KUBECTL_SKEW = 1
"""Minors that kubectl may be older or newer than the API server."""


@dataclass(frozen=True, slots=True)
class Wish:
    """The choices that contents follow from; an empty version means that the part is not wanted.

    `rke1` is there for RKE1, whose version this is then. For an upgrade, `begins` is the release that it begins at, and
    `between` are those that it goes through before `version`, oldest first. `purposes` are the keys of
    profiles/artifacts.yaml packages; `systems` the nodes' distributions, such as debian-12, which no spec names.
    """

    version: str
    begins: str = ""
    between: tuple[str, ...] = ()
    rke1: Rke1Wish | None = None
    cni: tuple[str, ...] = ("canal",)
    ingress: str = ""
    arches: tuple[str, ...] = ("amd64",)
    systems: tuple[str, ...] = ()
    purposes: frozenset[str] = field(default_factory=frozenset)
    rancher: str = ""
    repository: str = ""
    cert_manager: str = ""
    metallb: str = ""
    bgp: bool = False
    longhorn: str = ""
    helm: bool = False
    kube_vip: bool = False
    upgrade_controller: bool = False

    @property
    def kubernetes(self) -> str:
        """The Kubernetes version within the release."""
        return kubernetes_of(self.version)

    @property
    def releases(self) -> tuple[str, ...]:
        """Every release that is brought, oldest first."""
        return (*self.between, self.version)

    @property
    def kubectls(self) -> tuple[str, ...]:
        """Versions of kubectl, newest first, so few that each API server of the way may be asked by one of them."""
        taken = [self.version]
        for server in reversed((self.begins or self.version, *self.between)):
            if not may_ask(taken[-1], server):
                taken.append(next(each for each in self.releases if may_ask(each, server)))
        return tuple(map(kubernetes_of, taken))

    @classmethod
    def of(cls, spec: Spec, *, arches: tuple[str, ...] = ("amd64",), systems: tuple[str, ...] = ()) -> "Wish":
        """Return what a spec wishes for.

        Raises BadUsage for RancherD, and for a version of RKE1 that no `rke` is known for.
        """
        if spec.distribution == "rancherd":
            known = profile("rancherd/rancherd")
            raise BadUsage(f"{spec.name} is of RancherD: {known['bundle']}", hint=f"Instead, {known['instead']}.")
        rancher = spec.rancher
        return cls(
            version=spec.version,
            rke1=Rke1Wish.of(spec) if spec.distribution == "rke1" else None,
            cni=spec.network.cni,
            ingress=spec.ingress or "",
            arches=arches,
            systems=systems,
            purposes=_purposes(spec),
            rancher=rancher.version if rancher else "",
            repository=rancher.repository if rancher else "",
            cert_manager=_cert_manager(spec, rancher) if rancher and rancher.wants_cert_manager else "",
            metallb=spec.metallb.version if spec.metallb else "",
            bgp=bool(spec.metallb and spec.metallb.bgp),
            longhorn=_longhorn(spec),
            kube_vip=bool(spec.balancer and spec.balancer.kind == "kube-vip"),
            helm=bool(rancher and rancher.how == "helm") or bool(spec.metallb and spec.engine == "rke1"),
            upgrade_controller=by_controller(spec),
        )


def _purposes(spec: Spec) -> frozenset[str]:
    found = set(EVERY_NODE)
    if spec.balancer and spec.balancer.kind == "haproxy":
        found |= {"haproxy", "keepalived"} if spec.balancer.vip else {"haproxy"}
    if spec.storage.kind == "longhorn":
        found.add("iscsi")
    if spec.storage.kind == "nfs" or (spec.storage.kind == "longhorn" and spec.storage.shared):
        found.add("nfs")
    if spec.security.selinux:
        found.add("selinux")
    if spec.distribution == "rke1" and spec.rke1.docker == "install":
        found.add("docker")
    return frozenset(found)


def _cert_manager(spec: Spec, rancher: Rancher) -> str:
    return rancher.cert_manager or newest_cert_manager(line_of(spec.version)) or ""


def _longhorn(spec: Spec) -> str:
    return str(profile("artifacts")["longhorn"]["version"]) if spec.storage.kind == "longhorn" else ""


def kubernetes_of(release: str) -> str:
    """Return the version of Kubernetes: v1.34.2+rke2r1 gives v1.34.2, v1.30.14-rancher1-1 v1.30.14."""
    return release.partition("+")[0].partition("-rancher")[0]


def may_ask(kubectl: str, server: str) -> bool:
    """Whether a kubectl may talk to an API server, both by their releases. Source: Kubernetes, version skew policy."""
    (major, minor), (other, theirs) = line_of(kubectl), line_of(server)
    return major == other and abs(minor - theirs) <= KUBECTL_SKEW


def release(text: str, option: str = "--version") -> str:
    """Return a release of RKE2, or a version of RKE1, as an option of the command line gives it.

    Raises BadUsage for one that is none, or not pinned.
    """
    if RKE1_VERSION.fullmatch(text):
        return text
    try:
        return str(TypeAdapter(Version).validate_python(text))
    except ValidationError as error:
        context = error.errors(include_url=False)[0]
        raise BadUsage(
            f"{option} {text}: {context['msg']}", hint="Such as v1.34.2+rke2r1, or v1.30.14-rancher1-1."
        ) from None
