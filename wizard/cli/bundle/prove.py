"""`bundle verify`, `inspect` and `check`: is it as it was made, what is in it, and is it enough."""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.cli.bundle.opening import base_option, opened, progress, signer, trust_options, trusted_keys
from wizard.cli.bundle.plan import wish_given, wish_options

if TYPE_CHECKING:
    from wizard.bundle.contents.charts import Values
    from wizard.bundle.contents.complete import Proof
    from wizard.bundle.contents.wish import Wish
    from wizard.bundle.format.bundle import Bundle
    from wizard.bundle.format.head import Head
    from wizard.spec.models import Spec


def register(verbs: Any) -> None:
    """Add this room's verbs."""
    command = verbs.add_parser("verify", help="prove who made a bundle, and every byte of it")
    command.add_argument("file", type=Path, metavar="BUNDLE", help="the bundle; - for one that comes by a pipe")
    command.add_argument("--signature", type=Path, metavar="FILE.sig", help="a detached signature instead")
    base_option(command)
    trust_options(command)
    command.set_defaults(run=verify)
    command = verbs.add_parser("inspect", help="show what is in a bundle; proves nothing")
    command.add_argument("file", type=Path, metavar="BUNDLE")
    command.add_argument("--json", action="store_true", help="print its manifest as JSON")
    base_option(command)
    command.set_defaults(run=inspect)
    command = verbs.add_parser("show", help="show on screen what is in a bundle, who signed it, and prove its bytes")
    command.add_argument("file", type=Path, metavar="BUNDLE")
    command.add_argument("--headless", action="store_true", help="print lines, also on a terminal")
    base_option(command)
    trust_options(command)
    command.set_defaults(run=show, json=False)
    command = verbs.add_parser("check", help="prove that a bundle holds all that a spec needs")
    command.add_argument("file", type=Path, metavar="BUNDLE")
    wish_options(command)
    command.add_argument("--helm", type=Path, metavar="FILE", help="renders charts (default: the one in the bundle)")
    command.add_argument("--json", action="store_true", help="print the findings as JSON")
    base_option(command)
    trust_options(command)
    command.set_defaults(run=check)


def verify(given: argparse.Namespace) -> int:
    """Prove a bundle."""
    from wizard.bundle.format.verify import verify as prove_all
    from wizard.bundle.format.verify import verify_stream
    from wizard.bundle.summary import summary

    who: list[str] = []

    def admit(head: "Head") -> None:
        who.append(signer(given, head))

    if str(given.file) == "-":
        with progress("bundle", 0) as moved:
            head = verify_stream(os.fdopen(sys.stdin.fileno(), "rb", closefd=False), admit, moved=moved)
    else:
        bundle = opened(given)
        head = bundle.head
        admit(head)
        with progress(given.file.name, head.manifest.size_bytes) as moved:
            prove_all(bundle, moved=moved)
    print(f"{given.file}: whole, {summary(head)}; {who[0]}")
    return 0


def inspect(given: argparse.Namespace) -> int:
    """Show a bundle's contents."""
    from wizard.bundle.releases import releases_in
    from wizard.bundle.signing.key import fingerprint
    from wizard.bundle.signing.sshsig import read_signature
    from wizard.bundle.sizes import size
    from wizard.bundle.summary import entry_bytes, proofs, summary
    from wizard.upgrade.carried import carried_lines

    bundle = opened(given)
    if given.json:
        print(bundle.head.data.decode(), end="")
        return 0
    signed = bundle.head.signature
    print(f"bundle {bundle.manifest.name}, id {bundle.id}")
    print(f"signed by {fingerprint(read_signature(signed).key)} (not proven here)" if signed else "not signed")
    for entry in bundle.manifest.entries:
        total, roles = size(entry_bytes(bundle.manifest, entry)), ", ".join(entry.roles)
        print(f"{entry.kind:<8} {total:>10}  {entry.name}{f'  ({roles})' if roles else ''}")
    releases = (line for line, _ in carried_lines(releases_in(bundle)))
    print(*releases, summary(bundle.head), proofs(bundle.manifest), sep="\n")
    return 0


def show(given: argparse.Namespace) -> int:
    """Show a bundle while it is proven, 4 when left before the end; off a terminal, print and prove it."""
    from wizard import exits
    from wizard.bundle.proving import Proving
    from wizard.bundle.summary import summary
    from wizard.cli.following import screen_fits

    if not screen_fits(given):
        inspect(given)
        return verify(given)
    from screens.bundle import BundleApp

    proving = Proving(opened(given), None if given.unsigned else trusted_keys(given))
    app = BundleApp(proving, begin=True)
    app.run()
    if app.return_code:
        return app.return_code
    if failure := proving.failure or proving.refusal:
        raise failure
    whole = proving.phase == "whole"
    said = f"whole, {proving.signer}" if whole else "not proven to the end"
    print(f"{given.file}: {said}; {summary(proving.bundle.head)}")
    return exits.DONE if whole else exits.PARTLY


def check(given: argparse.Namespace) -> int:
    """Name what a spec needs and the bundle lacks."""
    from dataclasses import asdict

    from wizard.bundle.contents.complete import complete
    from wizard.bundle.releases import releases_in
    from wizard.exits import DONE, REFUSED

    wish = wish_given(given)
    bundle = opened(given)
    who = signer(given, bundle.head)
    proof = complete(bundle, wish, values=chart_values(given), helm=given.helm)
    if given.json:
        missing = [{"name": each.name, "asked_by": each.asked_by} for each in proof.missing]
        releases = [asdict(each) for each in releases_in(bundle)]
        record = {"missing": missing, "unproven": proof.unproven, "images": proof.images, "releases": releases}
        print(json.dumps(record, indent=2))
        return DONE if proof.whole else REFUSED
    print(f"{given.file}: {said(proof, wish, bundle)}; {who}")
    return DONE if proof.whole else REFUSED


def said(proof: "Proof", wish: "Wish", bundle: "Bundle") -> str:
    """Print what is missing, what could not be proven, and which releases are inside; return the verdict."""
    from wizard.bundle.releases import releases_in
    from wizard.upgrade.carried import carried_lines, way_line

    for each in proof.missing:
        print(f"missing: {each.name} (asked for by {each.asked_by})")
    for text in proof.unproven:
        print(f"not proven: {text}")
    releases = releases_in(bundle)
    for line, _ in carried_lines(releases):
        print(line)
    if wish.begins:
        print(way_line(wish, releases))
    found = "complete" if proof.whole else "not proven to be complete" if not proof.missing else "not complete"
    return f"{found}, {proof.images} images looked for"


def chart_values(given: argparse.Namespace) -> "Values":
    """Return the values that this site's charts get, by part; Longhorn's chart is installed with its own."""
    from wizard.balancers.metallb.chart import chart_values as metallb_values
    from wizard.rancher.release import releases
    from wizard.spec.load import load_spec

    if given.spec is None:
        return {}
    spec = _without_registry(load_spec(given.spec).spec)
    values = {release.name: release.values for release in releases(spec)}
    return values | ({"metallb": metallb_values(spec.metallb)} if spec.metallb else {})


def _without_registry(spec: "Spec") -> "Spec":
    """A bundle's images bear the names of their publishers, wherever the site will pull them from."""
    registries = spec.registries.model_copy(update={"system_default_registry": None})
    rancher = spec.rancher and spec.rancher.model_copy(update={"system_default_registry": None})
    return spec.model_copy(update={"registries": registries, "rancher": rancher})
