"""Signatures as `ssh-keygen -Y sign` writes them, so that a bundle is proven without any tool of ours.

Format: PROTOCOL.sshsig of openssh/openssh-portable. `ssh-keygen -Y verify -n rancher-wizard-bundle` takes them.
"""

import base64
import hashlib
import textwrap
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from wizard.bundle.format.fault import damaged
from wizard.bundle.signing.key import blob_of, packed

NAMESPACE = "rancher-wizard-bundle"
_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_HASH = b"sha512"
_KEY_BYTES, _SIGNATURE_BYTES = 32, 64


@dataclass(frozen=True, slots=True)
class Signature:
    """Who says so, and the proof."""

    key: Ed25519PublicKey
    proof: bytes

    def fits(self, message: bytes) -> bool:
        """Whether its key signed that message."""
        try:
            self.key.verify(self.proof, _signed(message))
        except InvalidSignature:
            return False
        return True

    def text(self) -> bytes:
        """Return it as it stands in a file."""
        proof = packed(b"ssh-ed25519") + packed(self.proof)
        parts = (blob_of(self.key), NAMESPACE.encode(), b"", _HASH, proof)
        body = b"SSHSIG" + (1).to_bytes(4, "big") + b"".join(map(packed, parts))
        lines = textwrap.wrap(base64.b64encode(body).decode(), 70)
        return "\n".join((_BEGIN, *lines, _END, "")).encode()


def sign(key: Ed25519PrivateKey, message: bytes) -> Signature:
    """Sign a message; the same key and message are the same signature."""
    return Signature(key.public_key(), key.sign(_signed(message)))


def read_signature(text: bytes) -> Signature:
    """Return the signature in a text. Raises Refused for what is none, or not Ed25519 for a bundle."""
    try:
        lines = text.decode("ascii").split()
        body = base64.b64decode("".join(lines[3:-3]), validate=True)
        # They are all alike: key and proof stand at the same places, and the rest must be what we would write.
        at = len(b"SSHSIG") + 4 + 4 + 4 + len(b"ssh-ed25519") + 4
        key = Ed25519PublicKey.from_public_bytes(body[at : at + _KEY_BYTES])
        found = Signature(key, body[-_SIGNATURE_BYTES:])
    except ValueError:
        found = None
    if found is None or found.text().split() != text.split():
        raise damaged("its signature is not one of Ed25519 for a bundle", hint="Sign it again by `bundle sign`.")
    return found


def _signed(message: bytes) -> bytes:
    parts = (NAMESPACE.encode(), b"", _HASH, hashlib.sha512(message).digest())
    return b"SSHSIG" + b"".join(map(packed, parts))
