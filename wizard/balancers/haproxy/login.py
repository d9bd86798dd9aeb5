"""The login of the statistics: a password in the vault, and its hash for HAProxy's configuration."""

import re

import bcrypt

from wizard.errors import BadSpec
from wizard.files import write_private
from wizard.secret import Secret
from wizard.site import Site

PASSWORD, HASH = "balancer-stats-password", "balancer-stats-hash"
PASSWORD_FILE = "balancer-stats-password"  # noqa: S105 - the name of a file
ROUNDS = 6
"""2^6: HAProxy is busy for some 4 ms with each request to its statistics, and serves nobody meanwhile."""
MOST_BYTES = 72
"""bcrypt reads no more of a password."""


def password_hash(site: Site) -> str | None:
    """Return the hash as crypt(3) reads it; None before `seal_login`."""
    sealed = site.vault.get(HASH)
    return sealed.reveal() if sealed else None


def seal_login(site: Site) -> None:
    """Bring the password of the statistics, the spec's or a random one, into the vault, and its hash beside it.

    A random one is left in the cluster's folder, too (0600), as nobody knows it yet. Raises BadSpec for one that can't
    be read, or that no browser can send.
    """
    password = _given(site) or site.token(PASSWORD)
    if site.vault.get(PASSWORD) != password:
        site.vault.put(PASSWORD, password)
    known = password_hash(site)
    data = password.reveal().encode()
    if known is None or not bcrypt.checkpw(data, known.encode()):
        site.vault.put(HASH, Secret(bcrypt.hashpw(data, bcrypt.gensalt(ROUNDS)).decode()))
    if site.spec.balancer and site.spec.balancer.stats.password is None:
        write_private(site.state / PASSWORD_FILE, data + b"\n")


def _given(site: Site) -> Secret | None:
    place = site.spec.balancer.stats.password if site.spec.balancer else None
    if place is None:
        return None
    try:
        given = place.read(site.base)
    except BadSpec:
        if known := site.vault.get(PASSWORD):
            return known
        raise
    if wrong := _wrong(given.reveal()):
        raise BadSpec([f"balancer.stats.password: {wrong}"])
    return given


def _wrong(password: str) -> str:
    if re.search(r"[\x00-\x1f\x7f]", password):
        return "holds a line end or another control character; any other text, on one line"
    if len(password.encode()) > MOST_BYTES:
        return f"has more than {MOST_BYTES} bytes; a shorter one"
    return ""
