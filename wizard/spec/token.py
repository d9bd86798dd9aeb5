"""What RKE2 takes for a cluster's token."""

import re
from pathlib import Path

from wizard.errors import BadSpec
from wizard.secret import Secret
from wizard.spec.models import Spec

SHORTEST = 16
ADVISED = 32
_CHARACTERS = re.compile(r"[A-Za-z0-9_-]*")
_BOOTSTRAP = re.compile(r"[a-z0-9]{6}\.[a-z0-9]{16}")


def check_token(token: Secret) -> str | None:
    """Take a token that the operator brought; return what is wrong with it and what is allowed, or None.

    Source: rke2-docs security/token.md and k3s pkg/clientaccess/token.go. The text never quotes the token.
    """
    text = token.reveal()
    if text.startswith("K10"):
        return "the token begins with K10, which marks a full token; give its last part, after the last colon"
    if _BOOTSTRAP.fullmatch(text):
        return "the token has the form of a bootstrap token (6.16 characters), which lets agents join only; use another"
    if not _CHARACTERS.fullmatch(text):
        return "the token has characters that break RKE2's token; letters, digits, '_' and '-' are allowed"
    if len(text) < SHORTEST:
        return f"the token has {len(text)} characters; at least {SHORTEST}, better {ADVISED}"
    return None


def token_warning(token: Secret) -> str | None:
    """Take a token that `check_token` let pass; return advice, or None."""
    length = len(token.reveal())
    if length < ADVISED:
        return f"the token has {length} characters; it also encrypts the cluster's keys, so {ADVISED} are advised"
    return None


def own_token_warnings(spec: Spec, base: Path) -> tuple[str, ...]:
    """Take a spec and its folder; return advice on the operator's own token, none where it can't be read now.

    Raises BadSpec for a token that RKE2 would not take.
    """
    if spec.token is None:
        return ()
    try:
        token = spec.token.read(base)
    except BadSpec:
        return ()  # sealed by an earlier apply, or refused by the next one
    if wrong := check_token(token):
        raise BadSpec([f"token: {wrong}"])
    warning = token_warning(token)
    return (f"token: {warning}",) if warning else ()
