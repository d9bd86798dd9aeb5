"""Waiting for MetalLB, and naming what it waits for."""

from collections.abc import Iterable
from typing import Any

from wizard.balancers.manifest import SYSTEM
from wizard.balancers.metallb.chart import RELEASE
from wizard.balancers.metallb.objects import namespace
from wizard.errors import CommandFailed
from wizard.kube.api import Kube
from wizard.plain import plain

_JOB = f"helm-install-{RELEASE}"
_SHOWN = 200


async def not_ready(kube: Kube, version: str, *, by_job: bool = True) -> str:
    """Return what MetalLB of this version still lacks, "" once it may be given addresses. Raises what Kube raises.

    `by_job`: a job of RKE2 installs its chart, and says why it can not.
    """
    controller = await kube.get("deployment", f"{RELEASE}-controller", namespace=namespace())
    if controller is None:
        return await _job(kube) if by_job else "MetalLB's controller is not in the cluster"
    there = str(_look(controller, "metadata", "labels", "app.kubernetes.io/version") or "").removeprefix("v")
    if there != version:
        return f"MetalLB is still at {plain(there) or 'an unknown version'}"
    if not _look(controller, "status", "availableReplicas"):
        return f"the controller is not ready{await _pods(kube)}"
    speakers = await kube.get("daemonset", f"{RELEASE}-speaker", namespace=namespace())
    status = _look(speakers, "status") or {}
    ready, asked = int(status.get("numberReady") or 0), int(status.get("desiredNumberScheduled") or 0)
    if not asked or ready < asked:
        return f"{ready} of {asked} speakers are ready{await _pods(kube)}"
    return ""


async def unanswered(kube: Kube, service: str, namespace: str) -> tuple[tuple[str, ...], str]:
    """Return the addresses of a Service and, while it has none, what its cluster says of it."""
    found = await kube.get("service", service, namespace=namespace)
    if found is None:
        return (), f"there is no Service {service} in {namespace}"
    entries = _look(found, "status", "loadBalancer", "ingress") or []
    addresses = tuple(str(entry["ip"]) for entry in entries if isinstance(entry, dict) and entry.get("ip"))
    return addresses, "" if addresses else await _refusal(kube, service, namespace)


async def _refusal(kube: Kube, service: str, space: str) -> str:
    events = [
        event
        for event in await kube.items("events", namespace=space)
        if _look(event, "involvedObject", "name") == service and event.get("type") == "Warning"
    ]
    last = events[-1] if events else None
    return _short(str(last.get("message") or "")) if last else f"Service {service} has no address yet"


async def _job(kube: Kube) -> str:
    """What RKE2's job that installs the chart says; the job is gone once it has succeeded."""
    job = await kube.get("job", _JOB, namespace=SYSTEM)
    if job is None:
        return "RKE2 has not taken up the chart yet"
    if not _look(job, "status", "failed"):
        return "the chart is being installed"
    try:
        lines = await kube.text("logs", f"job/{_JOB}", f"--namespace={SYSTEM}", "--tail=5")
    except CommandFailed as error:
        lines = (error.what,)
    return f"the chart can not be installed: {_short(' '.join(lines))}"


async def _pods(kube: Kube) -> str:
    """Return why pods wait, as in `: metallb-speaker-x: ImagePullBackOff`, or "" where none says so."""
    waits = (wait for pod in await kube.items("pods", namespace=namespace()) for wait in _waits(pod))
    first = next(iter(waits), "")
    return f": {first}" if first else ""


def _waits(pod: Any) -> Iterable[str]:
    for container in _look(pod, "status", "containerStatuses") or []:
        reason = _look(container, "state", "waiting", "reason")
        if reason and reason not in ("ContainerCreating", "PodInitializing"):
            said = _look(container, "state", "waiting", "message") or ""
            yield _short(f"{_look(pod, 'metadata', 'name')}: {reason} {said}")


def _look(tree: Any, *keys: str) -> Any:
    for key in keys:
        if not isinstance(tree, dict):
            return None
        tree = tree.get(key)
    return tree


def _short(text: str) -> str:
    return plain(" ".join(text.split()))[:_SHOWN]
