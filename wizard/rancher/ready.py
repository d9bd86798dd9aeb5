"""Watching a release until all of it runs, and saying what keeps it when it does not."""

import asyncio
from collections.abc import Collection, Iterator
from typing import Any

from wizard.errors import CommandFailed, StepFailed
from wizard.kube.api import Kube
from wizard.kube.door import Door
from wizard.plain import plain
from wizard.rancher.failure import failure
from wizard.rancher.release import RANCHER, Release
from wizard.rancher.state import look
from wizard.rollout.step import Work

AGAIN_S = 3.0
COMPLAINTS = 6
HELPERS = ("helm-operation-",)
"""How the pods are called in which Rancher installs its own webhook."""
PROBE_SAID = 200
"""Characters of what a probe got: it may be a page."""


async def wait_ready(work: Work, door: Door, release: Release, *, revision: int, timeout_s: float) -> None:
    """Wait until a release runs in its revision `revision` or a later one.

    Raises StepFailed with what pods complain of after `timeout_s` seconds, and at once when its revision has failed.
    """
    lacks = "nothing was seen yet"
    try:
        async with asyncio.timeout(timeout_s):
            while True:
                state = await look(door)
                lacks = state.lacks(release, revision=revision)
                if not lacks:
                    return
                found = state.revisions.get(release.name)
                if found and found.number >= revision and found.status == "failed":
                    raise failure(work.node, lacks, await complaints(door.kube, release))
                work.tell(60, lacks)
                await asyncio.sleep(AGAIN_S)
    except TimeoutError:
        raise await _late(work, door, release, lacks, timeout_s) from None


async def wait_webhook(work: Work, door: Door, *, timeout_s: float) -> None:
    """Wait until Rancher's webhook answers: the API server asks it before it makes a namespace, if only for a try.

    Raises StepFailed when it does not within `timeout_s` seconds.
    """
    said: list[str] = []
    try:
        async with asyncio.timeout(timeout_s):
            while not await _answers(door, said):
                work.tell(90, "Rancher's webhook does not answer yet")
                await asyncio.sleep(AGAIN_S)
    except TimeoutError:
        raise failure(work.node, f"Rancher's webhook did not answer in {timeout_s:.0f} s", said[-1:]) from None


async def complaints(kube: Kube, release: Release) -> list[str]:
    """Return what keeps the pods of a release from being ready, a sentence each, the worst first.

    Others run in its namespace too (the system-upgrade-controller, an operator's own): they keep it from nothing.
    Probes that fail are named of pods that are there: kubelet has them begin anew, and says so in events alone.
    """
    own = (f"{release.name}-", *HELPERS)
    pods = [pod for pod in await kube.items("pods", namespace=release.namespace) if _name(pod).startswith(own)]
    names = {_name(pod) for pod in pods}
    events = await kube.items("events", namespace=release.namespace) if names else []
    probes = dict.fromkeys(line for event in events for line in _of_event(event, names))
    return [plain(line) for line in (*probes, *(line for pod in pods for line in _of_pod(pod)))][:COMPLAINTS]


async def _late(work: Work, door: Door, release: Release, lacks: str, timeout_s: float) -> StepFailed:
    said = await complaints(door.kube, release)
    for line in said:
        work.said(line)
    title = "Rancher" if release.name == RANCHER else release.name
    return failure(work.node, f"{title} is not ready after {timeout_s:.0f} s: {lacks}", said)


async def _answers(door: Door, said: list[str]) -> bool:
    try:
        await door.kube.text("create", "namespace", "rancher-wizard-try", "--dry-run=server", "-o", "name")
    except CommandFailed as error:
        said.append(error.output or error.what)
        return False
    return True


def _name(pod: Any) -> str:
    return str(pod.get("metadata", {}).get("name", ""))


def _of_event(event: Any, pods: Collection[str]) -> Iterator[str]:
    name, said = event.get("involvedObject", {}).get("name", ""), str(event.get("message", ""))
    if event.get("reason") == "Unhealthy" and name in pods and not said.startswith("Readiness"):
        yield f"{name}: {said[:PROBE_SAID]}"


def _of_pod(pod: Any) -> Iterator[str]:
    name, status = _name(pod), pod.get("status", {})
    for each in (*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())):
        waiting = each.get("state", {}).get("waiting") or {}
        if waiting.get("reason") not in (None, "PodInitializing", "ContainerCreating"):
            yield f"{name}: {waiting['reason']}: {waiting.get('message', '')}"
    for each in status.get("conditions", ()):
        if each.get("type") == "PodScheduled" and each.get("status") == "False":
            yield f"{name}: {each.get('reason', 'not scheduled')}: {each.get('message', '')}"
