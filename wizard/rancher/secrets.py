"""What must lie in Rancher's namespace before its chart comes: the first password, certificates, a CA.

Source: chart/templates/secret.yaml and pkg/data/management/bootstrap_password.go of rancher/rancher: the password is
taken from this Secret where there is one, so that it stands in no values file and in no revision that helm keeps.
"""

import base64
import hashlib
from pathlib import Path

from wizard.errors import BadSpec
from wizard.kube.api import Manifest
from wizard.rancher.notes import NAMESPACE
from wizard.secret import Secret
from wizard.site import Site
from wizard.spec.rancher import Rancher
from wizard.vault.secrets import new_token

PASSWORD = "rancher-bootstrap-password"  # noqa: S105 - the name of a secret, not one
SHORTEST = 12
BOOTSTRAP, BOOTSTRAP_KEY = "bootstrap-secret", "bootstrapPassword"
CERTIFICATE, CA = "tls-rancher-ingress", "tls-ca"
OWN = (BOOTSTRAP, CERTIFICATE, CA)
FILE_LIMIT = 256 * 1024


def seal(site: Site) -> None:
    """Bring the first password into the vault: the operator's own where there is one, else a random one.

    Raises BadSpec for one that is too short, or can't be read and is not in the vault, and for unusable files.
    """
    rancher = site.spec.rancher
    if rancher is None:
        return
    certificates(site, rancher)
    if rancher.bootstrap_password is None:
        site.vault.ensure(PASSWORD, new_token)
        return
    try:
        given = rancher.bootstrap_password.read(site.base)
    except BadSpec:
        if site.vault.get(PASSWORD) is None:
            raise
        return
    if len(given.reveal()) < SHORTEST:
        what = f"rancher.bootstrap_password: it has {len(given.reveal())} characters"
        raise BadSpec([what], hint=f"Rancher takes {SHORTEST} or more.")
    site.vault.put(PASSWORD, given)


def certificates(site: Site, rancher: Rancher) -> dict[str, dict[str, str]]:
    """Return the Secrets of certificates by their names, as base64. Raises BadSpec for a file that can't be used."""
    found: dict[str, dict[str, str]] = {}
    if rancher.certificate and rancher.key:
        found[CERTIFICATE] = {
            "tls.crt": _pem(site, "certificate", rancher.certificate, "CERTIFICATE"),
            "tls.key": _pem(site, "key", rancher.key, "PRIVATE KEY"),
        }
    if rancher.private_ca:
        found[CA] = {"cacerts.pem": _pem(site, "private_ca", rancher.private_ca, "CERTIFICATE")}
    return found


def digest(site: Site, rancher: Rancher) -> str:
    """Return a short name for just these certificates; the password, which only the first start reads, is not in it."""
    return hashlib.sha256(repr(sorted(certificates(site, rancher).items())).encode()).hexdigest()[:16]


def root(site: Site, rancher: Rancher) -> str:
    """Return a short name for the CA that agents are registered with: Rancher's own, a public or a private one.

    Source: rancher/rancher issue 36632 (agents refuse another one: "Configured cacerts checksum does not match").
    """
    if rancher.tls == "rancher":
        return "own"
    if not rancher.private_ca:
        return "public"
    return hashlib.sha256(certificates(site, rancher)[CA]["cacerts.pem"].encode()).hexdigest()[:16]


def manifests(site: Site, rancher: Rancher, password: Secret | None) -> list[Manifest]:
    """Return the Secrets to be applied; `password` is None where there is one already: the old one would win."""
    found = [
        _secret(name, data, "kubernetes.io/tls" if name == CERTIFICATE else "Opaque")
        for name, data in certificates(site, rancher).items()
    ]
    if password:
        found.append(_secret(BOOTSTRAP, {BOOTSTRAP_KEY: _base64(password.reveal().encode())}, "Opaque"))
    return found


def _secret(name: str, data: dict[str, str], kind: str) -> Manifest:
    metadata = {"name": name, "namespace": NAMESPACE}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": kind, "data": data}


def _pem(site: Site, field: str, path: Path, holds: str) -> str:
    place = site.resolve(path)
    try:
        with place.open("rb") as file:
            data = file.read(FILE_LIMIT + 1)
    except OSError as error:
        raise BadSpec(
            [f"rancher.{field}: {place}: {error.strerror}"], hint="Name a PEM file that you may read."
        ) from None
    if f"{holds}-----".encode() not in data or len(data) > FILE_LIMIT:
        raise BadSpec([f"rancher.{field}: {place}: no {holds.lower()} in PEM form"], hint="It begins with -----BEGIN.")
    if b"ENCRYPTED" in data:
        raise BadSpec([f"rancher.{field}: {place}: the key wants a passphrase"], hint="Take one without: openssl pkey.")
    return _base64(data)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
