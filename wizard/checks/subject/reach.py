"""What nodes must get at over HTTP, and the proxies they are told to use."""

from urllib.parse import urlsplit

from wizard.checks.check import check
from wizard.checks.finding import Said, fail, ok, skipped, warn
from wizard.checks.look import urls
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


@check(
    "reach.downloads",
    "Downloads",
    group="reach",
    severity="must",
    why="The release and the images come from there, or the node never starts.",
    source="RKE2 install.sh; RKE2 documentation, Private registry",
)
def downloads(node: Node, facts: Facts, spec: Spec) -> Said:
    return _reached(facts, [url for url in urls(spec, node) if not _is_store(url, spec)])


@check(
    "reach.snapshots",
    "Store for snapshots",
    group="reach",
    severity="should",
    why="Snapshots that reach no store are lost with the server they were taken on.",
    source="RKE2 documentation, Backup and restore, S3",
)
def snapshots(node: Node, facts: Facts, spec: Spec) -> Said:
    return _reached(facts, [url for url in urls(spec, node) if _is_store(url, spec)])


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


def _is_store(url: str, spec: Spec) -> bool:
    s3 = spec.etcd.snapshots.s3
    return s3 is not None and urlsplit(url).netloc == s3.endpoint


def _reached(facts: Facts, wanted: list[str]) -> Said:
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
        next_move="Open the way, set `proxy:` or a mirror in the spec, or install from a folder (source.kind: folder).",
    )


def _why(status: int, code: int) -> str:
    if status == PROXY_WANTS_LOGIN:
        return "the proxy wants a password"
    if status >= 500:
        return f"it answers {status}"
    return "" if status else CURL.get(code, f"curl ends with {code}")
