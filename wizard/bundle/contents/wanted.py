"""Every artifact that a wish needs, and no other."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from wizard import __version__
from wizard.bundle.contents.artifact import Artifact, image, rows
from wizard.bundle.contents.rke1 import Rke1Wish, rke_for, roles_of, system_images
from wizard.bundle.contents.upgrade_controller import upgrade_controller
from wizard.bundle.contents.wish import Wish
from wizard.errors import BadUsage
from wizard.profiles import profile
from wizard.spec.rancher_line import dotted, line_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be fetched; `notes` say what could not be known from the spec, in the operator's words."""

    artifacts: tuple[Artifact, ...]
    notes: tuple[str, ...]


def wanted(wish: Wish) -> Wanted:
    """Return every artifact for a wish, in a fixed order. Images that only a list names come by `listed`."""
    cluster = (*_release(wish), *_tools(wish), *_charts(wish), *_kube_vip(wish), *_controller(wish))
    artifacts = (*cluster, *_packages(wish), *_wizard())
    once = {(each.kind, each.name): each for each in artifacts}
    return Wanted(tuple(once.values()), tuple(_notes(wish)))


def image_sets(version: str, cni: Iterable[str], ingress: str) -> tuple[str, ...]:
    """Return the sets of image archives of an RKE2 release for these plug-ins, `core` first.

    Without a choice of ingress RKE2 takes the one that is in core: nginx before 1.36, Traefik since.
    """
    known, line = profile("artifacts")["rke2"], line_of(version)
    more = _ingress_of(version)["sets"]
    sets = [name for name in cni if name in known["cni"]] + [name for name in more if name == ingress]
    there = [name for name in sets if line >= line_of(known["sets_since"].get(name, "0.0"))]
    return ("core", *dict.fromkeys(there))


def own_ingress(version: str) -> str:
    """Return the ingress controller that an RKE2 release brings up where nobody chose one; clusters keep it later."""
    return str(_ingress_of(version)["core"])


def listed(artifact: Artifact, text: str) -> Iterator[Artifact]:
    """Return the images that a fetched list adds: all of Longhorn's; of Rancher's those that its own cluster runs.

    Of RKE1's metadata it is what the spec picks, of each version that is wanted. RKE2's lists add none: their images
    are in its archives. Raises WizardError for metadata that does not know a version.
    """
    if artifact.part == "rke2":
        return
    if artifact.part == "rke1":
        for version in artifact.versions:
            images = system_images(text, version, name=artifact.name)
            for name in filter(images.get, artifact.picks):
                made = image("rke1", images[name], licence=artifact.licence, roles=roles_of(name))
                yield replace(made, release=version)
        return
    core = profile("artifacts")[artifact.part].get("core")
    for reference in image_lines(text):
        if core is None or reference.partition(":")[0].removeprefix("docker.io/") in core:
            yield image(artifact.part, reference, licence=artifact.licence)


def image_lines(text: str) -> tuple[str, ...]:
    """Return the references in a publisher's list: one a line; comments and empty lines are passed over."""
    lines = (line.strip() for line in text.splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


def _release(wish: Wish) -> Iterator[Artifact]:
    return _rke1(wish, wish.rke1) if wish.rke1 else _rke2(wish)


def _rke1(wish: Wish, own: Rke1Wish) -> Iterator[Artifact]:
    versions: dict[str, list[str]] = {}
    for version in wish.releases:
        versions.setdefault(rke_for(version), []).append(version)
    for rke, installed in versions.items():
        for each in rows("rke1", installed[-1], arches=wish.arches, rke=rke):
            if each.kind == "list":
                yield replace(each, picks=own.picks, versions=tuple(installed), release=installed[0])
            elif own.carried:
                yield replace(each, release=installed[0])
    yield from (image("rke1", reference, roles=roles_of(name)) for name, reference in own.images)


def _rke2(wish: Wish) -> Iterator[Artifact]:
    ingress = wish.ingress or (own_ingress(wish.begins) if wish.begins else "")
    for release in wish.releases:
        sets = image_sets(release, wish.cni, ingress)
        yield from (replace(each, release=release) for each in rows("rke2", release, arches=wish.arches, sets=sets))


def _ingress_of(version: str) -> Mapping[str, Any]:
    """What profiles/artifacts.yaml says of the ingress controllers of an RKE2 release."""
    line = line_of(version)
    found: Mapping[str, Any] = [
        each for each in profile("artifacts")["rke2"]["ingress"] if line >= line_of(each["since"])
    ][-1]
    return found


def _tools(wish: Wish) -> Iterator[Artifact]:
    for version in wish.kubectls:
        yield from rows("kubectl", version, arches=wish.arches)
    if wish.helm:
        yield from rows("helm", profile("artifacts")["helm"]["version"], arches=wish.arches)


def _charts(wish: Wish) -> Iterator[Artifact]:
    if wish.cert_manager:
        yield from rows("cert-manager", wish.cert_manager, arches=wish.arches)
    if wish.rancher:
        repository = profile("rancher")["repositories"].get(wish.repository, wish.repository).rstrip("/")
        yield from rows("rancher", wish.rancher, arches=wish.arches, repository=repository)
    if wish.metallb:
        yield from rows("metallb", wish.metallb, arches=wish.arches)
        if wish.bgp:
            yield from _frr(wish.metallb)
    if wish.longhorn:
        yield from rows("longhorn", wish.longhorn, arches=wish.arches)


def _frr(metallb: str) -> Iterator[Artifact]:
    known = profile("artifacts")["metallb"]["bgp"]
    for reference in known.get(dotted(line_of(metallb)), ()):
        yield image("metallb", reference, licence="GPL-2.0-or-later, Apache-2.0")


def _kube_vip(wish: Wish) -> Iterator[Artifact]:
    if wish.kube_vip:
        known = profile("kube-vip")
        yield image("kube-vip", f"{known['image']}:{known['version']}", licence="Apache-2.0")


def _controller(wish: Wish) -> Iterator[Artifact]:
    if wish.upgrade_controller:
        for release in wish.releases:
            yield from upgrade_controller(release)


def _packages(wish: Wish) -> Iterator[Artifact]:
    known = profile("artifacts")["packages"]
    for system in wish.systems:
        if system not in known["systems"]:
            raise BadUsage(f"--os {system}: not known", hint=f"One of {', '.join(known['systems'])}.")
        place, family = known["systems"][system]["source"], known["systems"][system]["family"]
        for purpose in sorted(wish.purposes):
            for package in known["purposes"][purpose][family]:
                yield Artifact(
                    "package",
                    f"packages/{system}/{package}",
                    f"{place}/{package}",
                    "packages",
                    licence=known["licence"],
                    roles=tuple(known["purposes"][purpose]["roles"]),
                )


def _wizard() -> Iterator[Artifact]:
    return rows("wizard", __version__, arches=())


def _notes(wish: Wish) -> Iterator[str]:
    if wish.purposes and not wish.systems:
        yield f"packages ({', '.join(sorted(wish.purposes))}) are left out: name the nodes' distributions by --os"
    if wish.rke1:
        yield from wish.rke1.notes
    elif not wish.ingress and not wish.begins and line_of(wish.version) >= (1, 36):
        yield "a cluster begun before 1.36 keeps its nginx, whose images come only with ingress: ingress-nginx"
