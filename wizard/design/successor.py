"""The way out of a distribution that has ended: the same answers, nodes and networks, on what is maintained."""

from dataclasses import replace
from typing import Any, Literal

from wizard.design.answers import Answers
from wizard.design.design import design
from wizard.design.draft import Draft
from wizard.design.recommend import recommend
from wizard.spec.kubernetes import is_dns_name

How = Literal["helm", "manifests"]
"""By helm on this machine, or as charts that RKE2 installs by itself: one Rancher a cluster, many clusters alike."""
_ENDED = ("rke1", "rancherd")
# Fields that belong to what has ended; releases are chosen anew.
_ASKED_ANEW = ("version", "airgap", "release_folder")
_LEFT_BEHIND = ("rke1", "rancherd", "version", "source")


def aged(draft: Draft) -> bool:
    """Tell whether a draft is for a distribution that has ended."""
    return draft.answers.word("distribution") in _ENDED or _chosen(draft) in _ENDED


def succeeded(draft: Draft, how: How = "helm") -> Draft:
    """Return the draft on RKE2; one of RancherD with Rancher on top, as that brought one along.

    Without an answer to Rancher's name, the name that nodes join at is taken; where that is none either, Rancher is
    left for later and the design says so. A draft that is not `aged` is returned as it is.
    """
    if not aged(draft):
        return draft
    was = "rancherd" if "rancherd" in (draft.answers.word("distribution"), _chosen(draft)) else "rke1"
    answers = draft.answers.given("distribution", "rke2")
    # Where RancherD's files lie says nothing of how RKE2's get here; its releases are chosen anew.
    for key in _ASKED_ANEW:
        answers = answers.forgotten(key)
    carried: dict[str, Any] = {key: value for key, value in draft.carried.items() if key not in _LEFT_BEHIND}
    if was == "rancherd":
        answers = _with_rancher(answers.given("rancher", True))
        if answers.stated("rancher_hostname"):
            carried["rancher"] = {**carried.get("rancher", {}), "how": how}
    return replace(draft, answers=answers, carried=carried, design=None, spec_path=None)


def _with_rancher(answers: Answers) -> Answers:
    name = answers.word("dns_name")
    if answers.stated("rancher_hostname") or "." not in name or not is_dns_name(name):
        return answers
    return answers.given("rancher_hostname", name.lower())


def _chosen(draft: Draft) -> str:
    """The distribution of the design that was chosen by hand, else of the one that the answers lead to."""
    if draft.design:
        return design(draft.design).distribution
    best = recommend(draft.answers).best
    return best.design.distribution if best else ""
