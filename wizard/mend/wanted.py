"""What a mend is given for what checks found on a host: packages by their names there, kernel settings."""

from collections.abc import Iterable

from wizard.hosts.facts import Facts
from wizard.profiles import profile


def packages(checks: Iterable[str], facts: Facts) -> tuple[str, ...]:
    """Return the packages that answer `checks` on a host; none where its family is not known here."""
    families = profile("mends")["families"]
    family = next((name for name, ids in families.items() if facts.os_id in ids), "")
    return _filled((profile("mends")["packages"].get(check, {}).get(family, ()) for check in checks), facts)


def settings(checks: Iterable[str], facts: Facts) -> tuple[str, ...]:
    """Return the kernel settings that answer `checks` on a host, each as NAME=VALUE."""
    return _filled((profile("requirements")["sysctls"].get(check, ()) for check in checks), facts)


def _filled(lots: Iterable[Iterable[str]], facts: Facts) -> tuple[str, ...]:
    device = (facts.default_route.split() or ["default"])[-1]
    return tuple(dict.fromkeys(each.format(kernel=facts.kernel, device=device) for lot in lots for each in lot))
