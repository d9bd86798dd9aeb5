"""From a draft to the text of its `cluster.yaml`: the same draft gives the same bytes."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from wizard.design import rancherd, rke1
from wizard.design.amount import count
from wizard.design.answers import Answers
from wizard.design.draft import Draft
from wizard.design.members import members
from wizard.design.nodes.entry import NodeEntry
from wizard.design.nodes.understand import understand
from wizard.design.obstacle import obstacles
from wizard.design.part import arguments, parts
from wizard.design.prune import prune
from wizard.design.recommend import Ranked, Recommendation, recommend
from wizard.design.tree import Path, Tree, holds, look, put, take, thawed
from wizard.design.yaml_text import block, comment
from wizard.errors import BadSpec
from wizard.spec.balancer import Balancer
from wizard.spec.field import Part
from wizard.spec.load import read_spec
from wizard.spec.metallb import Metallb
from wizard.spec.models import Spec
from wizard.spec.rancher import Rancher

HINT = "Answer otherwise, or list other nodes; nothing was written."
API_VERSION = "rancher-wizard/v1"
_ORIGIN = "Written by `rancher-wizard new`; `rancher-wizard apply` carries it out."
_NAME = "spec"
# What is laid over what was carried stands in the order of the fields all the same.
_SECTIONS: dict[str, type[Part]] = {"balancer": Balancer, "metallb": Metallb, "rancher": Rancher}
_PLACE = re.compile(f"^{_NAME}:([0-9]+:)? ")
_NOTES: dict[Path, str] = {
    ("version",): "Pinned: every node gets this release, today and in a year.",
    ("nodes",): "The first server begins the cluster, the others join it one at a time.",
    ("network",): "Fixed for the life of the cluster.",
    ("registration",): "Where nodes join and users reach the API: ports 9345 and 6443, led to all servers.",
    ("balancer",): "What stands in front; `rancher-wizard balancer plan` shows what is done there.",
    ("metallb",): "Addresses for services; nobody else may have them.",
    ("rancher",): "Rancher on top; its first password: `rancher-wizard rancher password`.",
    ("etcd",): "Snapshots. Keep the token with them: one is of no use without the other.",
    ("token",): "The place of the token; the token itself stands in no file of this cluster.",
    ("rollout",): "Servers go one at a time, whatever stands here.",
}

_OWN_NOTES = {"rke1": rke1.NOTES, "rancherd": rancherd.NOTES}
_SETTLED = {"rancherd": rancherd.SETTLED}


def compose(draft: Draft, entries: Sequence[NodeEntry], recommendation: Recommendation) -> str:
    """Take a draft, the nodes it lists and what was recommended for its answers; return the text of its spec.

    The spec can be loaded. Raises BadSpec with everything that stands in the way, in the words of the questions.
    """
    ranked = chosen(draft, recommendation)
    problems = tuple(obstacles(draft.answers, entries, ranked, recommendation))
    if problems or ranked is None:
        raise BadSpec(problems, hint=HINT)
    tree = _tree(draft, entries, ranked)
    text = _head(draft, tree, ranked, recommendation) + block(tree, _comments(tree))
    _check(text, draft.answers)
    return text


def compose_draft(draft: Draft) -> str:
    """Return the text of a draft's spec, worked out from what it holds alone; otherwise as `compose`."""
    return compose(draft, understand(draft.nodes_text).entries, recommend(draft.answers))


def chosen(draft: Draft, recommendation: Recommendation) -> Ranked | None:
    """Return the design that the operator chose, else the one that is recommended; None where there is none."""
    for ranked in recommendation.ranked:
        if ranked.design.key == draft.design:
            return ranked
    return recommendation.best


def shortage(roles: Sequence[str], ranked: Ranked | None) -> Iterator[str]:
    """Take the role of each node and the design they are for; yield, as sentences, what it wants beside them."""
    if ranked is None:
        return
    sizing = ranked.sizing
    if sizing.clusters > 1:
        yield f"This is one of {sizing.clusters} clusters, one a data centre; write a spec for each."
    servers = sizing.servers // sizing.clusters
    for role, wanted in (("server", servers), ("agent", sizing.nodes - servers)):
        if (listed := roles.count(role)) < wanted:
            what = f"{ranked.design.title} wants {count(wanted, role)}"
            yield f"{what}, {listed or 'none'} {'is' if listed < 2 else 'are'} listed."


def _check(text: str, answers: Answers) -> None:
    """Raise BadSpec for what only the whole spec shows to be wrong, each problem by the question it comes from."""
    try:
        read_spec(text.encode(), name=_NAME)
    except BadSpec as error:
        keys = {".".join(part.path): part.key for part in parts(answers)}
        raise BadSpec([_asked(problem, keys) for problem in error.problems], hint=HINT) from None


def _asked(problem: str, keys: Mapping[str, str]) -> str:
    """Return a problem of the spec without the line, which nobody has seen; with its question for its field."""
    field, colon, rest = _PLACE.sub("", problem).partition(": ")
    asked = next((keys[place] for place in _around(field) if keys.get(place)), field)
    return f"{asked}{colon}{rest}"


def _around(field: str) -> Iterator[str]:
    """Yield a field as problems name it, such as balancer.nodes[0].address, then what it is a part of in a list."""
    yield field
    while "[" in field:
        field = field[: field.rindex("[")]
        yield field


def _tree(draft: Draft, entries: Sequence[NodeEntry], ranked: Ranked) -> Tree:
    """Return the whole spec as keys and values, in the order of its fields."""
    carried = thawed(draft.carried)
    nodes = members(entries, draft.changes, ranked.sizing.pools, carried.pop("nodes", {}))
    _lay_parts(carried, draft.answers)
    _lay_arguments(carried, draft.answers)
    for section, model in _SECTIONS.items():
        if section in carried:
            carried[section] = {key: carried[section][key] for key in model.model_fields if key in carried[section]}
    whole = {"apiVersion": API_VERSION, "distribution": "rke2", **carried, "nodes": nodes}
    if ranked.design.distribution == "rke1":
        rke1.as_rke1(whole, ranked.sizing.pools)
    elif ranked.design.distribution == "rancherd":
        rancherd.as_rancherd(whole)
    return {field: whole[field] for field in Spec.model_fields if whole.get(field) not in (None, {})}


def _lay_parts(tree: Tree, answers: Answers) -> None:
    """Lay the answers over what is carried, which stands where the operator said nothing."""
    for part in parts(answers):
        if holds(tree, part.path) and not answers.stated(part.key):
            continue
        if part.value is None or part.usual:
            take(tree, part.path)
        else:
            put(tree, part.path, part.value)
    prune(tree, answers)


def _lay_arguments(tree: Tree, answers: Answers) -> None:
    for argument in arguments(answers):
        given = look(tree, argument.path)
        listed = list(given) if isinstance(given, list) else [given] if given else []
        same = [one for one in listed if str(one).partition("=")[0] == argument.name]
        if not same or answers.stated(argument.key):
            put(tree, argument.path, [*(one for one in listed if one not in same), argument.text])


def _head(draft: Draft, tree: Mapping[str, Any], ranked: Ranked, recommendation: Recommendation) -> str:
    """Return the comment at the top: what this is, why it is so, what to see to, and what was assumed."""
    roles = [node["role"] for node in tree["nodes"]]
    what = f"{count(roles.count('server'), 'server')} and {count(roles.count('agent'), 'agent')}"
    lines = [comment(f"{what}, as {ranked.design.title}."), comment(_ORIGIN)]
    lines += _listed("Why this design:", ranked.reasons_for)
    lines += _listed("What speaks against it:", ranked.reasons_against)
    lines += _listed("See to:", (*shortage(roles, ranked), *recommendation.notes))
    left = (one for one in draft.answers.assumptions() if one.key not in _SETTLED.get(tree["distribution"], ()))
    lines += _listed("Assumed, since these questions were left open:", map(str, left))
    return "".join((*lines, "\n"))


def _listed(title: str, texts: Iterable[str]) -> list[str]:
    items = [comment(f"- {text}", hang="  ") for text in texts]
    return ["#\n", comment(title), *items] if items else []


def _comments(tree: Mapping[str, Any]) -> dict[Path, str]:
    """Return what stands above each field: an empty line, and a reason where there is one to give."""
    found: dict[Path, str] = {}
    notes = _NOTES | _OWN_NOTES.get(tree["distribution"], {})
    for field in list(tree)[4:]:
        found[(field,)] = "\n" + comment(notes[(field,)]) if (field,) in notes else "\n"
    found[("version",)] = comment(notes[("version",)])
    return found
