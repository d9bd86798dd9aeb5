"""The order of a cluster of RKE2: its first server, further ones strictly one at a time, then agents."""

from collections.abc import Callable
from dataclasses import replace

from wizard.rollout.batches import batches, spread, window
from wizard.rollout.plan import Stage, settled
from wizard.rollout.step import Step
from wizard.site import Site

Steps = Callable[[str, bool, int], tuple[Step, ...]]
"""What nodes of a role go through; whether it is the first server; how many go at once."""


def in_order(site: Site) -> tuple[str, ...]:
    """Return the names of all nodes in the order of their turns: agents are spread over zones."""
    return tuple(node.name for node in site.spec.servers) + _agents(site)


def in_stages(site: Site, steps: Steps) -> tuple[Stage, ...]:
    """Return the stages with what is still to be done in each; those without nodes too."""
    first, *others = (node.name for node in site.spec.servers)
    return (
        _left(site, Stage("first-server", "First server", "servers", ((first,),), steps("server", True, 1))),
        _left(site, Stage("servers", "Further servers", "servers", (tuple(others),), steps("server", False, 1))),
        _left(site, _of_agents(site, steps)),
    )


def _agents(site: Site) -> tuple[str, ...]:
    agents = site.spec.agents
    return tuple(spread([node.name for node in agents], {node.name: node.zone or "" for node in agents}))


def _of_agents(site: Site, steps: Steps) -> Stage:
    policy, agents = site.spec.rollout.workers, len(site.spec.agents)
    at_once = max(1, site.spec.workers_at_once(agents))
    return Stage(
        "agents",
        "Agents",
        "agents",
        (_agents(site),),
        steps("agent", False, at_once),
        at_once=at_once,
        rolling=policy.order == "rolling",
        max_failed=site.spec.max_failed(agents),
        canary=policy.canary,
        soak_s=policy.soak_s,
    )


def _left(site: Site, stage: Stage) -> Stage:
    """Return the stage with those of its nodes alone on which something is to be done, in batches."""
    todo = [name for name in stage.nodes if not settled(name, stage.steps, site.survey)]
    canary = stage.canary
    cut = window(todo, canary=canary) if stage.rolling else batches(todo, at_once=stage.at_once, canary=canary)
    return replace(stage, batches=cut)
