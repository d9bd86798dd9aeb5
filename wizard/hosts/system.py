"""The names that a host's system goes by where things are kept for it."""

from wizard.hosts.facts import Facts
from wizard.profiles import profile


def system_names(facts: Facts) -> tuple[str, ...]:
    """Return them, the nearest first: rocky-9.4, rocky-9, rhel-9.4, rhel-9.

    Rebuilds take the packages of what they rebuild, as profiles/artifacts.yaml says.
    """
    major = facts.os_version.partition(".")[0]
    original = profile("artifacts")["packages"]["stand_in"].get(facts.os_id, facts.os_id)
    pairs = ((os_id, version) for os_id in (facts.os_id, original) for version in (facts.os_version, major))
    return tuple(dict.fromkeys(f"{os_id}-{version}" for os_id, version in pairs))
