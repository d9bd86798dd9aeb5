"""A recommendation as plain values, for JSON and scripts."""

from dataclasses import asdict
from typing import Any

from wizard.design.answers import Answers
from wizard.design.pool import Pool
from wizard.design.recommend import Ranked, Recommendation


def recommendation_record(recommendation: Recommendation, answers: Answers) -> dict[str, Any]:
    """Return a recommendation, and the answers that led to it, as values that JSON holds."""
    best = recommendation.best
    return {
        "recommended": best.design.key if best else None,
        "answers": {key: _value(answers[key]) for key in answers.said},
        "assumptions": [asdict(one) for one in answers.assumptions()],
        "refusals": [asdict(refusal) for refusal in recommendation.refusals],
        "notes": list(recommendation.notes),
        "addresses": asdict(recommendation.addresses),
        "storage": asdict(recommendation.storage) if recommendation.storage else None,
        "ranked": [_ranked_record(one) for one in recommendation.ranked],
    }


def _ranked_record(one: Ranked) -> dict[str, Any]:
    sizing = one.sizing
    return {
        "design": one.design.key,
        "title": one.design.title,
        "distribution": one.design.distribution,
        "successor": one.design.successor,
        "refused": [asdict(refusal) for refusal in one.refused],
        "reasons_for": list(one.reasons_for),
        "reasons_against": list(one.reasons_against),
        "ranked_lower_because": one.ranked_lower_because or None,
        "pros": list(one.design.pros),
        "cons": list(one.design.cons),
        "aged": list(one.design.aged),
        "survives": list(one.survives),
        "loses": list(one.loses),
        "diagram": one.diagram,
        "clusters": sizing.clusters,
        "pools": [_pool_record(pool) for pool in sizing.pools],
        "total": {
            "machines": sizing.machines,
            "servers": sizing.servers,
            "cpus": sizing.cpus,
            "memory_mib": sizing.memory_mib,
            "disk_gib": sizing.disk_gib,
            "data_gib": sizing.data_gib * sizing.clusters,
        },
        "pods_per_node": sizing.pods_per_node,
        "node_mask": sizing.node_mask,
        "arithmetic": [asdict(line) for line in sizing.lines],
    }


def _pool_record(pool: Pool) -> dict[str, Any]:
    return asdict(pool) | {"duties": [duty for duty in ("etcd", "control", "work") if duty in pool.duties]}


def _value(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
