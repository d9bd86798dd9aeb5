"""HAProxy's steps on a machine in front of the cluster, for plans that bring it up or take it away."""

from collections.abc import Sequence

from wizard.balancers.certificates import CA_FILE, front_certificate
from wizard.balancers.given import given_certificate
from wizard.balancers.haproxy.configure import ConfigureHaproxy
from wizard.balancers.haproxy.files import names, seal_certificate
from wizard.balancers.haproxy.install import JOB, NAME, InstallHaproxy
from wizard.balancers.haproxy.login import PASSWORD_FILE, seal_login
from wizard.balancers.haproxy.render import CERTIFICATES, DRAINED
from wizard.balancers.haproxy.state import PROBE, ROOM
from wizard.balancers.kept import kept_script
from wizard.balancers.take_away import TakeAway
from wizard.certificates import certificate_end
from wizard.hosts.script import Script
from wizard.rollout.step import Step
from wizard.site import Site
from wizard.spec.models import Spec

REMOVE = kept_script(ROOM, "haproxy_remove", packages=True)


def steps(site: Site) -> tuple[Step, ...]:
    """Return what brings HAProxy up on a machine of the spec's balancer, or in line with a changed spec."""
    return (InstallHaproxy(site), ConfigureHaproxy(site))


def removal() -> tuple[Step, ...]:
    """Return what takes HAProxy away again from a machine."""
    return (TakeAway(NAME, "HAProxy", JOB, REMOVE, expected_s=10.0, more=(CERTIFICATES, DRAINED)),)


def looks(spec: Spec, name: str) -> Sequence[Script]:
    """Return what a probe of a machine by its name prints about HAProxy; nothing for those that carry none."""
    return (PROBE,) if any(machine.name == name for machine in spec.front) else ()


def seal(site: Site) -> None:
    """Bring the login and the certificate into the vault; makes what the spec does not give. Raises BadSpec."""
    if site.spec.front:
        seal_login(site)
        seal_certificate(site)


def notes(site: Site) -> tuple[str, ...]:
    """Return what the operator is to know: where the login is, whom clients must trust, and until when."""
    front = site.spec.balancer
    if front is None or not site.spec.front:
        return ()
    said = []
    if front.stats.password is None:
        said.append(f"Statistics: user {front.stats.user}, password in {site.state / PASSWORD_FILE}")
    if front.mode == "http" and given_certificate(site) is None:
        sealed = front_certificate(site, names(site))
        end = f"; its certificate lasts until {certificate_end(sealed)}" if sealed else ""
        said.append(f"Clients are to trust the CA in {site.state / CA_FILE}{end}")
    return tuple(said)
