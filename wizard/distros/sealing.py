"""The secrets that a spec refers to, by their names in the vault: what every distribution's files may hold."""

from collections.abc import Iterator

from wizard.errors import BadSpec, WizardError
from wizard.secret import Secret
from wizard.site import Site
from wizard.spec.reference import SecretRef

S3_ACCESS_KEY = "s3-access-key"
S3_SECRET_KEY = "s3-secret-key"  # noqa: S105 - the name of a secret, not one


def of_registry(name: str) -> str:
    """Return the name in the vault of the password for a registry."""
    return f"registry-{name}"


def references(site: Site) -> dict[str, SecretRef]:
    """Return each secret that the spec refers to, by its name in the vault, but the token."""
    return {name: ref for name, ref in _named(site) if ref}


def _named(site: Site) -> Iterator[tuple[str, SecretRef | None]]:
    if s3 := site.spec.etcd.snapshots.s3:
        yield S3_ACCESS_KEY, s3.access_key
        yield S3_SECRET_KEY, s3.secret_key
    for name, registry in site.spec.registries.configs.items():
        yield of_registry(name), registry.auth.password if registry.auth else None


def sealed(site: Site, name: str) -> Secret:
    """Return a secret that `seal_references` has brought into the vault."""
    secret = site.vault.get(name)
    if secret is None:
        raise WizardError(f"{name} is not in this cluster's vault", hint="rancher-wizard apply seals it first.")
    return secret


def seal_references(site: Site) -> None:
    """Bring every secret that the spec refers to into the vault, so that the engine needs neither variable nor file.

    One that can't be read now is taken from the vault. Raises BadSpec where it is not there either.
    """
    for name, ref in references(site).items():
        known = site.vault.get(name)
        try:
            given = ref.read(site.base)
        except BadSpec:
            if known is None:
                raise
            continue
        if given != known:
            site.vault.put(name, given)
