"""Whether a node has room for the release, packed and unpacked, with what is there already counted."""

from collections.abc import Iterable
from dataclasses import dataclass

from wizard.distros.rke2.state import IMAGES, ROOM
from wizard.errors import StepFailed
from wizard.hosts.host import Host
from wizard.hosts.script import load_script
from wizard.hosts.upload import Delivery

FREE_SPACE = load_script(ROOM, "free_space")
UNPACKED_TIMES = 3
"""Sizes of its archives that a release takes at its peak, packed and unpacked: what Rancher advises to plan for."""
BINARIES = "/usr/local"
ASKED_S = 60


@dataclass(frozen=True, slots=True)
class Place:
    """A path on a node: its file system, what is free there, and how large the file at the path is."""

    filesystem: str
    free_mib: int
    size_bytes: int


async def demand_room(host: Host, artifacts: Iterable[Delivery], *, unpacked: bool) -> None:
    """Return when the node has room for what it lacks of `artifacts`; `unpacked` says that it has unpacked its own.

    Raises StepFailed where it has not, and what Host.run raises.
    """
    wanted = tuple(artifacts)
    paths = (BINARIES, *(path for each in wanted for path in (each.dest, each.part)))
    result = await host.run(FREE_SPACE, *paths, timeout_s=ASKED_S)
    places = read_places(result.lines)
    for packed, loose, path in needs(wanted, places, unpacked=unpacked).values():
        free, needed = places[path].free_mib, (packed + loose) >> 20
        if free < needed:
            raise StepFailed(
                host.name,
                f"{free} MiB free for {_folder(path)}, {needed} MiB are needed: {packed >> 20} for files still to "
                f"come, {loose >> 20} once they are unpacked",
                cause="The disk is full, or too small for the images once unpacked.",
                hint=f"Free {needed - free} MiB on {host.name}, or give {_folder(path)} a larger disk; then retry.",
            )


def needs(
    artifacts: Iterable[Delivery], places: dict[str, Place], *, unpacked: bool
) -> dict[str, tuple[int, int, str]]:
    """Return by file system the bytes that still come, those of what is unpacked, and a path on it. Pure."""
    found: dict[str, tuple[int, int, str]] = {}

    def add(path: str, packed: int, loose: int) -> None:
        if path in places and packed + loose:
            before = found.get(places[path].filesystem, (0, 0, path))
            found[places[path].filesystem] = (before[0] + packed, before[1] + loose, before[2])

    for each in artifacts:
        there = places.get(each.dest, Place("", 0, 0)).size_bytes == each.size_bytes
        begun = places.get(each.part, Place("", 0, 0)).size_bytes
        # An old file of another size keeps its room until the new one takes its place.
        add(each.dest, 0 if there else max(0, each.size_bytes - begun), 0)
        if not (there and unpacked):
            archive = each.dest.startswith(f"{IMAGES}/")
            add(each.dest if archive else BINARIES, 0, (UNPACKED_TIMES - 1) * each.size_bytes)
    return found


def read_places(lines: Iterable[str]) -> dict[str, Place]:
    """Return what free_space says, by path; lines of another form are left out."""
    found: dict[str, Place] = {}
    for line in lines:
        words = line.removeprefix("room=").split(" ", 3)
        if line.startswith("room=") and len(words) == 4 and words[1].isdecimal() and words[2].isdecimal():
            found[words[3]] = Place(words[0], int(words[1]), int(words[2]))
    return found


def _folder(path: str) -> str:
    """The folder that an operator gives a disk to."""
    return "/var/lib/rancher" if path.startswith("/var/lib/rancher/") else path.rpartition("/")[0] or path
