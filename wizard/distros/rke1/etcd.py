"""etcd of an RKE1 cluster asked for its members: `rke` itself looks at none of them before it takes one out."""

from collections.abc import Iterable

from wizard.distros.rke1.state import ROOM, at_socket
from wizard.errors import HostError, StepFailed
from wizard.hosts.script import load_script
from wizard.rollout.step import Work
from wizard.spec.models import Spec

ASK = load_script(ROOM, "ask_etcd")
TRY_S = 75.0


async def voters(work: Work, spec: Spec, nodes: Iterable[str]) -> dict[str, bool]:
    """Return of each member of etcd, by its node's name, whether it is well and votes; the first of `nodes` is asked.

    Raises StepFailed where none of them answers, with what the last one said.
    """
    doubt = "no node of etcd is left to be asked"
    for name in nodes:
        try:
            said = await work.at(name).run(at_socket(ASK, spec, name), timeout_s=TRY_S, check=False)
        except HostError as error:
            doubt = error.message
            continue
        if said.exit_status == 0:
            return read_voters(said.lines)
        doubt = f"{name}: {(said.errors or said.lines or ('no answer',))[-1]}"
    raise StepFailed(
        work.node,
        f"etcd does not answer: {doubt[:200]}",
        cause="It has no majority, or does not run.",
        hint="On a node of etcd: docker logs --tail 50 etcd. Bring it back, or restore a snapshot: "
        "rancher-wizard restore.",
    )


def read_voters(lines: Iterable[str]) -> dict[str, bool]:
    """Return what the lines of ask_etcd tell; a member that never started is known by its address alone."""
    members: dict[str, tuple[str, bool]] = {}
    healthy: set[str] = set()
    for line in lines:
        match line.split():
            case ["member", name, url, learner]:
                key = name.removeprefix("etcd-") if name != "-" else url
                members[key] = (url, learner == "false")
            case ["healthy", url]:
                healthy.add(url)
    return {name: votes and url in healthy for name, (url, votes) in members.items()}
