"""Secrets taken out of text that leaves the site: the cluster's own by their value, all others by how they look."""

import re
from collections.abc import Iterable

MASK = "[redacted]"
SHORTEST = 6
"""What is shorter would take half of a log with it."""
_LOOKS = (
    # A key in PEM, from its head to its end or the text's.
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
    # RKE2's full tokens: K10, the CA's hash, user and password.
    re.compile(r"K10[0-9a-f]{64}::[^\s\"']+"),
    # user:password in a URL.
    re.compile(r"(?<=://)[^\s/@:]+:[^\s/@]+(?=@)"),
    # A JSON web token.
    re.compile(r"eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}"),
    # Keys and certificates with keys in a kubeconfig.
    re.compile(r"(?<=-key-data: )\S+"),
)
_NAMED = re.compile(
    r"(?im)(?P<head>[\"']?[\w.-]*(?:password|passwd|token|secret|credential|access[_-]?key|secret[_-]?key)[\w.-]*[\"']?"
    r"\s*[:=]\s*)(?P<value>\"[^\"\n]*\"|'[^'\n]*'|[^\s,;\"']+)"
)
_PATHS = re.compile(r"[\"']?(?:/|true\b|false\b|null\b|\{|\[|$)")
"""Values of such names that are none: paths, switches, the begin of a mapping."""


class Redaction:
    """Takes secrets out of texts and counts them."""

    def __init__(self, secrets: Iterable[str]) -> None:
        """Take the values of all secrets that are known."""
        values = sorted({each for each in secrets if len(each) >= SHORTEST}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, values))) if values else None
        self.count = 0

    def of(self, text: str) -> str:
        """Return `text` without any secret."""
        for pattern in (self._known, *_LOOKS):
            if pattern:
                text = pattern.sub(self._masked, text)
        return _NAMED.sub(self._named, text)

    def _masked(self, found: re.Match[str]) -> str:
        self.count += 1
        return MASK

    def _named(self, found: re.Match[str]) -> str:
        if MASK in found["value"] or _PATHS.match(found["value"]):
            return found[0]
        self.count += 1
        return found["head"] + MASK
