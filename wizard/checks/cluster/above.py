"""What runs in the cluster and is for some minors of Kubernetes only: Rancher and cert-manager as they are there."""

import re
from collections.abc import Mapping

from wizard.checks.cluster.gate import Case, gate
from wizard.checks.finding import Said, fail, ok
from wizard.spec.rancher_line import Window, cert_manager_window, line_of, rancher_window

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
    window = rancher_window(line_of(version[0])) if version else None
    return _judged(case, f"Rancher {version[0] if version else ''}", window, "rancher-wizard rancher upgrade")


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
    window = cert_manager_window(line_of(version[0])) if version else None
    name = f"cert-manager {version[0] if version else ''}"
    return _judged(case, name, window, "a newer rancher.cert_manager in the spec, then rancher-wizard rancher upgrade")


def _judged(case: Case, name: str, window: Window | None, move: str) -> Mapping[str, Said]:
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
