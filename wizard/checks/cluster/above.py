"""What runs in the cluster and is for some minors of Kubernetes only: Rancher and cert-manager as they are there."""

import re
from collections.abc import Mapping

from wizard.checks.cluster.gate import Case, gate
from wizard.checks.finding import Said, fail, ok
from wizard.spec.rancher_line import Window, cert_manager_window, line_of, oldest_known, rancher_window

_VERSION = re.compile(r"v?(\d+\.\d+)\.\d+")


@gate(
    "upgrade.rancher",
    "Rancher supports the target",
    severity="must",
    why="Rancher's chart refuses a newer Kubernetes, and the Rancher that is there is not tested on it.",
    source="profiles/rancher.yaml: Rancher's support matrix",
    needs=("deployment",),
)
def rancher(case: Case) -> Mapping[str, Said]:
    chart = case.live.deployments.get(("cattle-system", "rancher"), ("", ""))[0]
    version = _VERSION.search(chart.removeprefix("rancher-"))
    if version is None:
        return {}
    line = line_of(version[0])
    window = rancher_window(line)
    old = line < oldest_known("lines")
    return _judged(case, f"Rancher {version[0]}", window, "rancher-wizard rancher upgrade", old=old)


@gate(
    "upgrade.cert_manager",
    "cert-manager supports the target",
    severity="should",
    why="A cert-manager that does not know the target's API renews no certificate.",
    source="profiles/rancher.yaml: cert-manager's supported releases",
    needs=("deployment",),
)
def cert_manager(case: Case) -> Mapping[str, Said]:
    version = _VERSION.fullmatch(case.live.deployments.get(("cert-manager", "cert-manager"), ("", ""))[1])
    if version is None:
        return {}
    line = line_of(version[0])
    window, old = cert_manager_window(line), line < oldest_known("cert_manager")
    move = "a newer rancher.cert_manager in the spec, then rancher-wizard rancher upgrade"
    return _judged(case, f"cert-manager {version[0]}", window, move, old=old)


def _judged(case: Case, name: str, window: Window | None, move: str, *, old: bool) -> Mapping[str, Said]:
    """Judge what is there by the minors that it is for; `old` is older than all that are known, a newer one may do."""
    if window is None and old:
        return {
            case.first: fail(
                f"{name} is older than any that is known to support a Kubernetes of today",
                wanted="one that supports the target",
                next_move=f"Upgrade it first: {move}.",
            )
        }
    if window is None:
        return {}
    if case.target <= window.highest:
        return {case.first: ok(f"{name} is for Kubernetes {window}")}
    return {
        case.first: fail(
            f"{name} is for Kubernetes {window}, the target is v{case.target[0]}.{case.target[1]}",
            wanted="one that supports the target",
            next_move=f"Upgrade it first: {move}.",
        )
    }
