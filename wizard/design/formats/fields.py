"""Fields of a spec, read back as the answers they come from."""

from collections.abc import Iterable, Iterator
from typing import Any

from wizard.design.answers import Answers
from wizard.design.formats.section import Found, found_sections
from wizard.design.formats.taken import Taken
from wizard.design.part import (
    BUCKET,
    PLACES,
    S3,
    SAME,
    SCHEDULES,
    SHARES,
    SNAPSHOTS,
    SWITCHES,
    mask_argument,
)
from wizard.design.question import accept, questions
from wizard.design.tree import Tree, look, put, take
from wizard.errors import BadAnswer
from wizard.spec.address import networks

_KUBELETS = (("options", "server", "kubelet-arg"), ("options", "agent", "kubelet-arg"))
_CONTROLLERS = (("options", "server", "kube-controller-manager-arg"),)


def take_fields(tree: Tree, taken: Taken, beside: Answers | None = None) -> None:
    """Take the fields of a spec (without its nodes) over: as answers where a question covers them, else carried.

    `tree` is consumed. A value that is no answer, or one to a question that is not asked then, is carried as it is.
    What only stands in the spec because it was assumed, by the answers `beside` it, stays an assumption.
    """
    found = {key: (value, paths) for key, value, paths in _found(tree) if _fits(key, value)}
    answers = taken.answers
    for key, (value, _) in found.items():
        answers = answers.given(key, accept(questions()[key], value))
    asked = {question.key for question in answers.asked}
    for key, (_, paths) in found.items():
        if key not in asked:
            answers = answers.forgotten(key)
            continue
        for path in paths:
            take(tree, path)
    answers = _arguments(tree, answers)
    taken.answers = _as_before(answers, found, beside) if beside else answers
    for field, value in tree.items():
        taken.carry((field,), value)


def _as_before(answers: Answers, found: Iterable[str], beside: Answers) -> Answers:
    """Return answers that are stated, open or untouched as those `beside` the spec are, where the value is the same."""
    for key in {*found, *beside.open} - beside.said.keys():
        if answers[key] == questions()[key].default:
            answers = answers.left(key) if key in beside.open else answers.forgotten(key)
    for key, value in beside.said.items():
        if key not in answers.said and answers[key] == value:
            answers = answers.given(key, value)
    return answers


def _fits(key: str, value: object) -> bool:
    try:
        accept(questions()[key], value)
    except BadAnswer:
        return False
    return True


def _found(tree: Tree) -> Iterator[Found]:
    """Yield what stands in a spec as question, answer, and the fields it is read from."""
    for key, path in {**SAME, **BUCKET, **PLACES, **SHARES}.items():
        if (value := look(tree, path)) is not None:
            yield key, _bastion(value) if key == "ssh_bastion" else value, (path,)
    yield from _safety(tree)
    yield from _networks(tree)
    yield from found_sections(tree)
    yield from _prepare(tree)
    if look(tree, ("storage", "shared")) is not None:
        yield "access_mode", "rwx" if look(tree, ("storage", "shared")) else "rwo", (("storage", "shared"),)


def _bastion(value: Any) -> Any:
    """Return a bastion as text, where a text can say all of it."""
    if not isinstance(value, dict) or value.get("key"):
        return value
    address, user, port = (value.get(part) for part in ("address", "user", "port"))
    place = f"[{address}]" if ":" in str(address) else str(address)
    return f"{user}@" * bool(user) + place + f":{port}" * bool(port)


def _safety(tree: Tree) -> Iterator[Found]:
    if look(tree, S3):
        yield "backup", "s3", ()
    elif look(tree, (*SNAPSHOTS, "dir")):
        yield "backup", "nfs", ()
    hours = {schedule: every for every, schedule in SCHEDULES.items()}
    schedule = look(tree, (*SNAPSHOTS, "schedule"))
    if isinstance(schedule, str) and schedule in hours:
        yield "backup_hours", hours[schedule], ((*SNAPSHOTS, "schedule"),)
    profile = look(tree, ("security", "profile"))
    if profile in ("cis", "none"):
        yield "cis", profile == "cis", (("security", "profile"),)
    if kind := look(tree, ("source", "kind")):
        yield "airgap", kind, (("source", "kind"),)
    proxies = [look(tree, ("proxy", field)) for field in ("http", "https")]
    if proxies[0] and proxies[0] == proxies[1]:
        yield "proxy", proxies[0], (("proxy", "http"), ("proxy", "https"))


def _networks(tree: Tree) -> Iterator[Found]:
    cni = _listed(look(tree, ("network", "cni")))
    if len(cni) == 1:
        yield "cni", cni[0], (("network", "cni"),)
    both = {key: _listed(look(tree, ("network", key))) for key in ("cluster_cidr", "service_cidr")}
    dual = all(_versions(cidrs) == [4, 6] for cidrs in both.values())
    if dual:
        yield "dual_stack", True, ()
    for key, cidrs in both.items():
        if dual or len(cidrs) == 1:
            yield key, cidrs[0], (("network", key),)
        if dual:
            yield f"{key}_v6", cidrs[1], ()


def _versions(cidrs: list[str]) -> list[int]:
    try:
        return [network.version for network in networks(cidrs)]
    except ValueError:
        return []


def _prepare(tree: Tree) -> Iterator[Found]:
    given = look(tree, ("prepare",))
    if not isinstance(given, dict):
        return
    usual = questions()["prepare"].default
    allowed = [name for name in SWITCHES if given.get(name, isinstance(usual, tuple) and name in usual)]
    if given.get("firewall") == "open":
        allowed.append("firewall")
    yield "prepare", allowed, (("prepare",),)


def _arguments(tree: Tree, answers: Answers) -> Answers:
    """Take the arguments that are answers, where all of the roles they are for have the same."""
    found = (("pods_per_node", "max-pods", _KUBELETS), ("node_mask", mask_argument(answers), _CONTROLLERS))
    for key, name, paths in found:
        values = {_argument(look(tree, path), name) for path in paths}
        if len(values) == 1 and _fits(key, value := values.pop()):
            answers = answers.given(key, accept(questions()[key], value))
            for path in paths:
                rest = [one for one in _listed(look(tree, path)) if not one.startswith(f"{name}=")]
                put(tree, path, rest) if rest else take(tree, path)
    return answers


def _argument(arguments: Any, name: str) -> str | None:
    found = [one.partition("=")[2] for one in _listed(arguments) if one.startswith(f"{name}=")]
    return found[0] if len(found) == 1 else None


def _listed(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list | tuple) else [] if value is None else [str(value)]
