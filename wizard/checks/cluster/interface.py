"""The API before an upgrade: versions that the target does not serve, and what the API server asks others for."""

from collections.abc import Iterator, Mapping

from wizard.checks.cluster.gate import Case, Used, gate
from wizard.checks.cluster.seen import Webhook
from wizard.checks.finding import Said, fail, warn
from wizard.checks.seen import listed
from wizard.profiles import profile

GUIDE = 'Kubernetes, "Deprecated API Migration Guide"'
_POD_KINDS = ("pods", "*", "*/*", "pods/*")


@gate(
    "upgrade.api_used",
    "Nobody uses a removed API",
    severity="must",
    why="Whoever asks for a version that the target does not serve gets an error from its first minute on.",
    source=GUIDE + "; the API server's metric apiserver_requested_deprecated_apis",
)
def api_used(case: Case) -> Mapping[str, Said]:
    said: dict[str, Said] = {}
    for server, all_used in case.used.items():
        gone = [each for each in all_used if each.removed <= case.target]
        if gone:
            names = listed([f"{each.resource} of {each.group_version}" for each in gone])
            said[server] = fail(
                f"{names}: asked for since this server started, not served by v{case.target[0]}.{case.target[1]}",
                wanted="clients that use versions that are still served",
                next_move=f"Find the client in the audit log, update it. {_instead(gone[0])}",
            )
    return said


def _instead(used: Used) -> str:
    group, _, version = used.group_version.partition("/")
    for row in profile("kubernetes/removed_apis"):
        if (row["group"], row["version"]) == (group, version):
            return f"Use {group}/{row['instead']}."
    return "Its successor is in the migration guide of Kubernetes."


@gate(
    "upgrade.api_stored",
    "Nothing was written by a removed API",
    severity="should",
    why="The object stays, but its manifest or chart can't be applied again after the upgrade.",
    source=GUIDE,
    needs=("wrote",),
)
def api_stored(case: Case) -> Mapping[str, Said]:
    found = [
        f"{title} ({resource} by {version})"
        for (resource, version), titles in case.live.writers.items()
        if version in removed_versions(case.target)
        for title in titles
    ]
    if not found:
        return {}
    return {
        case.first: fail(
            f"{len(found)} written by an API that is gone: {listed(found)}",
            wanted="manifests and charts with versions that are served",
            next_move="Bring manifests and charts up to date and apply them once before the upgrade.",
        )
    }


def removed_versions(target: tuple[int, int]) -> dict[str, tuple[str, ...]]:
    """Return the resources, as kubectl names them, of each API version that `target` does not serve."""
    return {
        f"{row['group']}/{row['version']}": tuple(f"{name}.{row['group']}" for name in row["resources"])
        for row in profile("kubernetes/removed_apis")
        if _line(row["removed"]) <= target
    }


def _line(text: str) -> tuple[int, int]:
    major, _, minor = text.partition(".")
    return int(major), int(minor)


@gate(
    "upgrade.crd_versions",
    "Custom resources are served",
    severity="should",
    why="Objects kept in a version that their definition no longer serves can't be read once it is dropped.",
    source='Kubernetes, "Versions in CustomResourceDefinitions"',
    needs=("crd",),
)
def crd_versions(case: Case) -> Mapping[str, Said]:
    if not case.live.stale_versions:
        return {}
    found = [f"{name} ({', '.join(versions)})" for name, versions in case.live.stale_versions.items()]
    return {
        case.first: warn(
            f"kept in versions that are not served: {listed(found)}",
            wanted="stored versions that are served",
            next_move="Migrate them as the vendor of that resource says, before you update it.",
        )
    }


@gate(
    "upgrade.webhooks",
    "Webhooks answer",
    severity="must",
    why="With failurePolicy Fail and nobody to answer, the API server refuses what the webhook is about: pods, too.",
    source='Kubernetes, "Dynamic Admission Control"',
    needs=("webhook", "endpoint"),
)
def webhooks(case: Case) -> Mapping[str, Said]:
    dead = [each for each in _blocking(case) if not case.live.endpoints.get((each.namespace, each.service))]
    if not dead:
        return {}
    first = dead[0]
    return {
        case.first: fail(
            f"{listed([each.configuration for each in dead])}: nobody answers behind {first.namespace}/{first.service}",
            wanted="a ready pod behind each webhook",
            next_move=f"Bring it up: kubectl -n {first.namespace} get pods; or delete its configuration if it is left "
            "over.",
        )
    }


@gate(
    "upgrade.webhook_alone",
    "Webhooks outlive a node",
    severity="should",
    why="A webhook about pods that runs on one node blocks its own return elsewhere once that node is drained.",
    source='Kubernetes, "Admission Webhook Good Practices"',
    needs=("webhook", "endpoint"),
)
def webhook_alone(case: Case) -> Mapping[str, Said]:
    said: dict[str, Said] = {}
    for each in _blocking(case):
        places = set(case.live.endpoints.get((each.namespace, each.service), ()))
        if len(places) == 1 and (node := places.pop()) in case.draining and set(each.resources) & set(_POD_KINDS):
            said[node] = fail(
                f"{each.configuration} is about pods and answers from {node} alone",
                wanted="two replicas on two nodes",
                next_move=f"Scale what is behind {each.namespace}/{each.service} to two, or exempt its namespace.",
            )
    return said


def _blocking(case: Case) -> Iterator[Webhook]:
    return (each for each in case.live.webhooks if each.policy == "Fail" and each.service)


@gate(
    "upgrade.apiservices",
    "Extended APIs answer",
    severity="should",
    why="An API that is registered and does not answer keeps namespaces from being deleted, and slows every discovery.",
    source='Kubernetes, "Kubernetes API Aggregation Layer"',
    needs=("apiservice",),
)
def apiservices(case: Case) -> Mapping[str, Said]:
    if not case.live.services_down:
        return {}
    name, why = min(case.live.services_down.items())
    return {
        case.first: fail(
            f"{listed(list(case.live.services_down))} does not answer: {why}",
            wanted="registered APIs that answer",
            next_move=f"kubectl describe apiservice {name}; delete it if what served it is gone.",
        )
    }
