"""The kernel: version, modules, control groups."""

import re

from wizard.checks.check import check
from wizard.checks.finding import Said, fail, ok
from wizard.checks.look import modules as wanted_modules
from wizard.checks.seen import listed, values
from wizard.hosts.facts import Facts
from wizard.profiles import profile
from wizard.spec.models import Node, Spec

_VERSION = re.compile(r"(\d{1,4})\.(\d{1,4})", re.ASCII)


@check(
    "kernel.version",
    "Kernel",
    group="kernel",
    severity="must",
    why="Older kernels lack what Kubernetes and the network plug-in rely on.",
    source="Kubernetes documentation, Kernel version requirements; Cilium documentation, System requirements",
)
def version(node: Node, facts: Facts, spec: Spec) -> Said:
    needs = profile("requirements")
    cni = spec.network.cni[-1]
    least = needs["kernel_of_cni"].get(cni, needs["kernel"]["least"])
    if _pair(facts.kernel) >= _pair(least):
        return ok(facts.kernel)
    return fail(
        facts.kernel or "unknown",
        wanted=f"{least} or later with {cni}",
        next_move=f"Upgrade {node.name} to a release with a newer kernel.",
    )


@check(
    "kernel.modules",
    "Kernel modules",
    group="kernel",
    severity="must",
    why="Containers need overlay, services br_netfilter and conntrack, pods of different nodes vxlan.",
    source="rke2-server.service; RKE2's journal of a first start",
)
def modules(node: Node, facts: Facts, spec: Spec) -> Said:
    needed = wanted_modules(spec)
    absent = [name for name in needed if name not in facts.modules]
    missing = [name for name in absent if name not in values(facts, "x.loadable")]
    if missing:
        return fail(
            f"{listed(missing)} neither loaded, built in nor installed",
            wanted=f"{listed(needed)}, as modules or built into the kernel",
            next_move="Install the kernel's module package (EL: kernel-modules-extra; Ubuntu: linux-modules-extra)"
            f" for {facts.kernel or 'the running kernel'}, or boot a kernel that has them.",
            fix="packages",
        )
    loaded_later = [name for name in absent if name in ("br_netfilter", "overlay")]
    if loaded_later and not spec.prepare.modules:
        return fail(
            f"{listed(loaded_later)} not loaded, and prepare.modules is false",
            wanted="both loaded now and at boot",
            next_move="Set prepare.modules: true in the spec, or name them in /etc/modules-load.d/rke2.conf there.",
            fix="modules",
        )
    return ok(f"all there; {listed(absent)} will be loaded" if absent else "all there")


@check(
    "kernel.modules_folder",
    "Modules of the running kernel",
    group="kernel",
    severity="should",
    why="After a kernel update without a reboot, the running kernel's modules are gone: none can be loaded.",
    source="modprobe(8)",
)
def modules_folder(node: Node, facts: Facts, spec: Spec) -> Said:
    there = facts.modules.union(values(facts, "x.loadable"))
    absent = [name for name in wanted_modules(spec) if name not in there]
    if facts.first("x.modules_dir") == "there":
        return ok(f"/lib/modules/{facts.kernel}")
    if not absent:
        return ok("none, and none is needed: the features are there")
    return fail(
        f"no /lib/modules/{facts.kernel}, and {listed(absent)} not loaded",
        wanted="the running kernel's modules on disk",
        next_move=f"Reboot {node.name} into the kernel that is installed.",
    )


@check(
    "kernel.cgroups",
    "Control groups",
    group="kernel",
    severity="must",
    why="From Kubernetes 1.35 on, the kubelet ends on a host with control groups v1.",
    source="Kubernetes documentation, cgroup v1 removal (kubernetes/website PR 53082)",
)
def cgroups(node: Node, facts: Facts, spec: Spec) -> Said:
    since = tuple(profile("requirements")["cgroup_v2_from"])
    if facts.cgroup == "v2" or (facts.cgroup == "v1" and _pair(spec.version) < since):
        return ok(facts.cgroup)
    return fail(
        facts.cgroup or "none mounted",
        wanted=f"v2, for {spec.version}" if facts.cgroup else "control groups mounted at /sys/fs/cgroup",
        next_move=f"Boot {node.name} with systemd.unified_cgroup_hierarchy=1 on the kernel's command line.",
    )


@check(
    "kernel.controllers",
    "Control group controllers",
    group="kernel",
    severity="must",
    why="The kubelet does not start without them: `failed to find memory cgroup`.",
    source="k3s and RKE2 sources, agent start; kubelet",
)
def controllers(node: Node, facts: Facts, spec: Spec) -> Said:
    there = values(facts, "x.controller")
    missing = [name for name in profile("requirements")["controllers"] if name not in there]
    if not missing:
        return ok(listed(there))
    barred = values(facts, "x.cgroup_disable")
    return fail(
        f"without {listed(missing)}" + (f": cgroup_disable={barred[0]} at boot" if barred else ""),
        wanted=listed(profile("requirements")["controllers"]),
        next_move="Take cgroup_disable= off the kernel's command line (memory: add cgroup_enable=memory) and reboot.",
    )


def _pair(version: str) -> tuple[int, int]:
    found = _VERSION.search(version)
    return (int(found[1]), int(found[2])) if found else (0, 0)
