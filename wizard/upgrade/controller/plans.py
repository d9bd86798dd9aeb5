"""The plans that the controller is given: one for servers, one for agents, each for one release.

A plan selects only nodes that bear the label HANDED with its release. So a node goes when it is handed over, and pause,
window, canary and quorum stay with the rollout; the controller's own limits hold beside.
Source: pkg/apis/upgrade.cattle.io/v1/types.go and pkg/upgrade of rancher/system-upgrade-controller at v0.20.1.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import yaml

from wizard.spec.hours import Hours
from wizard.spec.models import Spec
from wizard.spec.upgrade import Upgrade
from wizard.upgrade.controller.known import AGENTS, NAMESPACE, SERVERS, known
from wizard.upgrade.release import Release

HANDED = "rancher-wizard/release"
"""The label by which a node is handed over: its value is the release, as image tags have it."""
CORDONED = "rancher-wizard/cordoned"
"""The annotation of a node that the operator had cordoned before it was handed over."""
LATE_MIN = 5
"""The controller looks once a minute: who was handed over at the last moment is still taken."""
_DAYS = ("su", "mo", "tu", "we", "th", "fr", "sa")
_DAY_MIN = 24 * 60
_CONTROL_PLANE = "node-role.kubernetes.io/control-plane"
_ETCD = "node-role.kubernetes.io/etcd"


def tag(release: Release | str) -> str:
    """Return a release as image tags and labels have it."""
    return str(release).replace("+", "-")


def plan_of(role: str) -> str:
    """Return the name of the plan of a role."""
    return SERVERS if role == "server" else AGENTS


def plans(spec: Spec, release: Release, utc_offset: timedelta | None = None) -> tuple[Mapping[str, Any], ...]:
    """Return both plans that take the nodes of `spec` to `release`.

    `utc_offset` is that of this machine's clock, by which the hours of the spec go; None asks the clock.
    """
    server = _plan(spec, release, "server", utc_offset)
    agent = _plan(spec, release, "agent", utc_offset)
    if not _prepare_waits(release):
        agent["spec"]["prepare"] = {"image": known()["upgrade_image"], "args": ["prepare", SERVERS]}
    return server, agent


def plans_text(spec: Spec, release: Release) -> str:
    """Return both plans as YAML."""
    return yaml.safe_dump_all(plans(spec, release), sort_keys=False)


def _plan(spec: Spec, release: Release, role: str, utc_offset: timedelta | None) -> dict[str, Any]:
    policy = spec.upgrade
    drains = policy.drain == "all" or (policy.drain == "agents" and role == "agent")
    body: dict[str, Any] = {
        "concurrency": 1 if role == "server" else max(1, spec.workers_at_once(len(spec.agents))),
        "version": str(release),
        "nodeSelector": {"matchLabels": {HANDED: tag(release)}, "matchExpressions": _of_role(role)},
        "serviceAccountName": NAMESPACE,
        # Whatever keeps pods off a node does not keep its upgrade off.
        "tolerations": [{"operator": "Exists"}],
        "jobActiveDeadlineSecs": policy.drain_timeout_s * drains + int(known()["job_s"]),
        "upgrade": {"image": known()["upgrade_image"]},
    }
    if drains:
        body["drain"] = _drain(policy)
    if policy.window and (hours := _window(policy.window, utc_offset)):
        body["window"] = hours
    name = plan_of(role)
    return {
        "apiVersion": "upgrade.cattle.io/v1",
        "kind": "Plan",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": body,
    }


def _of_role(role: str) -> list[dict[str, Any]]:
    if role == "server":
        return [{"key": _CONTROL_PLANE, "operator": "In", "values": ["true"]}]
    return [{"key": key, "operator": "DoesNotExist"} for key in (_CONTROL_PLANE, _ETCD)]


def _drain(policy: Upgrade) -> dict[str, Any]:
    return {
        "timeout": f"{policy.drain_timeout_s}s",
        "ignoreDaemonSets": True,
        "deleteEmptydirData": policy.delete_emptydir_data,
        "force": policy.force,
    }


def _window(hours: Hours, utc_offset: timedelta | None) -> dict[str, Any] | None:
    """Return the hours as the controller counts them: in UTC, over midnight where the start is after the end.

    None for hours that are all of the day but for what is allowed above them.
    """
    if (hours.end_min - hours.begin_min) % _DAY_MIN + LATE_MIN >= _DAY_MIN:
        return None
    offset = utc_offset if utc_offset is not None else datetime.now().astimezone().utcoffset() or timedelta()
    shift = int(offset.total_seconds()) // 60
    return {
        "days": list(_DAYS),
        "startTime": _clock(hours.begin_min - shift),
        "endTime": _clock(hours.end_min + LATE_MIN - shift),
        "timeZone": "UTC",
    }


def _clock(minute: int) -> str:
    return f"{minute // 60 % 24:02}:{minute % 60:02}"


def _prepare_waits(release: Release) -> bool:
    """Whether the `prepare` of a release's image never ends; agents are handed over after all servers anyway."""
    waits = known()["prepare_waits"]
    return Release.of(waits["from"]) <= release <= Release.of(waits["to"])
