"""Scripts of RKE1 on a simulated host: Docker is there, and rke, which runs on the jump host, has not been."""

from collections.abc import Iterator

from wizard.simulator.call import Call
from wizard.simulator.node import Node

DOCKER = "27.5.1"
INSTALL_S = 20


def facts(node: Node) -> Iterator[str]:
    """Yield the lines of probe_rke1."""
    yield f"x.rke1.docker={DOCKER}"


async def probe_rke1(call: Call) -> int:
    """probe_rke1, on its own."""
    for line in facts(call.node):
        call.say(line)
    return 0


async def docker_package(call: Call) -> int:
    """docker_package NAME apply [--from FOLDER] USER PACKAGE..."""
    await call.site.clock.sleep(INSTALL_S * call.node.hardware.pace)
    call.say("run=systemctl enable --now docker.service")
    return 0


async def saved_snapshot(call: Call) -> int:
    """saved_snapshot PREFIX MAX_AGE_S: rke has saved none."""
    return 0


HANDLERS = {"saved_snapshot": saved_snapshot, "probe_rke1": probe_rke1, "docker_package": docker_package}
