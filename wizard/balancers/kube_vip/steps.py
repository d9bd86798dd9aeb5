"""kube-vip's steps on a server: its manifest, which RKE2 deploys by itself, and the virtual IP that then answers."""

from dataclasses import dataclass
from pathlib import Path

from wizard.balancers.kube_vip.manifest import PATH, text
from wizard.distros.rke2.config import CA_HASH
from wizard.distros.rke2.door import SEEN_CA
from wizard.distros.rke2.state import SUPERVISOR_PORT
from wizard.errors import StepFailed
from wizard.hosts.script import load_script
from wizard.hosts.upload import write_file
from wizard.rollout.step import File, Fileless, Outcome, Survey, Work
from wizard.site import Site, sha256

PROBE = load_script(Path(__file__).parent, "probe_kube_vip")


@dataclass(frozen=True, slots=True)
class WriteKubeVip:
    """Settled where the manifest is there to the letter. All servers have it: any may outlive the others."""

    site: Site
    key: str = "kube-vip"
    title: str = "Write kube-vip's manifest"
    timeout_s: float = 60.0
    expected_s: float = 0.5

    def text(self) -> str:
        """Return the manifest."""
        front = self.site.spec.balancer
        vip, interface = (front.vip or "", front.interface) if front else ("", None)
        return text(self.site.marker, vip, interface=interface)

    def files(self, node: str) -> tuple[File, ...]:
        return (File(PATH, self.text(), mode=0o600, sha256=sha256(self.text())),)

    def settled(self, node: str, survey: Survey) -> bool:
        return node in survey.facts and self.files(node)[0].in_place(survey.facts[node])

    async def carry_out(self, work: Work) -> Outcome:
        changed = await write_file(work.host, PATH, self.text().encode(), mode=0o600)
        if changed:
            work.said(f"wrote {PATH}")
        return "done" if changed else "unchanged"


@dataclass(frozen=True, slots=True)
class VipAnswers(Fileless):
    """Settled where the manifest was in place already."""

    site: Site
    written: WriteKubeVip
    key: str = "vip-answers"
    title: str = "See the virtual IP answer"
    timeout_s: float = 420.0
    expected_s: float = 20.0

    def settled(self, node: str, survey: Survey) -> bool:
        return self.written.settled(node, survey)

    async def carry_out(self, work: Work) -> Outcome:
        vip = (self.site.spec.balancer and self.site.spec.balancer.vip) or ""
        verdict = seen = ""
        # Its image is pulled first; each look tries for a minute.
        for turn in range(4):
            work.tell(20 * turn, f"kube-vip comes up; {vip}:{SUPERVISOR_PORT} is asked")
            result = await work.host.run(SEEN_CA, vip, str(SUPERVISOR_PORT), timeout_s=100)
            verdict, _, seen = (result.lines[-1] if result.lines else "unreachable").partition(" ")
            if verdict != "unreachable":
                break
        ours = self.site.vault.get(CA_HASH)
        if verdict == "unreachable":
            raise StepFailed(
                work.node,
                f"{vip}:{SUPERVISOR_PORT} does not answer: {seen}",
                cause="kube-vip's image can not be pulled, or the servers are not in the network of the address.",
                hint="On a server: kubectl -n kube-system get pods -l app.kubernetes.io/name=kube-vip; set "
                "balancer.interface where the default route is not the right one; then retry.",
            )
        if verdict == "ca" and ours and seen != ours.reveal():
            raise StepFailed(
                work.node,
                f"another cluster answers at {vip}: its CA is {seen[:16]}…",
                hint="Name an address as balancer.vip that nobody has; then retry.",
            )
        return "unchanged"
