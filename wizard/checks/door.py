"""What this machine itself can tell of a site's doors: whether it knows Rancher's name, and the certificates given."""

import asyncio
import datetime as dt
import socket
from collections.abc import Iterator
from pathlib import Path

from wizard.checks.certificate import Shown, judge
from wizard.checks.check import Check, proven
from wizard.checks.finding import Finding, Said, fail, ok, warn
from wizard.plain import plain
from wizard.spec.models import Spec
from wizard.spec.reference import located

LOOK_UP_S = 6.0
FILE_LIMIT = 512 * 1024

name_here = proven(
    "rancher.name_here",
    "Rancher's name here",
    group="reach",
    severity="note",
    why="The first login, and the proof that Rancher answers, go from this machine by that name.",
    source="Rancher documentation, Install on a Kubernetes cluster",
)
certificate = proven(
    "rancher.certificate",
    "Rancher's certificate",
    group="security",
    severity="must",
    why="Browsers and agents refuse another name, an end that has come, or a chain with a hole: `not complete`.",
    source="Rancher documentation, Bring your own certificate; RFC 6125, 6.4; RFC 8446, 4.4.2",
)
front_certificate = proven(
    "balancer.certificate",
    "Balancer's certificate",
    group="security",
    severity="must",
    why="Where TLS ends at the balancer, its certificate is the one that everybody sees, for each of its names.",
    source="Rancher documentation, External TLS termination; RFC 6125, 6.4",
)


async def prove_door(spec: Spec, base: Path) -> dict[str, Finding]:
    """Return what this machine finds, by check; nothing of what the spec does not ask for. `base` is its folder."""
    found: dict[str, Finding] = {}
    for each, said in (
        (name_here, await _name_here(spec)),
        (certificate, _certificate(spec, base)),
        (front_certificate, _front_certificate(spec, base)),
    ):
        found[each.id] = said.by(each.id, each.severity)
    return found


CHECKS: tuple[Check, ...] = (name_here, certificate, front_certificate)


async def _name_here(spec: Spec) -> Said:
    if spec.rancher is None:
        return ok("no Rancher is asked for")
    host = spec.rancher.hostname
    look_up = asyncio.get_running_loop().getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    try:
        async with asyncio.timeout(LOOK_UP_S):
            found = await look_up
    except (OSError, TimeoutError) as error:
        reason = "no answer in time" if isinstance(error, TimeoutError) else plain(error.strerror or str(error))
        return warn(
            f"{host} is not known here: {reason}",
            wanted="an address for it on this machine too",
            next_move=f"Add {host} to DNS, or to /etc/hosts of this machine.",
        )
    return ok(f"{host} is {found[0][4][0]}")


def _certificate(spec: Spec, base: Path) -> Said:
    rancher = spec.rancher
    if rancher is None or rancher.certificate is None or rancher.key is None:
        return ok("none is given")
    return _judged(
        "rancher.certificate", (rancher.certificate, rancher.key, rancher.private_ca), (rancher.hostname,), base
    )


def _front_certificate(spec: Spec, base: Path) -> Said:
    front = spec.balancer
    if front is None or front.tls.certificate is None or front.tls.key is None:
        return ok("none is given")
    ours = spec.rancher.private_ca if spec.rancher and spec.rancher.tls == "external" else None
    names = (*front.hosts, *(host for each in front.clusters for host in each.hosts))
    return _judged("balancer.tls.certificate", (front.tls.certificate, front.tls.key, ours), names, base)


def _judged(field: str, paths: tuple[Path, Path, Path | None], names: tuple[str, ...], base: Path) -> Said:
    try:
        chain, key, *authority = _read(paths, base)
    except OSError as error:
        return fail(
            f"{error.filename}: {error.strerror}",
            wanted="a file that can be read here",
            next_move="Correct its path: it is relative to the spec's folder.",
        )
    return judge(Shown(field, chain, key, *authority), names, now=dt.datetime.now(dt.UTC))


def _read(paths: tuple[Path | None, ...], base: Path) -> Iterator[bytes]:
    for path in paths:
        if path is not None:
            with located(path, base).open("rb") as file:
                yield file.read(FILE_LIMIT)
