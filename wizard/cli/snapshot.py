"""`snapshot`: etcd's snapshots, taken, listed, brought home, deleted, and by which schedule servers take them."""

import argparse
import json
import re
import sys
from typing import TYPE_CHECKING, Any

from wizard import exits
from wizard.cli.room import Options, add_rollout, add_room, add_verb, go, loaded, secrets_for, tell_silent

if TYPE_CHECKING:
    from wizard.apply import Given, Opened
    from wizard.spec.models import Spec
    from wizard.upgrade.restore.choice import Kept

_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,60}[a-z0-9])?")


def register(commands: Any) -> None:
    """Add this room's commands."""
    snapshot = add_room(commands, "snapshot", "etcd's snapshots: take one, list, bring home, delete old ones")
    add_rollout(snapshot, "save", "take a snapshot now and bring it home sealed", _save)
    snapshot.choices["save"].add_argument("--name", help="what to call it; default: manual-DATE-TIME")
    text = "list the snapshots, here, on servers and in the bucket; 4 where servers do not answer, 1 where none does"
    listing = add_verb(snapshot, "list", text, _list)
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

    spec, said = loaded(given), {"yes": True, "no": False}
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
    part = ("etcd", "snapshots")
    given.text = given.after = put_fields(given.spec.read_text(encoding="utf-8"), part, fields)
    options: Options = {(*part, name): f"--{'cron' if name == 'schedule' else name}" for name in fields}
    spec, given.about = read_spec(given.text.encode(), name=str(given.spec), options=options).spec, {}
    return bring_up(given, spec, secrets_for(given, spec), only=SCHEDULE)


def _show_schedule(given: argparse.Namespace, spec: "Spec") -> int:
    import asyncio

    from wizard.apply import open_site
    from wizard.upkeep.schedule import kept, lines, record
    from wizard.upkeep.servers import names

    async def look() -> int:
        async with open_site(spec, given.spec.parent.resolve(), secrets_for(given, spec), begin=False) as opened:
            found, silent = kept(opened.site), opened.site.survey.silent(names(opened.site))
            told = record(opened.site, found) if given.json else "\n".join(lines(opened.site, found))
        print(json.dumps(told, indent=2) if given.json else told, flush=True)
        tell_silent(silent)
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
    return go(given, SNAPSHOT, {"name": name})


def _fetch(given: argparse.Namespace) -> int:
    from wizard.errand import FETCH

    return go(given, FETCH, {"name": given.name})


def _prune(given: argparse.Namespace) -> int:
    from wizard.errand import PRUNE
    from wizard.errors import BadUsage

    if given.keep < 1:
        raise BadUsage(f"--keep {given.keep}", hint="At least 1 is left.")
    return go(given, PRUNE, {"keep": given.keep})


def _list(given: argparse.Namespace) -> int:
    spec = loaded(given)
    return show_snapshots(given, spec, secrets_for(given, spec))


def show_snapshots(given: argparse.Namespace, spec: "Spec", secrets: "Given") -> int:
    """List the snapshots; 4 where some servers do not answer, 1 where none does."""
    import asyncio

    from wizard.apply import open_site
    from wizard.upgrade.restore.choice import listing, listing_record
    from wizard.upkeep.listing import asides, holders, snapshots

    async def look() -> int:
        async with open_site(spec, given.spec.parent.resolve(), secrets, begin=False) as opened:
            found, more = snapshots(opened.site), tuple(asides(opened.site))
            asked = holders(opened.site)
            silent = opened.site.survey.silent(asked)
            if spec.distribution == "rke2" and spec.etcd.snapshots.s3:
                found, doubt = await _with_bucket(opened, found)
                more = (*more, doubt) if doubt else more
        print(json.dumps(listing_record(found), indent=2) if given.json else "\n".join(listing(found)), flush=True)
        tell_silent(silent)
        if not given.json:
            print(*more, sep="\n", end="\n" * bool(more), file=sys.stderr)
        return exits.of_silence(silent, asked)

    return asyncio.run(look())


async def _with_bucket(opened: "Opened", found: "tuple[Kept, ...]") -> "tuple[tuple[Kept, ...], str]":
    """Add what the first server that can look sees in the bucket; else say why that is not known."""
    from wizard.errors import HostError
    from wizard.upkeep.bucket import held

    doubt = "the bucket was not asked: no server answers"
    for server in opened.site.spec.servers:
        if server.name not in opened.site.survey.facts:
            continue
        try:
            return (*found, *await held(opened.wire.host(server.name))), ""
        except HostError as error:
            doubt = f"{error.message}\n  -> {error.hint}" if error.hint else error.message
    return found, doubt


def _bucket(given: argparse.Namespace) -> int:
    import asyncio

    from wizard.cli.room import open_part
    from wizard.errand import SCHEDULE, errand_of
    from wizard.errors import BadUsage, HostError
    from wizard.upkeep.bucket import all_held, lines, record

    spec = loaded(given)
    errand_of(spec, SCHEDULE)
    if spec.etcd.snapshots.s3 is None:
        raise BadUsage("the spec names no bucket", hint="etcd: {snapshots: {s3: {bucket: NAME, ...}}}, then apply.")

    async def look() -> int:
        async with open_part(given, spec, "") as opened:
            found = await all_held([server.name for server in spec.servers], opened.wire.host)
        print(json.dumps(record(found), indent=2) if given.json else "\n".join(lines(found)), flush=True)
        silent = [each for each in found.values() if isinstance(each, HostError)]
        tell_silent(silent)
        return exits.FAILED if silent else exits.DONE

    return asyncio.run(look())
