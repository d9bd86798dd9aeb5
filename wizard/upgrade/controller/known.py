"""What the controller and the plans of the wizard are called, and what else is known of it."""

from typing import Any

from wizard.profiles import profile


def known() -> dict[str, Any]:
    """Return the profile of the controller."""
    return dict(profile("rke2/controller"))


NAMESPACE = str(known()["namespace"])
DEPLOYMENT = str(known()["deployment"])
SERVERS, AGENTS = (str(known()["plans"][role]) for role in ("server", "agent"))
"""The plans that the wizard writes: they take nobody who was not handed over, so one that is left harms nobody."""
