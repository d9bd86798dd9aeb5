"""Security modules: SELinux, AppArmor, fapolicyd."""

from wizard.checks.check import check
from wizard.checks.finding import Said, fail, ok, warn
from wizard.checks.outward import carried
from wizard.checks.seen import values
from wizard.hosts.facts import Facts
from wizard.profiles import profile
from wizard.spec.models import Node, Spec

PACKAGES = ("container-selinux", "rke2-selinux")


@check(
    "security.selinux",
    "SELinux",
    group="security",
    severity="must",
    why="With SELinux on in RKE2 but without its policy, no container starts; the other way round they run unconfined.",
    source="RKE2 documentation, SELinux",
)
def selinux(node: Node, facts: Facts, spec: Spec) -> Said:
    policy = "rke2-selinux" in values(facts, "x.package")
    mode = facts.selinux or "not told"
    if spec.security.selinux and facts.selinux == "disabled":
        return warn(
            "disabled, and security.selinux is true",
            wanted="SELinux enforcing on the node, or security.selinux: false",
            next_move="Enable SELinux there and reboot, or set security.selinux: false.",
        )
    if spec.security.selinux and not policy and facts.selinux == "enforcing":
        if all(carried(facts, name) for name in PACKAGES):
            return ok("enforcing; rke2-selinux comes out of the source with RKE2")
        # Online, install.sh takes RKE2's RPM packages wherever there is yum, and those need the rules.
        if spec.source.kind == "online" and facts.os_id in profile("mends")["families"]["redhat"]:
            return ok("enforcing; rke2-selinux comes with RKE2's own packages")
        return fail(
            "enforcing, without the package rke2-selinux",
            wanted=" and ".join(PACKAGES),
            next_move=f"Install it on {node.name}, or make the bundle with --os: apply installs what is in there.",
            fix="packages",
        )
    return ok(f"{mode}{', with rke2-selinux' if policy else ''}")


@check(
    "security.apparmor",
    "AppArmor",
    group="security",
    severity="must",
    why="Where the kernel has AppArmor on, containerd loads a profile for each container by apparmor_parser.",
    source="containerd, pkg/apparmor; k3s-io/k3s issues on apparmor_parser",
)
def apparmor(node: Node, facts: Facts, spec: Spec) -> Said:
    if not facts.first("x.apparmor").startswith("Y"):
        return ok("off")
    if "apparmor_parser" in values(facts, "x.tool"):
        return ok("on, with its parser")
    return fail(
        "on in the kernel, without apparmor_parser",
        wanted="apparmor_parser in root's PATH",
        next_move="Install the package apparmor (Debian, Ubuntu) or apparmor-parser (SUSE) there.",
        fix="packages",
    )


@check(
    "security.fapolicyd",
    "fapolicyd",
    group="security",
    severity="should",
    why="fapolicyd lets no program run that it does not know: RKE2's own ones lie in its data folder.",
    source="RKE2 install.sh: /etc/fapolicyd/rules.d/80-rke2.rules",
)
def fapolicyd(node: Node, facts: Facts, spec: Spec) -> Said:
    active, _ = facts.units.get("fapolicyd", ("inactive", ""))
    if active != "active" or facts.first("x.fapolicyd") == "rke2":
        return ok("has rules for RKE2" if active == "active" else "does not run")
    return fail(
        "runs, without rules for RKE2",
        wanted="/etc/fapolicyd/rules.d/80-rke2.rules",
        next_move="Write these rules (install.sh does so on RHEL) and run `fagenrules --load`, or stop fapolicyd.",
    )
