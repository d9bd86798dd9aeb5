"""The files that HAProxy goes by on a balancer: its configuration, certificates, and how its unit is told of them."""

import hashlib
from dataclasses import dataclass

from wizard.balancers.certificates import ensure_certificate, front_certificate
from wizard.balancers.given import given_ca, given_certificate
from wizard.balancers.haproxy.login import password_hash
from wizard.balancers.haproxy.render import CERTIFICATES, CONFIG, render
from wizard.rollout.step import File
from wizard.secret import MASK, Secret
from wizard.site import Site, sha256

DROP_IN = "/etc/systemd/system/haproxy.service.d/50-rancher-wizard.conf"
_NOT_MADE = "not-made-yet"


@dataclass(frozen=True, slots=True)
class Pem:
    """A PEM file named after its content: another one lies beside it until the new configuration is at work."""

    path: str
    text: Secret

    @classmethod
    def of(cls, name: str, text: Secret) -> "Pem":
        return cls(f"{CERTIFICATES}/{name}-{sha256(text.reveal())[:12]}.pem", text)


@dataclass(frozen=True, slots=True)
class Intent:
    """All that a balancer's HAProxy is given; the same on each machine of a pair that was built alike.

    `digest` names the configuration: the process at work tells it, so that what is served is known, not guessed.
    """

    config: Secret
    digest: str
    pems: tuple[Pem, ...]
    drop_in: str
    complete: bool
    """False as long as a secret in it has not been made."""

    def files(self) -> tuple[File, ...]:
        """Return these files as a plan shows them."""
        masked = self.config.reveal()
        pems = (File(pem.path, MASK, mode=0o600, sha256=sha256(pem.text.reveal())) for pem in self.pems)
        digest = sha256(masked) if self.complete else ""
        return (
            *pems,
            File(DROP_IN, self.drop_in, sha256=sha256(self.drop_in)),
            File(CONFIG, _masked(masked), mode=0o600, sha256=digest),
        )


def names(site: Site) -> tuple[str, ...]:
    """Return all names that the certificate in front is for."""
    front = site.spec.balancer
    if front is None:
        return ()
    return tuple(dict.fromkeys((*front.hosts, *(host for other in front.clusters for host in other.hosts))))


def seal_certificate(site: Site) -> None:
    """See that there is a certificate for the front: read the given one, or make one that is missing or near its end.

    Raises BadSpec for a given one that can't be used.
    """
    front = site.spec.balancer
    if front and front.mode == "http" and given_certificate(site) is None:
        ensure_certificate(site, names(site))


def intent(site: Site, *, exporter: bool = True) -> Intent:
    """Return what belongs on a machine of the balancer of `site`; `exporter`: its HAProxy has Prometheus' exporter.

    Raises BadSpec for a given certificate that can't be used.
    """
    hashed = password_hash(site)
    pems, complete = _pems(site)
    text = render(
        site.spec,
        marker=site.marker,
        password_hash=hashed or MASK,
        exporter=exporter,
        certificate=pems["front"].path if "front" in pems else f"{CERTIFICATES}/front-{_NOT_MADE}.pem",
        cas={name.removeprefix("ca-"): pem.path for name, pem in pems.items() if name != "front"},
    )
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    drop_in = f"{site.marker}\n[Service]\nEnvironment=CONFIG={CONFIG}\n"
    whole = Secret(text.replace("description rancher-wizard\n", f"description rancher-wizard {digest}\n"))
    return Intent(whole, digest, tuple(pems.values()), drop_in, complete and hashed is not None)


def _pems(site: Site) -> tuple[dict[str, Pem], bool]:
    front = site.spec.balancer
    if front is None or front.mode != "http":
        return {}, True
    found = {f"ca-{other.name}": given_ca(site, other.ca) for other in front.clusters if other.ca}
    shown = given_certificate(site) or front_certificate(site, names(site))
    if shown is not None:
        found = {"front": shown} | found
    return {name: Pem.of(name, text) for name, text in found.items()}, shown is not None


def _masked(text: str) -> str:
    lines = (
        line.partition(" password ")[0] + f" password {MASK}" if " password " in line else line
        for line in text.splitlines()
    )
    return "\n".join(lines) + "\n"
