"""`bundle plan`: what a bundle would bring."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.cli.bundle.ways import foretell, making_of, note, ways_options

if TYPE_CHECKING:
    from wizard.bundle.contents.artifact import Artifact
    from wizard.bundle.contents.wish import Wish
    from wizard.spec.models import Spec

ARCHES = ("amd64", "arm64", "s390x")


def register(verbs: Any) -> None:
    """Add this room's verbs."""
    command = verbs.add_parser("plan", help="list what a spec needs, and no more; fetches nothing without --sizes")
    wish_options(command)
    command.add_argument(
        "--sizes", action="store_true", help="ask publishers for sizes, dependencies and digests; fetches lists alone"
    )
    ways_options(command)
    command.add_argument("--json", action="store_true", help="print it as JSON")
    command.set_defaults(run=run)


def wish_options(command: argparse.ArgumentParser) -> None:
    """Add what says which site a bundle is for; `wish_given` reads it."""
    command.add_argument("spec", type=Path, nargs="?", help="cluster.yaml; or name a release by --version")
    command.add_argument(
        "--version",
        metavar="RELEASE",
        help="without a spec: release of RKE2, such as v1.34.2+rke2r1; or RKE1's version",
    )
    command.add_argument(
        "--cni", metavar="NAME", action="append", help="without a spec: canal (default), calico, …; once for each"
    )
    command.add_argument("--ingress", metavar="NAME", default="", help="without a spec: traefik, ingress-nginx or none")
    command.add_argument(
        "--upgrade-from",
        metavar="RELEASE",
        help="what the nodes run now: every release on the way from there comes along, as `upgrade plan` has it",
    )
    command.add_argument("--arch", choices=ARCHES, action="append", help="processors of the nodes (default: amd64)")
    command.add_argument(
        "--os", metavar="NAME", action="append", dest="systems", help="distributions of the nodes, such as debian-12"
    )


def wish_given(given: argparse.Namespace) -> "Wish":
    """Return what the command line asks for. Raises BadUsage, BadSpec; Refused for a way that does not lead there."""
    from dataclasses import replace

    from wizard.bundle.contents.rke1 import Rke1Wish
    from wizard.bundle.contents.wish import EVERY_NODE, Wish, release
    from wizard.errors import BadUsage
    from wizard.spec.load import load_spec

    if (given.spec is None) == (given.version is None):
        raise BadUsage("a spec or --version is needed, and not both", hint="Give cluster.yaml, or --version RELEASE.")
    arches, systems = tuple(given.arch or ("amd64",)), tuple(given.systems or ())
    if given.spec and (given.cni or given.ingress):
        raise BadUsage("--cni and --ingress are for --version alone", hint=f"Say it in {given.spec}.")
    if given.spec:
        spec = load_spec(given.spec).spec
        return _on_the_way(given, Wish.of(spec, arches=arches, systems=systems), spec)
    cni = tuple(given.cni or ("canal",))
    _demand_known(cni, given.ingress)
    purposes = EVERY_NODE if systems else frozenset[str]()
    version = release(given.version)
    wish = Wish(version, cni=cni, ingress=given.ingress, arches=arches, systems=systems, purposes=purposes)
    if "-rancher" in version:
        wish = replace(wish, rke1=Rke1Wish.chosen(version, cni, given.ingress))
    return _on_the_way(given, wish, None)


def _demand_known(cni: tuple[str, ...], ingress: str) -> None:
    """Raise BadUsage for a choice that no release has: its images would be left out without a word."""
    from typing import get_args

    from wizard.errors import BadUsage
    from wizard.spec.field import CniName, IngressName

    ingresses = (ingress,) if ingress else ()
    for option, names, known in (("--cni", cni, get_args(CniName)), ("--ingress", ingresses, get_args(IngressName))):
        for name in names:
            if name not in known:
                raise BadUsage(f"{option} {name}: not known", hint=f"One of {', '.join(known)}.")


def _on_the_way(given: argparse.Namespace, wish: "Wish", spec: "Spec | None") -> "Wish":
    """Add the releases of the upgrade that the command line names."""
    from dataclasses import replace

    from wizard.bundle.contents.wish import release
    from wizard.upgrade.beforehand import beforehand

    if given.upgrade_from is None:
        return wish
    begins = release(given.upgrade_from, "--upgrade-from")
    *between, _ = beforehand(begins, wish.version, spec)
    return replace(wish, begins=begins, between=tuple(between))


def run(given: argparse.Namespace) -> int:
    """List the artifacts."""
    from dataclasses import asdict

    from wizard.bundle.contents.wanted import wanted

    wish = wish_given(given)
    found = wanted(wish)
    if given.sizes:
        note(found.notes)
        return _with_sizes(given, found.artifacts)
    if given.json:
        record = {"artifacts": [asdict(each) for each in found.artifacts], "releases": wish.releases}
        print(json.dumps(record | {"notes": found.notes}, indent=2))
        return 0
    for each in found.artifacts:
        print(f"{each.kind:<8} {each.name}\n         {each.source}")
    if wish.begins:
        print(f"upgrade: {' -> '.join((wish.begins, *wish.releases))}")
    print(f"{len(found.artifacts)} artifacts; images that only lists name are added when these are fetched")
    note(found.notes)
    return 0


def _with_sizes(given: argparse.Namespace, artifacts: "tuple[Artifact, ...]") -> int:
    import asyncio

    from wizard.cli.bundle.lines import shown

    with shown() as bars:
        contents = asyncio.run(making_of(given, bars).look(artifacts))
    if not given.json:
        foretell(contents)
        return 0
    sizes = contents.release_bytes
    rows: list[dict[str, object]] = [
        {"kind": each.kind, "name": each.name, "source": each.source, "size_bytes": contents.sizes[want.url]}
        for each, want in contents.files
    ]
    for each, image in contents.images:
        total = sum(part.size_bytes for part in image.parts)
        rows.append({"kind": each.kind, "name": each.name, "source": str(image.reference), "size_bytes": total})
    print(json.dumps({"artifacts": rows, "releases": sizes, "notes": contents.notes}, indent=2))
    return 0
