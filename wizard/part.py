"""A part of the plan beside the distribution itself: what stands before a cluster, or what follows in it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from wizard.hosts.script import Script
from wizard.rollout.plan import Stage
from wizard.site import Site
from wizard.spec.models import Spec


def no_machines(spec: Spec) -> tuple[str, ...]:
    """Work on the cluster's own nodes only."""
    return ()


def no_looks(spec: Spec, name: str) -> Sequence[Script]:
    """Look at nothing beyond what the distribution does."""
    return ()


def no_notes(site: Site) -> tuple[str, ...]:
    """Have nothing to say beyond the stages."""
    return ()


def no_secrets(site: Site) -> None:
    """Refer to no secret."""


def unchanged(site: Site, stage: Stage) -> Stage:
    """Leave the distribution's stages as they are."""
    return stage


@dataclass(frozen=True, slots=True)
class Part:
    """One part; all of its functions but `seal` are pure, and all may be called on a spec that asks for nothing of it.

    `key` names it where only this part is to be carried out.
    """

    key: str
    stages: Callable[[Site], tuple[Stage, ...]]
    """What is still to be done; stages without nodes are left out of the plan."""
    machines: Callable[[Spec], tuple[str, ...]] = no_machines
    """The names of the hosts that it works on, those of the cluster's nodes or others that `site.targets` knows."""
    looks: Callable[[Spec, str], Sequence[Script]] = no_looks
    """Fragments that a probe of a host, by its name, prints more facts by; they may use file_fact and unit_facts."""
    asks: Callable[[Spec, str], Sequence[Script]] = no_looks
    """The same of the cluster's API: they run on the host too, or on this machine where no node can ask it."""
    notes: Callable[[Site], tuple[str, ...]] = no_notes
    """What the operator is to know before the start."""
    seal: Callable[[Site], None] = no_secrets
    """Reads every secret that the spec refers to, once, into the vault."""
    also: tuple[str, ...] = ()
    """The keys of parts that are of no use without it: it comes along where only one of those is carried out."""
    around: Callable[[Site, Stage], Stage] = unchanged
    """A stage of the distribution as it is with this part about: servers leave a balancer's pool before a restart."""
