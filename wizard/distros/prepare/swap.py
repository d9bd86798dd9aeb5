"""Swap off, now and at each boot; only with the spec's consent."""

from dataclasses import dataclass
from pathlib import Path

from wizard.hosts.script import load_script
from wizard.rollout.step import Fileless, Outcome, Survey, Work

ROOM = Path(__file__).parent
SWAP_OFF = load_script(ROOM, "swap_off")
PROBE = load_script(ROOM, "probe_swap")


@dataclass(frozen=True, slots=True)
class SwapOff(Fileless):
    """Settled when the node has no swap in use, and none that comes back at its next boot."""

    key: str = "swap"
    title: str = "Turn swap off"
    timeout_s: float = 300.0
    expected_s: float = 1.0

    def settled(self, node: str, survey: Survey) -> bool:
        facts = survey.facts.get(node)
        return bool(facts and facts.swap_mib == 0 and "x.swap.fstab" not in facts.lists)

    async def carry_out(self, work: Work) -> Outcome:
        result = await work.host.run(SWAP_OFF, timeout_s=self.timeout_s - 10)
        for line in result.lines[:-1]:
            work.said(line)
        return "done" if result.lines[-1:] == ("changed",) else "unchanged"
