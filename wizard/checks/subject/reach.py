"""What nodes must get at over HTTP, and the proxies they are told to use."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from wizard.checks.check import check
from wizard.checks.finding import Said, fail, ok, skipped, warn
from wizard.checks.look import image_urls, release_urls, snapshot_urls
from wizard.checks.seen import listed, number, values, words
from wizard.hosts.facts import Facts
from wizard.spec.models import Node, Spec

CURL = {
    5: "the proxy's name is not known",
    6: "its name is not known",
    7: "refused, or no way there",
    28: "no answer in time",
}
PROXY_WANTS_LOGIN = 407
NOT_SERVED = (502, 503, 504)


@check(
    "reach.release",
    "Release",
    group="reach",
    severity="must",
    why="The install script downloads RKE2 from there.",
    source="RKE2 install.sh",
)
def release(node: Node, facts: Facts, spec: Spec) -> Said:
    return _reached(facts, release_urls(spec))


@check(
    "reach.images",
    "Images",
    group="reach",
    severity="should",
    why="Images that were not laid ready on the node are pulled from there, or no pod starts.",
    source="RKE2 documentation, Private registry configuration",
)
def images(node: Node, facts: Facts, spec: Spec) -> Said:
    return _reached(facts, image_urls(spec))


@check(
    "reach.snapshots",
    "Store for snapshots",
    group="reach",
    severity="should",
    why="Snapshots that reach no store are lost with the server they were taken on.",
    source="RKE2 documentation, Backup and restore, S3",
)
def snapshots(node: Node, facts: Facts, spec: Spec) -> Said:
    return _reached(facts, snapshot_urls(spec, node))


@check(
    "reach.proxy",
    "Proxies",
    group="reach",
    severity="note",
    why="RKE2 takes its proxy from its own settings, not from a login's.",
    source="RKE2 documentation, Advanced options, HTTP proxy",
)
def proxy(node: Node, facts: Facts, spec: Spec) -> Said:
    there = values(facts, "x.proxy")
    if not there or spec.proxy or spec.source.kind != "online":
        return ok("that of the spec" if spec.proxy else listed(there) or "none")
    return warn(
        f"{listed(there)} is set on the node, the spec has no proxy",
        wanted="the same way out for both",
        next_move="Set `proxy:` in the spec if the node has no other way out.",
    )


def _reached(facts: Facts, wanted: Sequence[str]) -> Said:
    if not wanted:
        return ok("nothing to reach")
    answers = {" ".join(url): (number(status), number(code, -1)) for status, code, *url in words(facts, "x.reach", 3)}
    if not any(url in answers for url in wanted):
        return skipped("there is no curl on the node to ask with", next_move="Install curl there, and check again.")
    missed = [f"{urlsplit(url).netloc}: {why}" for url in wanted if (why := _why(*answers.get(url, (0, -1))))]
    if not missed:
        return ok(listed(urlsplit(url).netloc for url in wanted))
    return fail(
        listed(missed, 3),
        wanted="an answer from each",
        next_move="Open the way, set `proxy:` or a mirror in the spec, or install from a folder or bundle (source).",
    )


def _why(status: int, code: int) -> str:
    if status == PROXY_WANTS_LOGIN:
        return "the proxy wants a password"
    if status in NOT_SERVED:
        return f"it answers {status}"
    return "" if status else CURL.get(code, f"curl ends with {code}")
