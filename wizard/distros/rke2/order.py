"""The order of a cluster of RKE2: its first server, further ones strictly one at a time, then agents."""

from collections.abc import Callable, Sequence

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
        _stage(site, steps("server", True, 1), "first-server", "First server", "servers", [first]),
        _stage(site, steps("server", False, 1), "servers", "Further servers", "servers", others),
        _of_agents(site, steps),
    )


def _agents(site: Site) -> tuple[str, ...]:
    agents = site.spec.agents
    return tuple(spread([node.name for node in agents], {node.name: node.zone or "" for node in agents}))


def _of_agents(site: Site, steps: Steps) -> Stage:
    policy, agents = site.spec.rollout.workers, len(site.spec.agents)
    at_once = max(1, site.spec.workers_at_once(agents))
    return _stage(
        site,
        steps("agent", False, at_once),
        "agents",
        "Agents",
        "agents",
        _agents(site),
        at_once=at_once,
        rolling=policy.order == "rolling",
        max_failed=site.spec.max_failed(agents),
        canary=policy.canary,
        soak_s=policy.soak_s,
    )


def _stage(
    site: Site,
    steps: tuple[Step, ...],
    key: str,
    title: str,
    noun: str,
    names: Sequence[str],
    *,
    at_once: int = 1,
    rolling: bool = False,
    max_failed: int = 0,
    canary: int = 0,
    soak_s: float = 0,
) -> Stage:
    todo = [name for name in names if not settled(name, steps, site.survey)]
    cut = window(todo, canary=canary) if rolling else batches(todo, at_once=at_once, canary=canary)
    return Stage(
        key,
        title,
        noun,
        cut,
        steps,
        at_once=at_once,
        rolling=rolling,
        max_failed=max_failed,
        canary=canary,
        soak_s=soak_s,
    )
