"""Logins as docker, podman and skopeo keep them: https://man.archlinux.org/man/containers-auth.json.5"""

import base64
import json
import os
from collections.abc import Mapping
from pathlib import Path

from wizard.bundle.oci.login import Login
from wizard.bundle.oci.reference import DOCKER
from wizard.errors import WizardError
from wizard.secret import Secret


def usual_auth_file(environment: Mapping[str, str] = os.environ) -> Path | None:
    """Return the file that skopeo would read, or docker's; None where neither is there."""
    home, runtime = Path(environment.get("HOME", "/nonexistent")), environment.get("XDG_RUNTIME_DIR", "/nonexistent")
    named = environment.get("REGISTRY_AUTH_FILE")
    places = [Path(named)] if named else [Path(runtime, "containers/auth.json"), home / ".docker" / "config.json"]
    return next((place for place in places if place.is_file()), None)


def read_auth_file(path: Path) -> dict[str, Login]:
    """Return the login of each registry. Those that a helper program keeps are passed over. Raises WizardError."""
    try:
        auths = json.loads(path.read_bytes())["auths"]
        return {_host(place): _login(record["auth"]) for place, record in auths.items() if record.get("auth")}
    except OSError as error:
        raise WizardError(f"{path}: {error.strerror}", hint="See that you may read it.") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        hint = "Make it by `skopeo login` or `docker login`."
        raise WizardError(f"{path}: not a file of registry logins", hint=hint) from None


def _host(place: str) -> str:
    """Docker writes its own registry as https://index.docker.io/v1/."""
    host = place.removeprefix("https://").removeprefix("http://").partition("/")[0]
    return DOCKER if host in ("index.docker.io", "registry-1.docker.io") else host


def _login(auth: str) -> Login:
    user, colon, password = base64.b64decode(auth, validate=True).decode().partition(":")
    if not colon:
        raise ValueError("no password")
    return Login(user, Secret(password))
