"""The private CA of a cluster, and the certificate by it that its balancers show.

Both are sealed in the cluster's vault; the CA's certificate alone lies beside it, for clients to trust.
"""

import datetime as dt
from collections.abc import Sequence

from wizard.certificates import Authority, certificate_text
from wizard.files import write_private
from wizard.secret import Secret
from wizard.site import Site

CA_FILE = "balancer-ca.crt"


def front_certificate(site: Site, names: Sequence[str], *, now: dt.datetime | None = None) -> Secret | None:
    """Return the sealed certificate and key for `names`, or None where there is none that is still good for them."""
    return _authority(site).certificate(names, now=now)


def ensure_certificate(site: Site, names: Sequence[str], *, now: dt.datetime | None = None) -> Secret:
    """Return as `front_certificate`; one that is missing, near its end or for other names is made and sealed."""
    sealed = front_certificate(site, names, now=now)
    if sealed is None:
        ca = _authority(site).ca(now=now)
        write_private(site.state / CA_FILE, certificate_text(ca.certificate).encode(), mode=0o644)
        sealed = _authority(site).ensure(names, now=now)
    return sealed


def _authority(site: Site) -> Authority:
    return Authority(site.vault, "balancer", f"rancher-wizard {site.spec.name}")
