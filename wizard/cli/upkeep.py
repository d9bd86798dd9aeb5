"""`snapshot`, `certs`, `drift`, `support`: what keeps a running cluster in order."""

import argparse
import json
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard import exits
from wizard.cli.room import add_rollout, add_room, add_verb, secrets_for

if TYPE_CHECKING:
    from wizard.apply import Opened
    from wizard.spec.models import Spec
    from wizard.upgrade.restore.choice import Kept

_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,60}[a-z0-9])?")
SERVICES = ("etcd", "kubelet", "kube-apiserver", "kube-proxy", "kube-scheduler", "kube-controller-manager")
"""What `rke cert rotate --service` takes. Source: rancher/rke release/v1.6, cmd/cert.go."""


def register(commands: Any) -> None:
    """Add this room's commands."""
    snapshot = add_room(commands, "snapshot", "etcd's snapshots: take one, list, bring home, delete old ones")
    add_rollout(snapshot, "save", "take a snapshot now and bring it home sealed", _save)
    snapshot.choices["save"].add_argument("--name", help="what to call it; default: manual-DATE-TIME")
    listing = add_verb(
        snapshot, "list", "list the snapshots, here, on servers and in the bucket; changes nothing", _list
    )
    listing.add_argument("--json", action="store_true", help="print them as JSON")
    add_rollout(snapshot, "fetch", "bring a snapshot home, sealed, that lies on a server", _fetch)
    snapshot.choices["fetch"].add_argument("name", help="its name, as `snapshot list` has it")
    add_rollout(snapshot, "prune", "delete old snapshots that the cluster does not delete by itself", _prune)
    snapshot.choices["prune"].add_argument("--keep", type=int, required=True, metavar="N", help="leave the newest N")
    _register_schedule(snapshot)
    bucket = add_verb(
        snapshot, "s3", "how each server reaches the bucket, and what is in it; 1 when one can't", _bucket
    )
    bucket.add_argument("--json", action="store_true", help="print it as JSON")
    certs = add_room(commands, "certs", "certificates of the cluster: when they end, and new ones")
    text = "list every node's certificates, the first to end first; 1 where one has ended, or a node shows none"
    shown = add_verb(certs, "list", text, _certs)
    shown.add_argument("--json", action="store_true", help="print them as JSON")
    add_rollout(certs, "rotate", "new certificates: servers one at a time, then agents in batches", _rotate)
    rotate = certs.choices["rotate"]
    some = f"RKE1: of this one alone; may be repeated: {', '.join(SERVICES)}"
    rotate.add_argument("--service", action="append", default=[], choices=SERVICES, metavar="SERVICE", help=some)
    rotate.add_argument("--rotate-ca", action="store_true", help="RKE1: by a new authority, after a snapshot")
    rotate.add_argument(
        "--confirm", metavar="CLUSTER", help="with --rotate-ca: start without asking: the cluster's name"
    )
    drift = add_verb(
        commands, "drift", "compare every node with the spec, file by file; 1 when something differs", _drift
    )
    drift.add_argument("--json", action="store_true", help="print it as JSON")
    bag = add_verb(commands, "support", "gather logs and facts for whoever is to help, without secrets", _support)
    bag.add_argument("-o", "--output", type=Path, metavar="FILE", help="default: support-CLUSTER-TIME.tar.gz here")
    bag.add_argument("--lines", type=int, default=2000, metavar="N", help="last lines of each log (default 2000)")


def _register_schedule(snapshot: Any) -> None:
    add_rollout(
        snapshot, "schedule", "show by which schedule servers take snapshots, or change it, one at a time", _schedule
    )
    command = snapshot.choices["schedule"]
    command.add_argument("--cron", metavar="TIMES", help='such as "0 */6 * * *" or @daily, in node time')
    command.add_argument("--retention", type=int, metavar="N", help="how many each server keeps")
    command.add_argument("--dir", metavar="FOLDER", help="where on the servers; default: in RKE2's data folder")
    command.add_argument("--compress", choices=("yes", "no"), help="write them as zip")
    command.add_argument("--enabled", choices=("yes", "no"), help="whether snapshots are taken by schedule at all")


def _schedule(given: argparse.Namespace) -> int:
    from wizard.cli.apply import bring_up
    from wizard.errand import SCHEDULE, errand_of
    from wizard.spec.edit import put_fields
    from wizard.spec.load import read_spec

    spec, said = _spec(given), {"yes": True, "no": False}
    errand_of(spec, SCHEDULE)
    wanted = {
        "schedule": given.cron,
        "retention": given.retention,
        "dir": given.dir,
        "compress": said.get(given.compress),
        "enabled": said.get(given.enabled),
    }
    fields = {name: value for name, value in wanted.items() if value is not None}
    if not fields:
        return _show_schedule(given, spec)
    given.text = given.after = put_fields(given.spec.read_text(encoding="utf-8"), ("etcd", "snapshots"), fields)
    spec, given.about = read_spec(given.text.encode(), name=str(given.spec)).spec, {}
    return bring_up(given, spec, secrets_for(given, spec), only=SCHEDULE)


def _show_schedule(given: argparse.Namespace, spec: "Spec") -> int:
    import asyncio

    from wizard.apply import open_site
    from wizard.upkeep.schedule import kept, lines, record

    async def look() -> int:
        async with open_site(spec, given.spec.parent.resolve(), secrets_for(given, spec), begin=False) as opened:
            found = kept(opened.site)
            told = record(opened.site, found) if given.json else "\n".join(lines(opened.site, found))
        print(json.dumps(told, indent=2) if given.json else told)
        return exits.DONE if all(each.as_wanted for each in found) else exits.FAILED

    return asyncio.run(look())


def _save(given: argparse.Namespace) -> int:
    from wizard.errand import SNAPSHOT
    from wizard.errors import BadUsage
    from wizard.upkeep.snapshots import name_now

    name = given.name or name_now()
    if not _NAME.fullmatch(name):
        raise BadUsage(
            f"--name {name!r} can't name a snapshot", hint="Lower case letters, digits, '-' and '.', at most 62."
        )
    return _go(given, SNAPSHOT, {"name": name})


def _fetch(given: argparse.Namespace) -> int:
    from wizard.errand import FETCH

    return _go(given, FETCH, {"name": given.name})


def _prune(given: argparse.Namespace) -> int:
    from wizard.errand import PRUNE
    from wizard.errors import BadUsage

    if given.keep < 1:
        raise BadUsage(f"--keep {given.keep}", hint="At least 1 is left.")
    return _go(given, PRUNE, {"keep": given.keep})


def _rotate(given: argparse.Namespace) -> int:
    from wizard.errand import AUTHORITY, CERTIFICATES
    from wizard.errors import BadUsage

    if (given.service or given.rotate_ca) and _spec(given).distribution != "rke1":
        raise BadUsage("--service and --rotate-ca are for clusters of RKE1", hint="RKE2 rotates all leaves, no CA.")
    return _go(given, AUTHORITY if given.rotate_ca else CERTIFICATES, {"services": given.service})


def _go(given: argparse.Namespace, errand: str, about: dict[str, Any]) -> int:
    from wizard.cli.apply import bring_up

    spec = _spec(given)
    given.about = about
    return bring_up(given, spec, secrets_for(given, spec), only=errand)


def _list(given: argparse.Namespace) -> int:
    import asyncio

    from wizard.apply import open_site
    from wizard.upgrade.restore.choice import listing, listing_record
    from wizard.upkeep.listing import asides, snapshots

    spec = _spec(given)

    async def look() -> None:
        async with open_site(spec, given.spec.parent.resolve(), secrets_for(given, spec), begin=False) as opened:
            found, more = snapshots(opened.site), tuple(asides(opened.site))
            if spec.distribution == "rke2" and spec.etcd.snapshots.s3:
                found, doubt = await _with_bucket(opened, found)
                more = (*more, doubt) if doubt else more
        print(json.dumps(listing_record(found), indent=2) if given.json else "\n".join(listing(found)), flush=True)
        if not given.json:
            print(*more, sep="\n", end="\n" * bool(more), file=sys.stderr)

    asyncio.run(look())
    return exits.DONE


async def _with_bucket(opened: "Opened", found: "tuple[Kept, ...]") -> "tuple[tuple[Kept, ...], str]":
    """Add what the first server that answers sees in the bucket; else say why that is not known."""
    from wizard.errors import HostError
    from wizard.upkeep.bucket import held

    doubt = "the bucket was not asked: no server answers"
    for server in opened.site.spec.servers:
        try:
            return (*found, *await held(opened.wire.host(server.name))), ""
        except HostError as error:
            doubt = error.message
    return found, doubt


def _bucket(given: argparse.Namespace) -> int:
    import asyncio

    from wizard.cli.room import open_part
    from wizard.errand import SCHEDULE, errand_of
    from wizard.errors import BadUsage
    from wizard.upkeep.bucket import all_held, lines, record

    spec = _spec(given)
    errand_of(spec, SCHEDULE)
    if spec.etcd.snapshots.s3 is None:
        raise BadUsage("the spec names no bucket", hint="etcd: {snapshots: {s3: {bucket: NAME, ...}}}, then apply.")

    async def look() -> int:
        async with open_part(given, spec, "") as opened:
            found = await all_held([server.name for server in spec.servers], opened.wire.host)
        print(json.dumps(record(found), indent=2) if given.json else "\n".join(lines(found)))
        return exits.FAILED if any(isinstance(each, str) for each in found.values()) else exits.DONE

    return asyncio.run(look())


def _certs(given: argparse.Namespace) -> int:
    import asyncio

    from wizard.apply import open_site
    from wizard.checks.cluster.certificate import now
    from wizard.upkeep.certificates import ended, lines, record
    from wizard.upkeep.listing import certificates

    spec = _spec(given)

    async def look() -> int:
        base, secrets = given.spec.parent.resolve(), secrets_for(given, spec)
        async with open_site(spec, base, secrets, look=False, begin=False) as opened:
            found = await certificates(opened.site, opened.wire.host)
        unseen = [node.name for node in spec.nodes if node.name not in found]
        told = (found, now(), unseen)
        print(json.dumps(record(*told), indent=2) if given.json else "\n".join(lines(*told)))
        return exits.FAILED if unseen or ended(found, now()) else exits.DONE

    return asyncio.run(look())


def _drift(given: argparse.Namespace) -> int:
    import asyncio

    from wizard.apply import open_site
    from wizard.upkeep.drift import drift, record

    spec = _spec(given)

    async def look() -> int:
        async with open_site(spec, given.spec.parent.resolve(), secrets_for(given, spec), begin=False) as opened:
            found = drift(opened.site)
        if given.json:
            print(json.dumps(record(found), indent=2))
        else:
            print("\n".join(each.line for each in found) or f"nothing differs on {len(spec.nodes)} nodes")
        return exits.FAILED if found else exits.DONE

    return asyncio.run(look())


def _support(given: argparse.Namespace) -> int:
    import asyncio

    from wizard.apply import open_site
    from wizard.upkeep.support import support
    from wizard.vault.vault import Vault

    spec = _spec(given)
    path = given.output or Path(time.strftime(f"support-{spec.name}-%Y%m%dT%H%M%S.tar.gz"))

    async def gather() -> int:
        base, secrets = given.spec.parent.resolve(), secrets_for(given, spec)
        async with open_site(spec, base, secrets, look=False, begin=False) as opened:
            vault = opened.site.vault
            known = [vault.get(name) for name in vault.names()] if isinstance(vault, Vault) else []
            found = await support(
                spec.name,
                [*(node.name for node in spec.nodes), *(machine.name for machine in spec.front)],
                opened.wire.host,
                secrets=[each.reveal() for each in known if each],
                path=path,
                lines=given.lines,
                tell=lambda line: print(line, file=sys.stderr, flush=True),
            )
        for name, size in found.files:
            print(f"{size:>10}  {name}")
        print(f"{found.path}: {len(found.files)} files, {found.masked} secrets masked. Read it before you send it.")
        return exits.PARTLY if found.silent else exits.DONE

    return asyncio.run(gather())


def _spec(given: argparse.Namespace) -> "Spec":
    from wizard.cli.plan import warn
    from wizard.spec.load import load_spec

    loaded = load_spec(given.spec)
    if not getattr(given, "json", False):
        warn(loaded.warnings)
    return loaded.spec
