"""What must hold between the fields of a spec: every rule, a pure function from a spec to its problems."""

from collections.abc import Callable, Iterator, Set

from wizard.profiles import profile
from wizard.spec import (
    balancer_rule,
    metallb_rule,
    network_rule,
    node_rule,
    option_rule,
    rancher_rule,
    rancherd_rule,
    rke1_rule,
    storage_rule,
    upgrade_rule,
)
from wizard.spec.models import Spec
from wizard.spec.problem import Path, Problem, quoted

Rule = Callable[[Spec], Iterator[Problem]]


def profile_of_the_release(spec: Spec) -> Iterator[Problem]:
    """Before v1.25 the profiles carried the number of their benchmark."""
    major, minor = (int(part) for part in spec.version.removeprefix("v").split(".")[:2])
    if spec.security.profile != "none" and spec.distribution == "rke2" and (major, minor) < (1, 25):
        what = f"{quoted(spec.security.profile)} is not a profile of {spec.version}"
        yield Problem(("security", "profile"), what, "v1.25 or newer, or none")


def both_s3_keys(spec: Spec) -> Iterator[Problem]:
    """One half of a key pair opens nothing."""
    s3 = spec.etcd.snapshots.s3
    if s3 and (s3.access_key is None) != (s3.secret_key is None):
        present, absent = ("secret_key", "access_key") if s3.access_key is None else ("access_key", "secret_key")
        yield Problem(("etcd", "snapshots", "s3", present), f"stands without {absent}", "both, or neither")


def both_tls_files(spec: Spec) -> Iterator[Problem]:
    """A client certificate needs its key."""
    for name, config in spec.registries.configs.items():
        if config.tls and (config.tls.cert_file is None) != (config.tls.key_file is None):
            path = ("registries", "configs", name, "tls")
            yield Problem(path, "cert_file and key_file belong together", "both, or neither")


def one_default_registry(spec: Spec) -> Iterator[Problem]:
    """The star stands for all registries, and can't be put before an image's name."""
    if spec.registries.system_default_registry == "*":
        yield Problem(("registries", "system_default_registry"), "'*' is not one registry", "host or host:port")


def whole_source(spec: Spec) -> Iterator[Problem]:
    """A folder or bundle is named when there is one, and only then."""
    source = spec.source
    if source.kind == "folder" and source.path is None:
        yield Problem(("source", "path"), "is missing", "the folder that holds the release's files")
    if source.kind == "bundle" and source.path is None:
        yield Problem(("source", "path"), "is missing", "the file that `bundle create` made")
    if source.kind != "bundle" and source.key is not None:
        yield Problem(("source", "key"), f"is not read when kind is {source.kind}", "kind: bundle, or no key")
    if source.kind != "bundle" and source.base:
        yield Problem(("source", "base"), f"is not read when kind is {source.kind}", "kind: bundle, or no base")
    if source.kind == "online" and source.path is not None:
        yield Problem(("source", "path"), "is not read when kind is online", "kind: folder or bundle, or no path")
    if source.kind == "online" and source.spread != "auto":
        yield Problem(("source", "spread"), "is not read when kind is online", "kind: folder or bundle, or no spread")
    if source.kind != "online" and source.mirror is not None:
        what = f"is not read when kind is {source.kind}"
        yield Problem(("source", "mirror"), what, "kind: online, or no mirror")


def embedded_registry_of_the_release(spec: Spec) -> Iterator[Problem]:
    """Of some releases, nodes do not come up by images of their peers."""
    known, (major, minor, patch) = profile("spread")["registry"], _numbers(spec.version)
    if spec.source.spread != "registry":
        return
    if spec.distribution != "rke2":
        yield Problem(("source", "spread"), f"{spec.distribution} has no embedded registry", "star or fan-out")
    elif f"v{major}.{minor}.{patch}" in known["broken"] or (major, minor) < tuple(known["since"]):
        what = f"nodes of {spec.version} do not come up by its embedded registry"
        yield Problem(("source", "spread"), what, "another release, or star or fan-out")


def _numbers(version: str) -> tuple[int, int, int]:
    major, minor, patch = (int(part) for part in version.removeprefix("v").partition("+")[0].split("-")[0].split("."))
    return major, minor, patch


RULES: tuple[Rule, ...] = (
    *node_rule.RULES,
    *option_rule.RULES,
    *balancer_rule.RULES,
    *metallb_rule.RULES,
    *rancher_rule.RULES,
    *storage_rule.RULES,
    *upgrade_rule.RULES,
    *rke1_rule.RULES,
    *rancherd_rule.RULES,
    profile_of_the_release,
    both_s3_keys,
    both_tls_files,
    one_default_registry,
    whole_source,
    embedded_registry_of_the_release,
)
# Here a problem of one entry says nothing about the others.
_SEPARATE = frozenset(("nodes", "options", "registries", "balancer", "metallb", "rancher", "rke1", "rancherd"))


def judge(spec: Spec, wrong: Set[Path]) -> list[Problem]:
    """Take a spec and the paths that are known to be wrong (a stand-in or default is there now); return the problems.

    What a rule says of a stand-in, or of a default beside one, would be no news to the operator.
    """
    sections = {path[0] for path in wrong if path}
    rules = RULES if "network" in sections else (*RULES, *network_rule.RULES)
    if "distribution" in sections:
        own = (*rke1_rule.RULES, *rancherd_rule.RULES)
        rules = tuple(rule for rule in rules if rule not in own)
    found = [problem for rule in rules for problem in rule(spec)]
    return [one for one in found if one.path[0] not in sections - _SEPARATE and not _known(one, wrong)]


def _known(problem: Problem, wrong: Set[Path]) -> bool:
    return any(problem.path[:length] in wrong for length in range(1, len(problem.path) + 1))
