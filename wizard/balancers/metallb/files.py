"""The files that RKE2's servers deploy MetalLB from, in their manifests folder.

RKE2's deploy controller looks at the folder every 15 s, applies what has changed, and tries again what failed (k3s,
pkg/deploy). Custom resources stand in a file of their own, written once the chart's definitions are there.
"""

from wizard.balancers.ingress.controller import INGRESS
from wizard.balancers.manifest import FOLDER, MODE, as_text
from wizard.balancers.metallb.chart import RELEASE, helm_chart, home, ingress_config
from wizard.balancers.metallb.configmap import config_map
from wizard.balancers.metallb.objects import Manifest, Password, objects
from wizard.bundle.carried import content_of
from wizard.errors import BadSpec, WizardError
from wizard.rollout.step import File
from wizard.secret import MASK, Secret
from wizard.site import Site, sha256
from wizard.spec.metallb import Metallb, Peer
from wizard.spec.models import Spec
from wizard.vault.secrets import new_token

CHART = f"{FOLDER}/rancher-wizard-metallb.yaml"
ADDRESSES = f"{FOLDER}/rancher-wizard-metallb-addresses.yaml"
STAMP = "metallb-stamp"
"""The name in the vault of the key that makes a digest of passwords worthless to whoever reads it."""
LARGEST = 700_000
"""Bytes of a chart: base64 makes them a third more, and etcd takes no object above 1.5 MiB."""


def wanted(spec: Spec) -> Metallb:
    """Return the spec's MetalLB. Raises ValueError for a spec without it."""
    if spec.metallb is None:
        raise ValueError("the spec has no metallb")
    return spec.metallb


def paths(spec: Spec) -> tuple[str, ...]:
    """Return the files that a server is to have, in the order in which they are written."""
    metallb = spec.metallb
    if metallb is None:
        return ()
    resources = (ADDRESSES,) if metallb.since("custom_resources") else ()
    return (CHART, *resources, *((INGRESS,) if metallb.expose_ingress else ()))


def planned(site: Site, path: str) -> File:
    """Return a file as the plan shows it: passwords masked, a chart of one's own not written out."""
    shown = _text(site, _documents(site, path, masked, whole=False))
    digest = sha256(real_text(site, path).reveal()) if all_sealed(site) else ""
    return File(path, shown, MODE, digest)


def real_text(site: Site, path: str) -> Secret:
    """Return the text that belongs at `path`, passwords and all. Raises WizardError before those are sealed."""
    return Secret(_text(site, _documents(site, path, lambda peer: sealed(site, peer).reveal(), whole=True)))


def resources(site: Site) -> tuple[Manifest, ...]:
    """Return MetalLB's resources with their passwords. Raises WizardError before those are sealed."""
    return objects(wanted(site.spec), lambda peer: sealed(site, peer).reveal())


def for_kubectl(spec: Spec) -> str:
    """Return what kubectl applies where nobody deploys manifests by itself, passwords masked; MetalLB runs before."""
    return as_text(*configuration(wanted(spec), masked))


def configuration(metallb: Metallb, password: Password) -> tuple[Manifest, ...]:
    """Return MetalLB's configuration as its release reads it; `password` gives that of a peer which has one."""
    return objects(metallb, password) if metallb.since("custom_resources") else (config_map(metallb, password),)


def masked(peer: Peer) -> str:
    """Stand in for a peer's password where it is only shown."""
    return MASK


def sealed(site: Site, peer: Peer) -> Secret:
    """Return a peer's password out of the vault. Raises WizardError before it is sealed."""
    secret = site.vault.get(_name(peer))
    if secret is None:
        what = f"the BGP password of {peer.name} is not in this cluster's vault"
        raise WizardError(what, hint="rancher-wizard apply seals it first.")
    return secret


def seal(site: Site) -> None:
    """Bring the passwords of BGP peers into the vault. Raises BadSpec for one that can't be read and never was."""
    for peer in _locked(site.spec):
        known = site.vault.get(_name(peer))
        try:
            given = peer.password.read(site.base) if peer.password else known
        except BadSpec:
            if known is None:
                raise
            continue
        if given and given != known:
            site.vault.put(_name(peer), given)
    if _locked(site.spec):
        site.vault.ensure(STAMP, new_token)


def _documents(site: Site, path: str, password: Password, *, whole: bool) -> tuple[Manifest, ...]:
    metallb = wanted(site.spec)
    if path == INGRESS:
        return (ingress_config(site.spec, metallb),)
    if path == ADDRESSES:
        return objects(metallb, password)
    old = () if metallb.since("custom_resources") else (config_map(metallb, password),)
    return (home(), *old, helm_chart(metallb, chart_content(site, metallb) if whole else _stand_in(site, metallb)))


def _text(site: Site, documents: tuple[Manifest, ...]) -> str:
    return f"{site.marker}\n{as_text(*documents)}"


def chart_content(site: Site, metallb: Metallb) -> bytes | None:
    """Return the chart's .tgz, None where it comes from its repository. Raises WizardError for one that is none."""
    if metallb.chart is None:
        return content_of(site.spec.source, site.base, "chart", f"charts/{RELEASE}-{metallb.version}.tgz")
    path = site.resolve(metallb.chart)
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        what = f"metallb.chart: {path}: {error.strerror}"
        raise BadSpec([what], hint="Paths are relative to the spec's folder.") from None
    if len(data) > LARGEST or not data.startswith(b"\x1f\x8b"):
        what = "larger than a chart may be" if len(data) > LARGEST else "not a chart (.tgz)"
        hint = f"helm pull metallb --version {metallb.version} gives the right file."
        raise BadSpec([f"metallb.chart: {path}: {what}"], hint=hint)
    return data


def _stand_in(site: Site, metallb: Metallb) -> bytes | None:
    """Stand in for a chart that does not come from its repository."""
    return b"..." if metallb.chart or site.spec.source.kind == "bundle" else None


def _locked(spec: Spec) -> tuple[Peer, ...]:
    bgp = spec.metallb.bgp if spec.metallb else None
    return tuple(peer for peer in bgp.peers if peer.password) if bgp else ()


def all_sealed(site: Site) -> bool:
    """Whether the vault has the password of every peer that has one."""
    return all(site.vault.get(_name(peer)) for peer in _locked(site.spec))


def _name(peer: Peer) -> str:
    return f"metallb-{peer.name}"
