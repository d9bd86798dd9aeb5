"""Kind by kind, what a move takes along or leaves: what is there, what RKE2 makes of it, the way back; pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wizard.migrate.ask import Answers
from wizard.migrate.objects import SYSTEM, at, maps, name_of, place, space, text
from wizard.profiles import profile

_SHOWN = 8  # names behind one class or namespace
_ROLES = ("node-role.kubernetes.io/controlplane", "node-role.kubernetes.io/worker")
_WORKLOADS = ("deployments", "statefulsets", "daemonsets")


@dataclass(frozen=True, slots=True)
class Thing:
    """What there is of a kind; the rest is as profiles/migrate.yaml has it."""

    kind: str
    title: str
    items: tuple[str, ...]
    becomes: str
    back: str


def things(said: Answers) -> tuple[Thing, ...]:
    """Return the kinds of which there is something, in the profile's order; never raises, whatever an object holds."""
    rows = ((row, tuple(_FINDERS[row["kind"]](said))) for row in profile("migrate")["kinds"])
    return tuple(Thing(row["kind"], row["title"], items, row["becomes"], row["back"]) for row, items in rows if items)


def _own(said: Answers, *kinds: str) -> Iterator[Mapping[str, Any]]:
    """Yield the objects that RKE1 has not brought itself."""
    yield from (one for kind in kinds for one in said.of(kind) if space(one) not in SYSTEM)


def _roles(said: Answers) -> Iterator[str]:
    for one in _own(said, *_WORKLOADS, "cronjobs"):
        named = dict.fromkeys(role for key in _placing(_pod(one)) for role in _ROLES if key == role)
        if named:
            yield f"{name_of(one)}: {', '.join(named)}"


def _pod(one: Mapping[str, Any]) -> Any:
    return at(one, "spec", "template", "spec") or at(one, "spec", "jobTemplate", "spec", "template", "spec")


def _placing(pod: Any) -> Iterator[str]:
    """Yield the labels and taints by which a pod says where it may run."""
    selector = at(pod, "nodeSelector")
    yield from map(str, selector) if isinstance(selector, Mapping) else ()
    yield from (text(each, "key") for each in maps(at(pod, "tolerations")))
    affinity = at(pod, "affinity", "nodeAffinity")
    needs = maps(at(affinity, "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"))
    likes = maps(at(affinity, "preferredDuringSchedulingIgnoredDuringExecution"))
    for term in (*needs, *(at(each, "preference") for each in likes)):
        yield from (text(each, "key") for each in maps(at(term, "matchExpressions")))


def _stateful(said: Answers) -> Iterator[str]:
    for one in _own(said, "statefulsets"):
        claims = [_claim(each) for each in maps(at(one, "spec", "volumeClaimTemplates"))]
        kept = f"; claims {', '.join(claims)}" if claims else "; no claims"
        yield f"{place(one)} (replicas: {text(one, 'spec', 'replicas') or '1'}{kept})"


def _claim(one: Mapping[str, Any]) -> str:
    size = text(one, "spec", "resources", "requests", "storage")
    return f"{text(one, 'metadata', 'name')} {size} of class {text(one, 'spec', 'storageClassName') or 'by default'}"


def _everywhere(said: Answers) -> Iterator[str]:
    yield from map(place, _own(said, "daemonsets"))


def _timed(said: Answers) -> Iterator[str]:
    for one in _own(said, "cronjobs"):
        rests = ", suspended" if at(one, "spec", "suspend") is True else ""
        yield f"{place(one)} ({text(one, 'spec', 'schedule')}{rests})"


def _running(said: Answers) -> Iterator[str]:
    """Jobs that have not ended, but for those that a CronJob began: it begins the next one."""
    for one in _own(said, "jobs"):
        owners = {text(each, "kind") for each in maps(at(one, "metadata", "ownerReferences"))}
        ended = {text(each, "type") for each in maps(at(one, "status", "conditions")) if text(each, "status") == "True"}
        if "CronJob" not in owners and not ended & {"Complete", "Failed"}:
            yield place(one)


def _by_class(said: Answers) -> Iterator[str]:
    controllers = {text(one, "metadata", "name"): text(one, "spec", "controller") for one in said.of("classes")}
    found: defaultdict[str, list[str]] = defaultdict(list)
    for one in _own(said, "ingresses"):
        noted = text(one, "metadata", "annotations", "kubernetes.io/ingress.class")
        found[text(one, "spec", "ingressClassName") or noted].append(place(one))
    for name, names in sorted(found.items()):
        by = f" ({controllers[name]})" if controllers.get(name) else ""
        yield f"{f'class {name}' if name else 'no class'}{by}: {_listed(names)}"


def _by_namespace(said: Answers) -> Iterator[str]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for one in _own(said, "policies"):
        found[space(one)].append(text(one, "metadata", "name"))
    yield from (f"{name}: {_listed(names)}" for name, names in sorted(found.items()))


def _named(said: Answers) -> Iterator[str]:
    yield from (text(one, "metadata", "name") for one in said.of("podsecurity"))


def _releases(said: Answers) -> Iterator[str]:
    """The newest revision of each; its chart as the objects say that it made: a release's own Secret has its values."""
    charts = dict(_charts([one for kind in _WORKLOADS for one in said.of(kind)]))
    newest: dict[str, tuple[int, str]] = {}
    for one in said.of("releases"):
        revision = int(number) if (number := text(one, "revision")).isdecimal() else 0
        newest[place(one)] = max(newest.get(place(one), (0, "")), (revision, text(one, "status")))
    for name, (revision, status) in sorted(newest.items()):
        chart = f"chart {charts[name]}, " if name in charts else ""
        yield f"{name} ({chart}revision {revision}, {status})"


def _charts(workloads: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for one in workloads:
        notes, chart = at(one, "metadata", "annotations"), text(one, "metadata", "labels", "helm.sh/chart")
        name, where = text(notes, "meta.helm.sh/release-name"), text(notes, "meta.helm.sh/release-namespace")
        if name and chart:
            yield f"{where or space(one)}/{name}", chart


def _listed(names: Iterable[str]) -> str:
    found = list(names)
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return ", ".join(found[:_SHOWN]) + more


_FINDERS: Mapping[str, Callable[[Answers], Iterator[str]]] = {
    "roles": _roles,
    "statefulsets": _stateful,
    "daemonsets": _everywhere,
    "cronjobs": _timed,
    "jobs": _running,
    "ingresses": _by_class,
    "policies": _by_namespace,
    "podsecurity": _named,
    "releases": _releases,
}
