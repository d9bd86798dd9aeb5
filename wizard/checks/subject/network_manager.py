"""NetworkManager kept off the network plug-in's interfaces, and cloud setup off."""

from wizard.checks.check import check
from wizard.checks.finding import Said, fail, ok, warn
from wizard.checks.seen import of_rke1
from wizard.hosts.facts import Facts
from wizard.spec.models import Node, Spec

CLOUD_UNITS = ("nm-cloud-setup", "nm-cloud-setup.timer")
CANAL_FILE = "/etc/NetworkManager/conf.d/rke2-canal.conf"


@check(
    "network_manager.interfaces",
    "NetworkManager",
    group="security",
    severity="should",
    why="NetworkManager takes the plug-in's interfaces as its own and deletes their routes.",
    source="RKE2 documentation, Known issues, NetworkManager",
)
def interfaces(node: Node, facts: Facts, spec: Spec) -> Said:
    active, _ = facts.units.get("NetworkManager", ("inactive", ""))
    if active != "active":
        return ok("does not run")
    if spec.prepare.networkmanager:
        return ok("runs; apply keeps it off, as prepare.networkmanager says")
    if CANAL_FILE in facts.files:
        return ok(f"runs, and {CANAL_FILE} is there")
    return fail(
        f"runs, without {CANAL_FILE}",
        wanted="the plug-in's interfaces unmanaged",
        next_move="Set prepare.networkmanager: true in the spec.",
        fix="network_manager",
    )


@check(
    "network_manager.cloud_setup",
    "nm-cloud-setup",
    group="security",
    severity="must",
    why="It adds routes that take pods' packets out of the cluster, and RKE2's unit may refuse to start beside it.",
    source="RKE2 documentation, Known issues; rancher/rke2 issue 8935",
)
def cloud_setup(node: Node, facts: Facts, spec: Spec) -> Said:
    states = {unit: facts.units.get(unit, ("inactive", "disabled")) for unit in CLOUD_UNITS}
    on = [unit for unit, (active, enabled) in states.items() if active == "active" or enabled == "enabled"]
    if not on:
        return ok("off")
    if spec.prepare.nm_cloud_setup_off:
        return ok("on; apply turns it off, as prepare.nm_cloud_setup_off says")
    return fail(
        f"on: {', '.join(on)}",
        wanted="disabled",
        next_move="Set prepare.nm_cloud_setup_off: true in the spec, or disable service and timer there, then reboot.",
        fix="cloud_setup",
    )


@check(
    "docker.beside",
    "Docker beside RKE2",
    group="security",
    severity="note",
    why="Docker sets the policy of forwarded packets to drop and takes 172.17.0.0/16; RKE2 brings its own containerd.",
    source="Docker documentation, Packet filtering and firewalls",
)
def docker(node: Node, facts: Facts, spec: Spec) -> Said:
    running = [unit for unit in ("docker", "podman") if facts.units.get(unit, ("", ""))[0] == "active"]
    if "docker" not in running or of_rke1(spec):
        return ok(f"{' '.join(running)} runs" if running else "not there")
    return warn(
        f"docker {facts.first('x.docker.version')} runs".replace("  ", " "),
        wanted="no other container engine on nodes",
        next_move="Stop and disable docker, unless something on the node needs it.",
    )
