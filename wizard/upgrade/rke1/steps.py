"""The step that proves etcd whole before an upgrade: `rke` takes its members one by one without a look between."""

from dataclasses import dataclass

from wizard.distros.rke1.etcd import voters
from wizard.errors import StepFailed
from wizard.rollout.step import Outcome, Unsettled, Work
from wizard.site import Site


@dataclass(frozen=True, slots=True)
class Whole(Unsettled):
    """Settled never: a look at this moment."""

    site: Site
    key: str = "etcd-whole"
    title: str = "Prove that every member of etcd is well"
    timeout_s: float = 300.0
    expected_s: float = 2.0

    async def carry_out(self, work: Work) -> Outcome:
        names = tuple(node.name for node in self.site.spec.etcd_nodes)
        found = await voters(work, self.site.spec, names)
        if sick := [name for name in names if not found.get(name)]:
            raise StepFailed(
                work.node,
                f"etcd: not well on {', '.join(sick)}",
                cause="rke would take the next member while this one is away, and etcd would stand still.",
                hint=f"On {sick[0]}: docker logs --tail 50 etcd. Bring it back first; nothing was changed.",
            )
        if strange := [name for name in found if name not in names]:
            raise StepFailed(
                work.node,
                f"etcd counts {', '.join(strange)} too, which the spec does not have",
                hint="On a node of etcd: docker exec etcd etcdctl member list, then member remove ID. Then retry.",
            )
        work.said(f"etcd: {len(names)} members, all well")
        return "unchanged"
