"""`certs`, `drift`, `support`: what keeps a running cluster in order."""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from wizard import exits
from wizard.cli.room import add_rollout, add_room, add_verb, go, loaded, secrets_for, tell_silent

SERVICES = ("etcd", "kubelet", "kube-apiserver", "kube-proxy", "kube-scheduler", "kube-controller-manager")
"""What `rke cert rotate --service` takes. Source: rancher/rke release/v1.6, cmd/cert.go."""


def register(commands: Any) -> None:
    """Add this room's commands."""
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
    text = "gather logs and facts for whoever is to help, without secrets; 4 where hosts are missing, 1 where all are"
    bag = add_verb(commands, "support", text, _support)
    bag.add_argument("-o", "--output", type=Path, metavar="FILE", help="default: support-CLUSTER-TIME.tar.gz here")
    bag.add_argument("--lines", type=_lines, default=2000, metavar="N", help="last lines of each log (default 2000)")


def _lines(text: str) -> int:
    """What --lines takes."""
    if not text.isdecimal() or not 1 <= int(text) <= 1_000_000:
        raise argparse.ArgumentTypeError("a whole number, 1 to 1000000")
    return int(text)


def _rotate(given: argparse.Namespace) -> int:
    from wizard.errand import AUTHORITY, CERTIFICATES
    from wizard.errors import BadUsage

    if (given.service or given.rotate_ca) and loaded(given).distribution != "rke1":
        raise BadUsage("--service and --rotate-ca are for clusters of RKE1", hint="RKE2 rotates all leaves, no CA.")
    return go(given, AUTHORITY if given.rotate_ca else CERTIFICATES, {"services": given.service})


def _certs(given: argparse.Namespace) -> int:
    import asyncio

    from wizard.apply import open_site
    from wizard.checks.cluster.certificate import now
    from wizard.upkeep.certificates import UNSEEN, ended, lines, record
    from wizard.upkeep.listing import certificates

    spec = loaded(given)
    names = [node.name for node in spec.nodes]

    async def look() -> int:
        base, secrets = given.spec.parent.resolve(), secrets_for(given, spec)
        async with open_site(spec, base, secrets, look=False, begin=False) as opened:
            found, silent = await certificates(opened.site, opened.wire.host)
        unseen = {name: silent[name].what if name in silent else UNSEEN for name in names if name not in found}
        told = (found, now(), unseen)
        print(json.dumps(record(*told), indent=2) if given.json else "\n".join(lines(*told)), flush=True)
        tell_silent(silent.values())
        return exits.FAILED if unseen or ended(found, now()) else exits.DONE

    return asyncio.run(look())


def _drift(given: argparse.Namespace) -> int:
    import asyncio

    from wizard.apply import open_site
    from wizard.upkeep.drift import drift, record

    spec = loaded(given)

    async def look() -> int:
        async with open_site(spec, given.spec.parent.resolve(), secrets_for(given, spec), begin=False) as opened:
            found, silent = drift(opened.site), opened.site.survey.failures
        if given.json:
            print(json.dumps(record(found), indent=2), flush=True)
        else:
            text = "\n".join(each.line for each in found) or f"nothing differs on {len(spec.nodes)} nodes"
            print(text, flush=True)
        tell_silent(silent.values())
        return exits.FAILED if found else exits.DONE

    return asyncio.run(look())


def _support(given: argparse.Namespace) -> int:
    import asyncio

    from wizard.apply import open_site
    from wizard.upkeep.support import support
    from wizard.vault.vault import Vault

    spec = loaded(given)
    machines = [*(node.name for node in spec.nodes), *(machine.name for machine in spec.front)]
    path = given.output or Path(time.strftime(f"support-{spec.name}-%Y%m%dT%H%M%S.tar.gz"))

    async def gather() -> int:
        base, secrets = given.spec.parent.resolve(), secrets_for(given, spec)
        async with open_site(spec, base, secrets, look=False, begin=False) as opened:
            vault = opened.site.vault
            known = [vault.get(name) for name in vault.names()] if isinstance(vault, Vault) else []
            found = await support(
                spec.name,
                machines,
                opened.wire.host,
                secrets=[each.reveal() for each in known if each],
                path=path,
                lines=given.lines,
                tell=lambda line: print(line, file=sys.stderr, flush=True),
            )
        for name, size in found.files:
            print(f"{size:>10}  {name}")
        print(f"{found.path}: {len(found.files)} files, {found.masked} secrets masked. Read it before you send it.")
        return exits.of_silence(found.silent, machines)

    return asyncio.run(gather())
