"""Reads what look_cluster printed, a line at a time."""

import json
from typing import Any

from wizard.checks.cluster.seen import Budget, Live, Member, Pod, Webhook


def take(live: Live, line: str) -> None:
    """Take one line of look_cluster into `live`; one that is none of its own is passed over."""
    kind, _, rest = line.partition("|")
    if kind == "failed":
        what, _, why = rest.partition("|")
        live.unknown[what] = why
    elif kind in _TAKERS:
        fields = rest.split("|")
        # What a node or an operator named with a bar, or what was cut, is no fact.
        if len(fields) >= _FIELDS[kind]:
            _TAKERS[kind](live, fields)


def _node(live: Live, fields: list[str]) -> None:
    name, cordoned, conditions, room, labels, version = fields[:6]
    told = dict(pair.partition("=")[::2] for pair in conditions.split())
    live.members.append(Member(name, cordoned == "true", told, _amounts(_objects(room)), _labels(labels), version))


def _pod(live: Live, fields: list[str]) -> None:
    namespace, name, node, phase, kind, owner, ending, grace, mirror, ready, empty, claims = fields[:12]
    selector, asks, labels, waiting, *paths = fields[12:]
    live.pods.append(
        Pod(
            namespace,
            name,
            node,
            phase,
            kind,
            owner,
            bool(ending),
            float(grace) if grace.isdecimal() else 30.0,
            bool(mirror),
            ready == "True",
            len(_objects(empty)),
            tuple(claims.split()),
            _labels(selector),
            _amounts(_objects(asks)),
            _labels(labels),
            tuple(waiting.split()),
            tuple("|".join(paths).split()),
        )
    )


def _budget(live: Live, fields: list[str]) -> None:
    namespace, name, allowed, healthy, desired, expected, least, most, policy = fields[:9]
    selector = _objects("|".join(fields[9:]))
    live.budgets.append(
        Budget(
            namespace,
            name,
            _count(allowed),
            _count(healthy),
            _count(desired),
            _count(expected),
            f"minAvailable {least}" if least else f"maxUnavailable {most}",
            policy == "AlwaysAllow",
            selector[0] if selector else {},
        )
    )


def _volume(live: Live, fields: list[str]) -> None:
    namespace, claim, path, _ = fields[:4]
    if path and claim:
        live.local.add((namespace, claim))


def _webhook(live: Live, fields: list[str]) -> None:
    for each in filter(None, "|".join(fields[1:]).split(";")):
        words = each.split(" ")
        if len(words) >= 3:
            live.webhooks.append(Webhook(fields[0], words[0], words[1], words[2], tuple(filter(None, words[3:]))))


def _endpoint(live: Live, fields: list[str]) -> None:
    found = live.endpoints.setdefault((fields[0], fields[1]), [])
    for each in filter(None, fields[2].split(";")):
        ready, _, node = each.partition(" ")
        # Kubernetes: an endpoint that does not say is ready.
        if ready != "false":
            found.append(node)


def _apiservice(live: Live, fields: list[str]) -> None:
    if fields[1] == "False":
        live.services_down[fields[0]] = "|".join(fields[2:])


def _crd(live: Live, fields: list[str]) -> None:
    stale = set(fields[1].split()) - set(fields[2].split())
    if stale and fields[2]:
        live.stale_versions[fields[0]] = tuple(sorted(stale))


def _deployment(live: Live, fields: list[str]) -> None:
    live.deployments[fields[0], fields[1]] = (fields[2], fields[3])


def _plan(live: Live, fields: list[str]) -> None:
    applying = f", at work on {fields[3]}" if fields[3] else ""
    live.plans.append(f"{fields[0]}/{fields[1]} to {fields[2] or 'a channel'}{applying}")


def _chart(live: Live, fields: list[str]) -> None:
    if fields[2] == "True" and fields[3]:
        live.failed_charts.append(fields[3])


def _wrote(live: Live, fields: list[str]) -> None:
    resource, namespace, name, versions = fields[:4]
    title = f"{namespace}/{name}" if namespace else name
    for version in set(versions.split()):
        live.writers.setdefault((resource, version), []).append(title)


_TAKERS = {
    "node": _node,
    "pod": _pod,
    "budget": _budget,
    "volume": _volume,
    "webhook": _webhook,
    "endpoint": _endpoint,
    "apiservice": _apiservice,
    "crd": _crd,
    "deployment": _deployment,
    "plan": _plan,
    "chart": _chart,
    "wrote": _wrote,
}
_FIELDS = {
    "node": 6,
    "pod": 17,
    "budget": 10,
    "volume": 4,
    "webhook": 2,
    "endpoint": 3,
    "apiservice": 3,
    "crd": 3,
    "deployment": 4,
    "plan": 4,
    "chart": 4,
    "wrote": 4,
}


def _objects(text: str) -> list[dict[str, Any]]:
    """Return the JSON objects of a text that lie side by side, as kubectl prints several of them."""
    found, at, decoder = [], 0, json.JSONDecoder()
    while at < len(text):
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            break
        if isinstance(value, dict):
            found.append(value)
        at += len(text[at:]) - len(text[at:].lstrip())
    return found


def _labels(text: str) -> dict[str, str]:
    found = _objects(text)
    return {str(key): str(value) for key, value in found[0].items()} if found else {}


def _count(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _amounts(objects: list[dict[str, Any]]) -> dict[str, float]:
    total = {"cpu": 0.0, "memory": 0.0}
    for each in objects:
        for name in total:
            total[name] += quantity(str(each.get(name, "0")))
    return total


_UNITS = {
    "m": 1e-3,
    **{unit: 1000.0**power for power, unit in enumerate(("k", "M", "G", "T", "P", "E"), start=1)},
    **{f"{unit}i": 1024.0**power for power, unit in enumerate(("K", "M", "G", "T", "P", "E"), start=1)},
}


def quantity(text: str) -> float:
    """Return an amount as Kubernetes writes it (100m, 2, 512Mi) as a number; 0 for any other text."""
    number = text.rstrip("mkKMGTPEi")
    try:
        return float(number) * _UNITS.get(text[len(number) :], 1.0)
    except ValueError:
        return 0.0
