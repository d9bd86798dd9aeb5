"""The distributions that this version can bring up."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from wizard.distros.rancherd import install as rancherd
from wizard.distros.rke1 import install as rke1
from wizard.distros.rke1 import mends as rke1_mends
from wizard.distros.rke1 import saving as rke1_saving
from wizard.distros.rke2 import config, install, mends, saving
from wizard.kube.door import Door
from wizard.rollout.plan import Plan
from wizard.rollout.step import Extra, Probe, Work
from wizard.site import Site
from wizard.spec.models import Node, Spec


@dataclass(frozen=True, slots=True)
class Distribution:
    """What the rest of the wizard asks of a distribution."""

    install: Callable[[Site], Plan]
    """What is still to be done on a site; pure."""
    prober: Callable[[Spec, Extra], Probe]
    """The probe whose facts `install` reads, and more of them where it is asked to."""
    seal: Callable[[Site], None]
    """Read every secret that the spec refers to, once, into the vault."""
    mends: Callable[[Spec, Node], Mapping[str, tuple[str, ...]]]
    """What each mend is given on a node, by the mend's id."""
    save: Callable[[Site, Work, Door, str], Awaitable[None]]
    """Have etcd save a snapshot whose name begins so, in a step of somebody else's."""


DISTRIBUTIONS = {
    "rke2": Distribution(
        install.install, lambda spec, extra: install.prober(extra), config.seal, mends.mends, saving.save
    ),
    "rancherd": Distribution(
        rancherd.install, lambda spec, extra: rancherd.prober(extra), config.seal, mends.mends, saving.save
    ),
    "rke1": Distribution(rke1.install, rke1.prober, rke1.seal, rke1_mends.mends, rke1_saving.save),
}
