"""Whose bundles are taken: public keys that the operator put into a folder, or named for once."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from wizard.bundle.format.bundle import Bundle
from wizard.bundle.format.head import Head
from wizard.bundle.signing.key import fingerprint, public_key, public_line
from wizard.bundle.signing.sshsig import read_signature
from wizard.errors import Refused, WizardError
from wizard.files import write_private

FOLDER = "bundle-keys"


@dataclass(frozen=True, slots=True)
class Trust:
    """Fingerprints of keys that are trusted, each with a name for people."""

    keys: dict[str, str]

    @classmethod
    def of(cls, files: Iterable[Path]) -> "Trust":
        """Return trust in the keys of these .pub files. Raises WizardError."""
        found = {}
        for path in files:
            key, comment = public_key(path)
            found[fingerprint(key)] = comment or path.stem
        return cls(found)

    @classmethod
    def store(cls, folder: Path | None = None) -> "Trust":
        """Return trust in all keys of the operator's folder; in nobody where there is none."""
        return cls.of(sorted((folder or trust_folder()).glob("*.pub")))

    def signer(self, head: Head, *, signature: bytes | None = None) -> str:
        """Return the name of the trusted key that signed a bundle, by the signature in it or a detached one.

        Raises Refused, with the fingerprints, for a bundle that is not signed, was changed since, or whose signer
        nobody trusts here.
        """
        text = head.signature if signature is None else signature
        if not text.strip():
            hint = "Sign it by `bundle sign`; the verbs of `bundle` take it on your own word by --unsigned."
            raise Refused(f"bundle {head.id[:12]}… is not signed; trusted is {self._trusted()}", hint=hint)
        found = read_signature(text)
        print_of = fingerprint(found.key)
        if not found.fits(head.data):
            hint = "The manifest or the signature was changed: copy the bundle again from where it was made."
            raise Refused(f"bundle {head.id[:12]}…: what {print_of} signed is another manifest", hint=hint)
        if print_of not in self.keys:
            hint = "If that is whom you expect: rancher-wizard bundle trust FILE.pub; else don't use it."
            raise Refused(f"bundle {head.id[:12]}… is signed by {print_of}; trusted is {self._trusted()}", hint=hint)
        return self.keys[print_of]

    def _trusted(self) -> str:
        return ", ".join(f"{key} ({name})" for key, name in self.keys.items()) or "nobody"


def trust_folder() -> Path:
    """Where the operator's trusted keys lie."""
    return Path(platformdirs.user_config_dir("rancher-wizard")) / FOLDER


def trust_key(file: Path, *, folder: Path | None = None) -> str:
    """Put a public key among the trusted ones; return its fingerprint. Raises WizardError."""
    folder = folder or trust_folder()
    key, comment = public_key(file)
    print_of = fingerprint(key)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = print_of.removeprefix("SHA256:").replace("/", "_")
        write_private(folder / f"{name}.pub", public_line(key, comment or file.stem).encode(), mode=0o644)
    except OSError as error:
        raise WizardError(f"{folder}: {error.strerror}", hint="XDG_CONFIG_HOME names another place.") from None
    return print_of


def open_trusted(path: Path, trust: Trust, *, base: Bundle | None = None) -> Bundle:
    """Return the bundle in a file if a trusted key signed it; its blobs are still to be verified.

    Raises Refused, with the file.
    """
    bundle = Bundle.open(path, base=base)
    try:
        trust.signer(bundle.head)
    except Refused as refusal:
        raise Refused(f"{path}: {refusal.message}", hint=refusal.hint) from None
    return bundle
