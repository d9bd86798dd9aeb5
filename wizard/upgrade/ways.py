"""What "back" means at each point of an upgrade, in the operator's words; {node} is the one under way."""

from collections.abc import Mapping

from wizard.upgrade.release import Release, etcd_of

SNAPSHOT = "all of it by the snapshot made before: rancher-wizard restore SPEC"
IN_PLACE = "{node} in place: rancher-wizard upgrade back SPEC {node}"


def snapshot() -> Mapping[str, str]:
    """Return the way back while the snapshot is made."""
    return {"reach": "nothing was changed yet: abort, and the cluster is as it was"}


def servers(source: Release, target: Release) -> Mapping[str, str]:
    """Return the ways back while servers go from one release to the next: in place until etcd has met the new one."""
    met = f"{IN_PLACE} (same etcd)" if same_etcd(source, target) else f"{{node}}'s etcd meets {target}; {SNAPSHOT}"
    return {
        "reach": f"{{node}} is as it was: abort; {SNAPSHOT}",
        "install": f"{IN_PLACE}, its etcd is as it was; {SNAPSHOT}",
        "start": f"{met}; {SNAPSHOT}" if same_etcd(source, target) else met,
    }


def agents() -> Mapping[str, str]:
    """Return the ways back while agents go: each in place at any time."""
    return {"reach": f"{{node}} is as it was: abort; {SNAPSHOT}", "install": f"{IN_PLACE}, at any time; {SNAPSHOT}"}


def by_controller(source: Release, target: Release, role: str) -> Mapping[str, str]:
    """Return the ways back of a node that the system-upgrade-controller takes: what it has begun it ends by itself."""
    before = f"{{node}} is as it was: abort; {SNAPSHOT}"
    if role == "agent":
        return {"handover": before, "install": f"{IN_PLACE}, once the controller is done with it; {SNAPSHOT}"}
    return {"quorum-before": before, "install": servers(source, target)["start"]}


def same_etcd(source: Release, target: Release) -> bool:
    """Whether a server that ran `target` may run `source` again: the same Kubernetes minor, and the same etcd's."""
    before, after = etcd_of(source), etcd_of(target)
    return source.line == target.line and bool(before and after and before[:2] == after[:2])
