"""The step that brings home what only a running server can tell: the cluster's CA hash and a kubeconfig."""

import hashlib
from dataclasses import dataclass

import yaml

from wizard.distros.rke2.config import CA_HASH
from wizard.distros.rke2.state import API_PORT, KUBECONFIG, ROOM
from wizard.errors import StepFailed
from wizard.files import write_private
from wizard.hosts.script import load_script
from wizard.rollout.step import Fileless, Outcome, Survey, Work
from wizard.secret import Secret
from wizard.site import Site

CLUSTER_CA = load_script(ROOM, "cluster_ca")
READ_KUBECONFIG = load_script(ROOM, "read_kubeconfig")


@dataclass(frozen=True, slots=True)
class Credentials(Fileless):
    """Settled when the CA hash is sealed and the kubeconfig here was made from the server's present one."""

    site: Site
    key: str = "credentials"
    title: str = "Fetch CA hash and kubeconfig"
    timeout_s: float = 60.0
    expected_s: float = 0.5

    def settled(self, node: str, survey: Survey) -> bool:
        there = survey.facts[node].files.get(KUBECONFIG) if node in survey.facts else None
        return bool(there and self.site.vault.get(CA_HASH) and self._origin() == self._stamp(there.sha256))

    async def carry_out(self, work: Work) -> Outcome:
        digest = (await work.host.run(CLUSTER_CA, timeout_s=20)).lines[-1:]
        if not digest or len(digest[0]) != 64:
            raise StepFailed(work.node, "the cluster CA can not be read", hint="Is the server up? Then retry.")
        known = self.site.vault.get(CA_HASH)
        if known is None:
            self.site.vault.put(CA_HASH, Secret(digest[0]))
        elif known.reveal() != digest[0]:
            raise StepFailed(
                work.node,
                f"the cluster CA is {digest[0][:16]}…, {known.reveal()[:16]}… is on record",
                cause="The CA was made anew, or this server began another cluster.",
                hint="Find out which is right before anything joins; the record is in this cluster's vault.",
            )
        return "done" if await self._fetch(work) or known is None else "unchanged"

    async def _fetch(self, work: Work) -> bool:
        lines = (await work.host.run(READ_KUBECONFIG, timeout_s=20)).lines
        text = "\n".join(lines) + "\n"
        stamp = self._stamp(hashlib.sha256(text.encode()).hexdigest())
        if self._origin() == stamp:
            return False
        try:
            config = yaml.safe_load(text)
            address = self.site.spec.registration_address
            host = f"[{address}]" if ":" in address else address
            for cluster in config["clusters"]:
                cluster["cluster"]["server"] = f"https://{host}:{API_PORT}"
        except (yaml.YAMLError, KeyError, TypeError) as error:
            raise StepFailed(work.node, f"{KUBECONFIG} is not a kubeconfig", hint="Retry when RKE2 is up.") from error
        body = yaml.safe_dump(config, sort_keys=False)
        write_private(self.site.state / "kubeconfig", f"{stamp}\n{body}".encode())
        work.said(f"kubeconfig for https://{host}:{API_PORT} is in {self.site.state / 'kubeconfig'}")
        return True

    def _stamp(self, digest: str) -> str:
        return f"# made from {KUBECONFIG}, sha256 {digest}, for {self.site.spec.registration_address}"

    def _origin(self) -> str:
        try:
            with (self.site.state / "kubeconfig").open() as file:
                return file.readline().rstrip("\n")
        except FileNotFoundError:
            return ""
