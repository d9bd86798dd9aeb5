"""What of a spec RancherD can't do, and what of it RancherD alone can."""

import re
from collections.abc import Iterator

from wizard.profiles import profile
from wizard.spec.default import is_set
from wizard.spec.models import Spec
from wizard.spec.problem import Path, Problem, quoted
from wizard.spec.rancherd import facts_of

_BRINGS = "RancherD brings its own Rancher along"
# Fields that must stay at their defaults: the path, why, and what to do instead.
_NOT_READ: tuple[tuple[Path, str, str], ...] = (
    (("rancher",), _BRINGS, "no rancher; its release is rancherd.rancher_version, or version of generation 1"),
    (("metallb",), "is brought to clusters of RKE2 only", "no metallb"),
    (("proxy",), "is not passed on to RancherD", "its units' own environment, /etc/default/rancherd-server"),
    (("security", "profile"), "is a profile of RKE2's own units", "none"),
    (("storage", "kind"), "is brought to clusters of RKE2 only", "none, and its chart once the cluster is up"),
)
# The second one hands the first server's settings on to all others, by Rancher.
_NOT_READ_BY_SECOND: tuple[tuple[Path, str, str], ...] = (
    (("options", "agent"), "are not passed on: Rancher configures agents", "options.server, which all nodes get"),
    (("registries", "mirrors"), "are not passed on to RancherD", "system_default_registry"),
    (("registries", "configs"), "are not passed on to RancherD", "a registry that asks for no login"),
)


def known_to_rancherd(spec: Spec) -> Iterator[Problem]:
    """A setting that RancherD would not read is refused, rather than lost."""
    if spec.distribution != "rancherd":
        return
    second = _NOT_READ_BY_SECOND if spec.rancherd.generation == 2 else ()
    for path, why, instead in (*_NOT_READ, *second):
        if is_set(spec, path):
            yield Problem(path, why, instead)
    if spec.balancer and spec.balancer.kind == "kube-vip":
        yield Problem(("balancer", "kind"), "'kube-vip' runs on servers of RKE2", "haproxy or external")


def source_of_rancherd(spec: Spec) -> Iterator[Problem]:
    """There is nothing to download any more, and nothing that a bundle could prove."""
    if spec.distribution == "rancherd" and spec.source.kind != "folder":
        known = profile("rancherd/rancherd")
        yield Problem(("source", "kind"), known[spec.source.kind], known["instead"])
    elif spec.distribution == "rancherd" and spec.source.spread not in ("auto", "star"):
        yield Problem(("source", "spread"), f"{quoted(spec.source.spread)} is for RKE2", "star")


def version_of_the_generation(spec: Spec) -> Iterator[Problem]:
    """The first one has Rancher's version, the second installs a version of RKE2."""
    if spec.distribution != "rancherd":
        return
    generation = spec.rancherd.generation
    known = facts_of(generation)
    if not re.match(str(known["version"]), spec.version):
        what = f"{quoted(spec.version)} is not a version of RancherD's generation {generation}"
        yield Problem(("version",), what, f"such as {known['example']}, or rancherd.generation: {3 - generation}")
    if generation == 2 and spec.rancherd.rancher_version is None:
        yield Problem(("rancherd", "rancher_version"), "is missing", f"a pinned release, such as {known['rancher']}")
    if generation == 1:
        for key in ("rancher_version", "rancher_values"):
            if is_set(spec, ("rancherd", key)):
                what = "is not asked for: the first RancherD is of one release with its Rancher"
                yield Problem(("rancherd", key), what, "version alone, or generation: 2")


def choices_of_rancherd(spec: Spec) -> Iterator[Problem]:
    """The RKE2 inside the first one is of 2020 and 2021."""
    if spec.distribution != "rancherd" or spec.rancherd.generation != 1:
        return
    if spec.network.cni != ("canal",):
        yield Problem(("network", "cni"), "the first RancherD knows canal alone", "canal, or generation: 2")
    if spec.ingress is not None:
        what = f"{quoted(spec.ingress)} can't be chosen: the first RancherD has ingress-nginx"
        yield Problem(("ingress",), what, "no value")


def only_with_rancherd(spec: Spec) -> Iterator[Problem]:
    """RKE2 and RKE1 have no Rancher inside."""
    if spec.distribution != "rancherd" and is_set(spec, ("rancherd",)):
        yield Problem(("rancherd",), "is read for RancherD only", "distribution: rancherd, or no rancherd")


RULES = (
    known_to_rancherd,
    source_of_rancherd,
    version_of_the_generation,
    choices_of_rancherd,
    only_with_rancherd,
)
