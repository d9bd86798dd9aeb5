"""The operating system: init, release, the programs that an installation calls."""

from wizard.checks.check import check
from wizard.checks.finding import Said, fail, ok, warn
from wizard.checks.seen import listed, values
from wizard.hosts.facts import Facts
from wizard.profiles import profile
from wizard.spec.models import Node, Spec


@check(
    "system.init",
    "systemd",
    group="system",
    severity="must",
    why="RKE2 runs as a systemd unit, and so does all long work of this program.",
    source="RKE2 documentation, Requirements, Operating systems",
)
def init(node: Node, facts: Facts, spec: Spec) -> Said:
    name = facts.first("x.init")
    if name == "systemd":
        return ok("systemd")
    return fail(
        name or "unknown",
        wanted="systemd as process 1",
        next_move=f"Install a distribution with systemd on {node.name}, or take it out of the spec.",
    )


@check(
    "system.state",
    "System is up",
    group="system",
    severity="should",
    why="A machine that still boots, or stops, loses what is begun on it.",
    source="systemctl(1), is-system-running",
)
def state(node: Node, facts: Facts, spec: Spec) -> Said:
    now = facts.first("x.init.state")
    if now in ("running", "degraded", ""):
        return ok(now or "not told")
    return warn(
        now,
        wanted="running",
        next_move=f"Wait until {node.name} has booted; `systemctl list-jobs` there shows what it waits for.",
    )


@check(
    "system.release",
    "Operating system",
    group="system",
    severity="note",
    why="RKE2 runs on any Linux with systemd; the vendor supports the systems it has validated.",
    source="SUSE support matrix for RKE2",
)
def release(node: Node, facts: Facts, spec: Spec) -> Said:
    known = profile("requirements")["systems"]
    name = facts.os_name or facts.os_id or "unknown"
    least = known.get(facts.os_id)
    if least is None:
        return warn(
            name,
            wanted=f"a system that the vendor validates: {', '.join(known)}",
            next_move="Expect to help yourself on this system, or choose one of those.",
        )
    if _parts(facts.os_version) < _parts(least):
        return warn(
            name,
            wanted=f"{facts.os_id} {least} or later",
            next_move=f"Upgrade {node.name}: its release has reached the end of its support.",
        )
    return ok(name)


@check(
    "system.tools",
    "Programs",
    group="system",
    severity="must",
    why="The install script, RKE2's unit and the kubelet call them.",
    source="RKE2 install.sh and rke2-server.service; kubelet",
)
def tools(node: Node, facts: Facts, spec: Spec) -> Said:
    there = values(facts, "x.tool")
    missing = [tool for tool in profile("requirements")["tools"] if tool not in there]
    if not missing:
        return ok("all there")
    return fail(
        f"without {listed(missing, 9)}",
        wanted="all of them in root's PATH",
        next_move=f"Install {listed(missing, 9)} on {node.name} from its distribution.",
        fix="packages",
    )


@check(
    "system.downloader",
    "Download program",
    group="system",
    severity="must",
    why="RKE2's install script fetches the release with curl or wget.",
    source="RKE2 install.sh",
)
def downloader(node: Node, facts: Facts, spec: Spec) -> Said:
    found = [tool for tool in ("curl", "wget") if tool in values(facts, "x.tool")]
    if found or spec.source.kind != "online":
        return ok(listed(found) if found else "not needed: files come from this machine")
    return fail("neither curl nor wget", wanted="one of them", next_move="Install curl there.", fix="packages")


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:3] if part.isascii() and part.isdigit() and len(part) < 6)
