"""Which snapshots there are, at home and on servers, and the one that is meant."""

import difflib
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from wizard.distros.rke2.state import read_state
from wizard.distros.rke2.tokens import by_mark, of_time
from wizard.errors import Refused, WizardError
from wizard.plain import plain
from wizard.secret import Secret
from wizard.site import Site
from wizard.upgrade.snapshot import FOLDER
from wizard.vault.pieces import header_of
from wizard.vault.secrets import Secrets

_NONE = "What a server still has is restored by --data-of SERVER, without a snapshot."
_SAVED = re.compile(r".*-(\d{9,11})(?:\.zip)?")


@dataclass(frozen=True, slots=True)
class Kept:
    """A snapshot and where it lies: sealed at home (`node` is ""), on a server's disk, or in the bucket."""

    name: str
    place: str
    """Its path, here or on the server; in the bucket its bare name, which is what RKE2 asks for it by."""
    node: str
    size_bytes: int
    at: int
    """Epoch seconds of its making."""
    release: str = ""
    """What the cluster ran when it was made; "" where nobody noted it."""
    sha256: str = ""
    token: str = ""
    """How the token that opens it is known; "" where nobody noted it."""
    bucket: bool = False


def known(site: Site) -> tuple[Kept, ...]:
    """Return all snapshots of the cluster, the newest first; one that lies here too is not told again."""
    home = tuple(_at_home(site))
    names = {each.name for each in home}
    there = (each for each in _on_servers(site) if each.name not in names)
    return tuple(sorted((*home, *there), key=lambda each: (-each.at, each.name)))


def in_bucket(name: str, *, size_bytes: int = 0) -> Kept:
    """Return the snapshot of that name in the bucket; who lists it knows its size in bytes."""
    return Kept(name, name, "", size_bytes, _made(name), bucket=True)


def choose(site: Site, name: str, *, bucket: bool = False) -> Kept:
    """Return the snapshot of that name, the newest for ""; raises Refused when there is none or its token is gone.

    One in the `bucket` is taken by its name: servers that are down can't be asked what is in it.
    """
    found = known(site)
    chosen = in_bucket(name) if bucket else next((each for each in found if name in ("", each.name)), None)
    if chosen is None:
        raise unknown(name, [each.name for each in found], none=_NONE)
    if bucket and (not name or "/" in name or site.spec.etcd.snapshots.s3 is None):
        raise Refused(
            "a snapshot in the bucket is named, and the spec says where the bucket is",
            hint="--s3 --snapshot NAME, with etcd.snapshots.s3 in the spec; names: rancher-wizard snapshot s3 SPEC.",
        )
    if token_of(site.vault, chosen) is None:
        raise Refused(
            f"{chosen.name}: the token that opens it is not in this cluster's vault",
            hint="Choose a later one (restore --list), or put back the state folder of that time: its token is in it.",
        )
    return chosen


def token_of(vault: Secrets, kept: Kept) -> Secret | None:
    """Return the token that opens a snapshot: by its mark, else the one that held when it was made. None for none."""
    return by_mark(vault, kept.token) if kept.token else of_time(vault, kept.at)


def listing(found: Sequence[Kept]) -> Iterator[str]:
    """Yield the snapshots for reading."""
    if not found:
        yield "no snapshot is known, neither here nor on a server that answers"
        return
    width = max(len(each.name) for each in found)
    for each in found:
        made = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(each.at))
        where = "in the bucket" if each.bucket else f"on {each.node}" if each.node else "here, sealed"
        yield f"{each.name:<{width}}  {made}  {each.size_bytes >> 10:>9} KiB  {each.release or '?':<16} {where}"


def asides(site: Site) -> Iterator[str]:
    """Yield what a list of snapshots does not tell: who still has etcd's data itself."""
    holders = [name for name, facts in site.survey.facts.items() if read_state(facts).etcd]
    if holders:
        yield f"data of etcd itself is on {', '.join(holders)}: --data-of takes it as it is"


def listing_record(found: Sequence[Kept]) -> list[dict[str, object]]:
    """Return the snapshots for a program."""
    return [
        {
            "name": each.name,
            "made": each.at,
            "size_bytes": each.size_bytes,
            "release": each.release or None,
            "node": each.node or None,
            "bucket": each.bucket,
            "sha256": each.sha256 or None,
        }
        for each in found
    ]


def _at_home(site: Site) -> Iterable[Kept]:
    for path in sorted((site.state / FOLDER).glob("*.sealed")):
        try:
            header = header_of(path)
        except (OSError, WizardError):
            continue
        if header.get("identity") == site.identity.id:
            yield _sealed(path, header)


def _sealed(path: Path, header: dict[str, object]) -> Kept:
    size = header.get("size_bytes")
    return Kept(
        name=path.name.removesuffix(".sealed"),
        place=str(path),
        node="",
        size_bytes=size if isinstance(size, int) else 0,
        at=_made(path.name.removesuffix(".sealed")) or int(path.stat().st_mtime),
        release=str(header.get("release", "")),
        sha256=str(header.get("sha256", "")),
        token=str(header.get("token_sha256", "")),
    )


def _on_servers(site: Site) -> Iterable[Kept]:
    told: set[str] = set()
    for server in site.spec.servers:
        facts = site.survey.facts.get(server.name)
        for each in read_state(facts).snapshots if facts else ():
            name = plain(PurePosixPath(each.path).name)
            if name not in told:
                told.add(name)
                yield Kept(name, each.path, server.name, each.size_bytes, _made(name) or each.written)


def _made(name: str) -> int:
    """The time that RKE2 puts at the end of a snapshot's name; 0 where there is none."""
    found = _SAVED.fullmatch(name)
    return int(found.group(1)) if found else 0


def unknown(name: str, names: Sequence[str], *, none: str) -> Refused:
    """Return the refusal of a snapshot that is not among `names`; `none` is what to do where there are none at all."""
    near = difflib.get_close_matches(name, names, n=1)
    if not names:
        return Refused("no snapshot of this cluster is known, neither here nor on a server that answers", hint=none)
    return Refused(
        f"{plain(name)}: no snapshot of this cluster",
        hint=f"Did you mean {near[0]}?" if near else "See: rancher-wizard restore SPEC --list",
    )
