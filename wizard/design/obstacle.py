"""What keeps a draft from becoming a spec, in the words of the questions."""

from collections.abc import Iterator, Sequence

from wizard.design.amount import count
from wizard.design.answers import Answers
from wizard.design.nodes.entry import NodeEntry
from wizard.design.recommend import Ranked, Recommendation


def obstacles(
    answers: Answers, entries: Sequence[NodeEntry], ranked: Ranked | None, recommendation: Recommendation
) -> Iterator[str]:
    """Take what a spec is made of, `ranked` the chosen design; yield everything that stands in its way."""
    stops = [refusal for refusal in recommendation.refusals if refusal.stops]
    yield from (f"{refusal.rule}: {refusal}" for refusal in stops)
    if ranked is not None:
        yield from (f"{refusal.rule}: {refusal}" for refusal in ranked.refused)
    elif not stops:
        nearest = recommendation.ranked[0]
        yield f"design: the answers leave none; the nearest one, {nearest.design.title}, is refused"
        yield from (f"{refusal.rule}: {refusal}" for refusal in nearest.refused)
    if not entries:
        yield "nodes: none is listed; a cluster begins with one server"
    if (answers["s3_access_key"] is None) != (answers["s3_secret_key"] is None):
        yield "s3_access_key, s3_secret_key: one is given without the other; give both places, or neither"
    yield from _in_front(answers)


def _in_front(answers: Answers) -> Iterator[str]:
    machines, inner = answers.words("balancer_nodes"), answers.words("balancer_inner")
    wanted = 2 if answers["balancer"] == "haproxy" else 1
    if machines and len(machines) != wanted:
        kind = "a pair of HAProxy" if wanted == 2 else "HAProxy on one machine"
        other = "haproxy-single for one, haproxy for two"
        yield f"balancer_nodes: {count(len(machines), 'machine')} for {kind}; {other}, as the answer to `balancer`"
    if inner and len(inner) != len(machines):
        yield f"balancer_inner: {len(inner)} for {count(len(machines), 'machine')}; one for each in order, or none"
