"""`rke1 state` and `rke1 unseal`: what is kept sealed of a cluster: its state files, and snapshots with theirs."""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wizard.site import Site


def register(verbs: Any) -> None:
    """Add the verb, with verbs of its own."""
    state = verbs.add_parser("state", help="sealed copies of cluster.rkestate: list, restore")
    inner = state.add_subparsers(metavar="VERB", required=True)
    listed = _add(inner, "list", "show the copies, newest last", _list)
    listed.add_argument("--json", action="store_true", help="print them as JSON")
    restore = _add(inner, "restore", "put a copy where rke reads it; what is there is kept sealed too", _restore)
    restore.add_argument("copy", nargs="?", default="", help="its number or name (default: the newest)")
    restore.add_argument("--yes", action="store_true", help="do not ask")
    unseal = _add(verbs, "unseal", "put a snapshot with its cluster.rkestate and cluster.yml into a folder", _unseal)
    unseal.add_argument("snapshot", help="its name, as `snapshot list` has it")
    unseal.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER", help="made where it is missing")


def _add(verbs: Any, name: str, words: str, run: Any) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = verbs.add_parser(name, help=words)
    command.add_argument("spec", type=Path, help="cluster.yaml")
    command.add_argument("--vault-passphrase-file", type=Path, metavar="FILE", help="file with the vault's passphrase")
    command.set_defaults(run=run)
    return command


def _site(given: argparse.Namespace) -> "Site":
    """Open the state of the spec's cluster on this machine; no host is asked."""
    from wizard.cli.asking import ask_secret
    from wizard.distros.rke1.ward import site_here
    from wizard.errors import BadUsage
    from wizard.site import state_path
    from wizard.spec.load import load_spec
    from wizard.vault.vault import sealed_by_passphrase

    spec = load_spec(given.spec).spec
    if spec.distribution != "rke1":
        raise BadUsage(f"{given.spec}: distribution is {spec.distribution}", hint="Only RKE1 has a cluster.rkestate.")
    needed = sealed_by_passphrase(state_path(spec.name))
    words = ("passphrase of the vault", "--vault-passphrase-file")
    passphrase = ask_secret(given.vault_passphrase_file, *words, needed=needed)
    return site_here(spec, given.spec.parent.resolve(), passphrase)


def _list(given: argparse.Namespace) -> int:
    from wizard import exits
    from wizard.distros.rke1.ward import state_path, treasury

    site = _site(given)
    copies = treasury(site).copies()
    if given.json:
        print(json.dumps([copy.record() for copy in copies], indent=2))
        return exits.DONE
    if not copies:
        print(f"no copies yet: a run of rke makes them, of {state_path(site)}", file=sys.stderr)
    for copy in copies:
        print(copy.line())
    return exits.DONE


def _restore(given: argparse.Namespace) -> int:
    from wizard import exits
    from wizard.cli.asking import confirm, on_terminal
    from wizard.distros.rke1.ward import restore, state_path, treasury
    from wizard.errors import BadUsage, WizardError

    site = _site(given)
    copy = treasury(site).named(given.copy)
    print(f"{copy.line()}\nwill be put to {state_path(site)}", file=sys.stderr)
    if not given.yes:
        if not on_terminal():
            raise BadUsage("nobody is there to be asked", hint="Say --yes.")
        if not confirm("Go on?"):
            raise WizardError("nothing was changed")
    restore(site, copy)
    print(f"{state_path(site)} is that of {copy.name}; go on with: rancher-wizard apply {given.spec}")
    return exits.DONE


def _unseal(given: argparse.Namespace) -> int:
    from wizard import exits
    from wizard.distros.rke1.home import unsealed
    from wizard.errors import WizardError

    site, folder = _site(given), given.output
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, pieces in unsealed(site, given.snapshot.removesuffix(".zip")):
            # New, and ours alone: what is there may be a link to somewhere else.
            with os.fdopen(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                for piece in pieces:
                    file.write(piece)
            print(folder / name)
    except OSError as error:
        hint = "Name another folder; files that are there are not written over."
        raise WizardError(f"{folder} can't be written: {error.strerror}", hint=hint) from None
    print("keys of the cluster lie there in the clear: delete them when they have served", file=sys.stderr)
    return exits.DONE
