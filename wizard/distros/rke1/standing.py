"""Whether the state file that is there belongs to this cluster; if not, nothing is started."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wizard.distros.rke1.treasure import Copy, StateFile, missing, read_state_file
from wizard.errors import Refused, WizardError


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a cluster beside its state file.

    `record` is the CA that it was seen with last ("" for none), `seen` the CA on each node that has one, `addresses`
    those of the spec's nodes by name, `complete` whether all of those nodes were looked at, `renewing` whether `rke`
    was asked for another CA and has not ended well since.
    """

    path: Path
    copies: tuple[Copy, ...]
    record: str
    seen: Mapping[str, str]
    addresses: Mapping[str, str]
    complete: bool = False
    renewing: bool = False

    @property
    def known(self) -> str:
        """The CA that the cluster must have, "" while none is known."""
        return self.record or next((copy.ca for copy in reversed(self.copies)), "")

    def state(self) -> StateFile | None:
        """Return the state file to go on with; None for a cluster that is to begin.

        Raises Refused for one that is missing, damaged, or of another cluster, with the ways back.
        """
        try:
            found = read_state_file(self.path)
        except WizardError as error:
            if self.complete and not self.seen and not self.known:
                # A first run was cut off while it wrote: rke writes the file before it changes any node.
                return None
            raise missing(self.path, self.copies, error.message) from None
        if found is None:
            self._refuse_begun()
            return None
        if not self.renewing:
            self._refuse_foreign(found)
            self._refuse_strangers(found)
        return found

    def _refuse_begun(self) -> None:
        """No file, though the cluster has begun: the worst that can happen to an RKE1 cluster."""
        if self.seen:
            where = _listed(self.seen)
            raise missing(self.path, self.copies, f"{self.path} is missing, and RKE1 has run on {where}")
        if self.known:
            raise missing(self.path, self.copies, f"{self.path} is missing, and this cluster had one")

    def _refuse_foreign(self, found: StateFile) -> None:
        if self.known and found.ca != self.known:
            raise _foreign(self.path, f"its CA is {found.ca[:16]}…, this cluster's is {self.known[:16]}…", self.copies)
        if self.known:
            return
        seen = Counter(self.seen.values())
        if seen and found.ca not in seen:
            other = seen.most_common(1)[0][0]
            raise _foreign(self.path, f"its CA is {found.ca[:16]}…, the nodes have {other[:16]}…", self.copies)
        if found.addresses and not seen and not set(found.addresses) & set(self.addresses.values()):
            raise _foreign(self.path, f"its nodes are {_listed(found.addresses)}", self.copies)

    def _refuse_strangers(self, found: StateFile) -> None:
        """Nodes that were used by another cluster: rke keeps certificates that it finds (rke-tools, cert-deployer)."""
        strange = [name for name, ca in self.seen.items() if ca != found.ca]
        if strange:
            raise Refused(
                f"{_listed(strange)}: certificates of another RKE1 cluster are in /etc/kubernetes/ssl",
                hint="Clean what was used before: its containers, /etc/kubernetes, /etc/cni, /var/lib/etcd, "
                "/var/lib/cni, /var/lib/kubelet, /opt/cni, /opt/rke; then reboot it. Or take it out of the spec.",
            )


def _foreign(path: Path, why: str, copies: tuple[Copy, ...]) -> Refused:
    ways = "rancher-wizard rke1 state restore puts this cluster's newest copy there. " if copies else ""
    return Refused(
        f"{path} is the state file of another cluster: {why}",
        hint=f"{ways}Move that file away, and put this cluster's own to its place.",
    )


def _listed(names: Mapping[str, str] | tuple[str, ...] | list[str]) -> str:
    shown = list(names)
    return ", ".join(shown[:5]) + (f" and {len(shown) - 5} more" if len(shown) > 5 else "")
