"""What the CIS profile asks of a host before RKE2 runs on it for the first time."""

from dataclasses import dataclass
from pathlib import Path

from wizard.hosts.script import load_script
from wizard.profiles import profile
from wizard.rollout.step import Fileless, Outcome, Survey, Work

ETCD_USER = load_script(Path(__file__).parent, "etcd_user")


def sysctls() -> tuple[tuple[str, str], ...]:
    """Return the kernel settings of the CIS profile, name and value; the check for them wants the same."""
    pairs = (pair.partition("=") for pair in profile("requirements")["sysctls"]["sysctl.hardening"])
    return tuple((name, value) for name, _, value in pairs)


@dataclass(frozen=True, slots=True)
class EtcdUser(Fileless):
    """Settled when user and group etcd are there; needed on servers."""

    key: str = "etcd-user"
    title: str = "Make the etcd user"
    timeout_s: float = 60.0
    expected_s: float = 0.3

    def settled(self, node: str, survey: Survey) -> bool:
        return node in survey.facts and "x.rke2.etcd_user" in survey.facts[node].lists

    async def carry_out(self, work: Work) -> Outcome:
        result = await work.host.run(ETCD_USER, timeout_s=50)
        return "done" if result.lines[-1:] == ("changed",) else "unchanged"
