"""What RKE1 needs of Docker on each node, and of whoever logs in for it."""

from wizard.checks.check import check
from wizard.checks.finding import Said, fail, ok, skipped, warn
from wizard.checks.seen import DOCKER, container, listed, of_rke1
from wizard.hosts.facts import Facts
from wizard.profiles import profile
from wizard.spec.models import Node, Spec
from wizard.spec.rancher_line import Line, dotted, line_of

NOT_ASKED = "RKE2 brings its own engine"
RKE = "rke.docs.rancher.com, Requirements"


@check(
    "docker.engine",
    "Docker for RKE1",
    group="system",
    severity="must",
    why="All of RKE1 runs in Docker; `rke up` ends at a version that it does not know.",
    source=f"{RKE}, Docker; kontainer-driver-metadata, pkg/rke/k8s_docker_info.go",
)
def engine(node: Node, facts: Facts, spec: Spec) -> Said:
    if not of_rke1(spec):
        return ok(NOT_ASKED)
    kubernetes = line_of(spec.version)
    known = _versions(kubernetes)
    wanted = f"Docker {listed(map(_text, known[-8:]), 8)} for Kubernetes {dotted(kubernetes)}"
    found = facts.first("x.docker.engine").split()[:1]
    if not found and spec.rke1.docker == "install":
        return ok("not there; apply installs it, as rke1.docker says")
    if not found:
        there = "is installed, and does not answer" if facts.first("x.docker.program") else "is not there"
        move = (
            f"Run `systemctl enable --now docker` on {node.name}" if facts.first("x.docker.program") else "Install it"
        )
        return fail(f"docker {there}", wanted=wanted, next_move=f"{move}; `docker info` there must answer.")
    version = _numbers(found[0])
    if version in known:
        return ok(f"docker {found[0]}")
    if version and version > max(_versions()):
        return warn(
            f"docker {found[0]} is newer than what is known to go with it",
            wanted=wanted,
            next_move=f"Ask your rke: it names what it takes. Else install Docker {_text(known[-1])} on {node.name}.",
        )
    say, saw = fail, f"docker {found[0]}"
    if spec.rke1.ignore_docker_version:
        say, saw = warn, f"{saw}, which rke takes as rke1.ignore_docker_version says"
    return say(saw, wanted=wanted, next_move=f"Install Docker {_text(known[-1])} on {node.name} instead.")


@check(
    "docker.socket",
    "Docker lets the login in",
    group="system",
    severity="must",
    why="rke speaks to Docker over SSH as the login's user, without sudo.",
    source=f"{RKE}; hosts/dialer.go of rancher/rke: Unable to access the Docker socket",
)
def socket(node: Node, facts: Facts, spec: Spec) -> Said:
    if not of_rke1(spec):
        return ok(NOT_ASKED)
    user, *groups = facts.first("x.docker.user").split() or ["the login's user"]
    mode, owner, *place = facts.first("x.docker.socket").split() or ["", ""]
    if not place and spec.rke1.docker == "install":
        return ok("not there; apply installs it, as rke1.docker says")
    if not place:
        return fail("no socket is there", wanted="Docker's socket", next_move="Mend docker.engine first.")
    if user == "root" and facts.os_id in profile("rke1/requirements")["no_root"]:
        return fail(
            f"logged in as root on {facts.os_name or facts.os_id}",
            wanted="a user in Docker's group: rke can't use root there",
            next_move="Make such a user on the node, and name it as ssh.user.",
        )
    saw = f"{' '.join(place)} ({mode} {owner})"
    if facts.first("x.docker.reached") == "yes":
        return ok(f"{user} writes to {saw}")
    group = owner.partition(":")[2]
    return fail(
        f"{user} may not write to {saw}; groups: {listed(groups, 8) or 'none'}",
        wanted=f"{user} in the socket's group",
        next_move=f"On {node.name}: `usermod -aG {group} {user}`, and log in anew."
        if group not in ("", "root")
        else f"On {node.name}: `groupadd -f docker; usermod -aG docker {user}`, then restart Docker.",
    )


@check(
    "docker.driver",
    "Storage driver of Docker",
    group="system",
    severity="should",
    why="Others are slow, lose data under load, or have been taken out of Docker.",
    source="Docker documentation, Select a storage driver",
)
def driver(node: Node, facts: Facts, spec: Spec) -> Said:
    if not of_rke1(spec):
        return ok(NOT_ASKED)
    _, name, *_ = (*facts.first("x.docker.engine").split(), "", "")
    if not name:
        return skipped("Docker did not tell", next_move="Mend docker.engine first.")
    known = profile("rke1/requirements")["drivers"]
    if name in known["good"] and facts.first("x.docker.d_type") != "false":
        return ok(name)
    saw = f"{name}, on a file system that does not tell file types" if name in known["good"] else name
    return (warn if name in known["slow"] else fail)(
        saw,
        wanted="overlay2, on ext4 or on XFS with ftype=1",
        next_move="Set storage-driver in /etc/docker/daemon.json and restart Docker: images there are pulled anew.",
    )


@check(
    "disk.docker",
    "Docker's own file system",
    group="disk",
    severity="should",
    why="Images and logs of containers that fill the system's file system up stop the system, and etcd with it.",
    source="rke.docs.rancher.com, Requirements; CIS Docker benchmark: a separate partition for containers",
)
def own_disk(node: Node, facts: Facts, spec: Spec) -> Said:
    if not of_rke1(spec):
        return ok(NOT_ASKED)
    place = (facts.first("x.docker.engine").split()[3:4] or [DOCKER])[0]
    mount, root = facts.mount_of(place), facts.mount_of("/")
    if mount is None or container(facts) or mount != root:
        return ok(f"{place} is on {mount.path}" if mount else "not told")
    return warn(
        f"{place} is on the system's own, of {mount.size_mib} MiB",
        wanted=f"a file system of its own for {place}",
        next_move=f"Mount a disk at {place} on {node.name} before the cluster is made.",
    )


def _versions(kubernetes: Line = (9, 9)) -> tuple[Line, ...]:
    """The versions of Docker that a Kubernetes goes with; of all by default."""
    rows = profile("rke1/requirements")["versions"]
    return tuple(line_of(each) for row in rows if kubernetes >= line_of(row["since"]) for each in row["docker"])


def _numbers(version: str) -> Line | None:
    major, minor = (*version.split("."), "", "")[:2]
    return (int(major), int(minor)) if _small(major) and _small(minor) else None


def _small(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 5


def _text(version: Line) -> str:
    """From 17 to 20 minors were months: 19.03."""
    major, minor = version
    return f"{major}.{minor:02}" if 17 <= major <= 20 else f"{major}.{minor}"
