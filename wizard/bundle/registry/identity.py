"""Who our registry is and whom it lets in: its certificate and its login, sealed in a vault of this machine."""

import ssl
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from wizard.bundle.oci.login import Login
from wizard.certificates import Authority, certificate_text
from wizard.errors import WizardError
from wizard.files import write_private
from wizard.secret import Secret
from wizard.vault.secrets import new_token
from wizard.vault.vault import Vault

USER = "rancher-wizard"
CA_FILE = "registry-ca.crt"
FOLDER = ".registry"  # beside the clusters' folders: no cluster is called so
_PASSWORD = "registry-password"  # noqa: S105 - the name that it is sealed under


@dataclass(frozen=True, slots=True)
class Identity:
    """The registry of this machine: the folder holds the sealed secrets, and the CA's certificate for clients."""

    folder: Path
    vault: Vault

    @classmethod
    def of_user(cls) -> "Identity":
        """Return the one of the user who runs this, made when missing. Raises WizardError."""
        return cls.within(Path(platformdirs.user_state_dir("rancher-wizard")) / FOLDER)

    @classmethod
    def within(cls, folder: Path) -> "Identity":
        """Return the one that is kept in `folder`."""
        return cls(folder, Vault.open(folder))

    @property
    def ca_file(self) -> Path:
        """The CA's certificate, which clients are to trust."""
        return self.folder / CA_FILE

    def login(self) -> Login:
        """Return the login that clients have to give; its password is made once."""
        return Login(USER, self.vault.ensure(_PASSWORD, new_token))

    def tls(self, names: Sequence[str]) -> ssl.SSLContext:
        """Return the server's side of TLS for these host names and addresses, by a CA of our own."""
        authority = Authority(self.vault, "registry", "rancher-wizard registry")
        sealed = authority.ensure(names)
        write_private(self.ca_file, certificate_text(authority.ca().certificate).encode(), mode=0o644)
        return _context(sealed)


def tls_of(certificate: Path, key: Path) -> ssl.SSLContext:
    """Return the server's side of TLS with a certificate that is given. Raises WizardError."""
    context = _bare()
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        why = getattr(error, "strerror", None) or str(error)
        hint = "Give a certificate (with its chain) and its key, both in PEM, the key without a passphrase."
        raise WizardError(f"{certificate}, {key}: {why}", hint=hint) from None
    return context


def _context(sealed: Secret) -> ssl.SSLContext:
    """Python loads keys from files alone: this one is there for no longer than that takes, for us only."""
    context = _bare()
    with tempfile.NamedTemporaryFile() as file:
        file.write(sealed.reveal().encode())
        file.flush()
        context.load_cert_chain(file.name)
    return context


def _bare() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context
