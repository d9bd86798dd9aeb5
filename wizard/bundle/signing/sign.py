"""A bundle signed where it lies: its signature has room of its own, so that nothing moves."""

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from wizard.bundle.format.bundle import head_of
from wizard.bundle.format.head import signature_slot
from wizard.bundle.format.layout import slots
from wizard.bundle.signing.sshsig import Signature, sign
from wizard.errors import WizardError
from wizard.files import write_private


def detached(path: Path) -> Path:
    """Where a bundle's detached signature lies: beside it."""
    return path.with_name(f"{path.name}.sig")


def sign_bundle(path: Path, key: Ed25519PrivateKey) -> Signature:
    """Sign a bundle, in the file and detached beside it; an earlier signature is replaced. Raises WizardError."""
    head = head_of(path)
    made = sign(key, head.data)
    _, slot, *_ = slots((name, len(data)) for name, data in head.members())
    try:
        # One write within a few blocks: a crash leaves at worst a signature that does not fit, and a new one mends it.
        with path.open("r+b") as file:
            os.pwrite(file.fileno(), signature_slot(made.text()), slot.begin)
            os.fsync(file.fileno())
        write_private(detached(path), made.text(), mode=0o644)
    except OSError as error:
        raise WizardError(f"{path}: {error.strerror}", hint="See that you may write to it.") from None
    return made
