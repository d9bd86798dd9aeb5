"""`bundle serve` and `bundle push`: a bundle's images for those who pull them."""

import argparse
import re
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.cli.bundle.opening import base_option, opened, signer, trust_options
from wizard.errors import BadUsage

if TYPE_CHECKING:
    import ssl

    from wizard.bundle.format.bundle import Bundle
    from wizard.bundle.oci.login import Login
    from wizard.bundle.registry.identity import Identity
    from wizard.bundle.registry.push import Pushed
    from wizard.bundle.registry.server import Served

LAST_PORT = 65_535
IPV6 = re.compile(r"\[[0-9A-Fa-f:.]+\](?::\d{1,5})?")
CA_ON_NODES = "/etc/ssl/certs/rancher-wizard-registry.crt"


def register(verbs: Any) -> None:
    """Add this room's verbs."""
    _register_serve(verbs.add_parser("serve", help="give a bundle's images out as a registry, read-only"))
    _register_push(verbs.add_parser("push", help="bring a bundle's images into a registry that exists"))


def _register_serve(command: argparse.ArgumentParser) -> None:
    _bundle_options(command)
    command.add_argument("--address", default="0.0.0.0", help="listen there (default: everywhere)")  # noqa: S104 - said so
    command.add_argument("--port", type=int, default=5000, help="default: 5000; 0 takes any that is free")
    command.add_argument(
        "--name", action="append", metavar="HOST", help="names and addresses that clients use (default: this host's)"
    )
    command.add_argument("--tls-cert", type=Path, metavar="FILE", help="certificate (default: one by a CA of our own)")
    command.add_argument("--tls-key", type=Path, metavar="FILE", help="the certificate's key")
    command.add_argument("--no-login", action="store_true", help="let everybody pull")
    command.add_argument("--show-password", action="store_true", help="print the login's password, and end")
    command.set_defaults(run=run_serve)


def _register_push(command: argparse.ArgumentParser) -> None:
    _bundle_options(command)
    command.add_argument("registry", metavar="REGISTRY[/PREFIX]", help="host:port, and what all names begin with")
    command.add_argument("--ca-file", type=Path, metavar="FILE", help="trust these CAs too")
    command.add_argument("--auth-file", type=Path, metavar="FILE", help="logins, as skopeo and docker keep them")
    command.add_argument("--plain-http", action="store_true", help="the registry has no TLS")
    command.set_defaults(run=run_push)


def _bundle_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", type=Path, metavar="BUNDLE")
    base_option(command)
    trust_options(command)


def run_serve(given: argparse.Namespace) -> int:
    """Serve until it is ended."""
    import asyncio

    from wizard.bundle.registry.identity import Identity
    from wizard.bundle.registry.serve import serve

    _demand_place(given)
    identity = Identity.of_user()
    if given.show_password:
        print(identity.login().password.reveal())
        return 0
    names = given.name or list(dict.fromkeys((socket.getfqdn(), socket.gethostname(), *_addresses())))
    login = None if given.no_login else identity.login()
    bundle, tls = _trusted(given), _tls(given, identity, names)

    def ready(port: int) -> None:
        _tell(given, bundle, f"{names[0]}:{port}", login, identity)

    asyncio.run(serve(bundle, given.address, given.port, tls=tls, login=login, ready=ready, told=_Told().tell))
    return 0


def run_push(given: argparse.Namespace) -> int:
    """Push all images, and say how nodes get them from there."""
    import asyncio

    from wizard.bundle.oci.authfile import read_auth_file, usual_auth_file
    from wizard.bundle.sizes import size

    host, prefix = _registry(given.registry)
    auth_file = given.auth_file or usual_auth_file()
    login = read_auth_file(auth_file).get(host) if auth_file else None
    bundle = _trusted(given)
    for each in asyncio.run(_push(given, bundle, host, prefix, login)):
        thinned = "; an index of these architectures alone" if each.thinned else ""
        print(f"{each.name}@{each.digest}  {size(each.sent_bytes)} sent{thinned}")
    scheme = "http" if given.plain_http else "https"
    _follow(bundle, host, prefix, login.username if login else "", given.ca_file is not None, scheme)
    return 0


def _demand_place(given: argparse.Namespace) -> None:
    """Raise BadUsage for a port or a name that nobody can be reached by."""
    from wizard.bundle.oci.reference import HOST
    from wizard.spec.address import as_ip

    if not 0 <= given.port <= LAST_PORT:
        raise BadUsage(f"--port {given.port}: not a port", hint=f"0 to {LAST_PORT}; 0 takes any that is free.")
    for name in given.name or ():
        if not as_ip(name) and (":" in name or not HOST.fullmatch(name)):
            raise BadUsage(f"--name {name!r}: not a name of a host", hint="Such as reg.example.com, or an address.")


def _registry(text: str) -> tuple[str, str]:
    """Return a registry's host and port, and what all names in it begin with. Raises BadUsage."""
    from wizard.bundle.oci.reference import HOST, REPOSITORY

    host, slash, prefix = text.partition("/")
    port = host.rpartition("]")[2].rpartition(":")[2] if ":" in host.rpartition("]")[2] else "1"
    named = HOST.fullmatch(host) or IPV6.fullmatch(host)
    if not named or int(port) > LAST_PORT or (slash and not REPOSITORY.fullmatch(prefix)):
        hint = "Give HOST:PORT or HOST:PORT/PREFIX, without https://; a prefix is in lower case."
        raise BadUsage(f"{text!r}: not a registry", hint=hint)
    return host, prefix


async def _push(
    given: argparse.Namespace, bundle: "Bundle", host: str, prefix: str, login: "Login | None"
) -> "tuple[Pushed, ...]":
    from wizard.bundle.fetch.client import new_client
    from wizard.bundle.registry.push import AT_ONCE, push
    from wizard.bundle.registry.source import shelf_of_bundle
    from wizard.cli.bundle.lines import shown

    url = f"{'http' if given.plain_http else 'https'}://{host}"
    with shown() as bars, shelf_of_bundle(bundle) as shelf:
        async with new_client(connections=AT_ONCE, ca_file=given.ca_file) as client:
            return await push(client, url, shelf, prefix=prefix, login=login, listen=bars.hear)


def _trusted(given: argparse.Namespace) -> "Bundle":
    """Open the bundle, and say who signed it. Raises Refused."""
    bundle = opened(given)
    print(f"{given.file}: {signer(given, bundle.head)}", file=sys.stderr)
    return bundle


def _tls(given: argparse.Namespace, identity: "Identity", names: list[str]) -> "ssl.SSLContext":
    from wizard.bundle.registry.identity import tls_of

    if (given.tls_cert is None) != (given.tls_key is None):
        raise BadUsage("--tls-cert and --tls-key belong together", hint="Give both, or neither.")
    return tls_of(given.tls_cert, given.tls_key) if given.tls_cert else identity.tls(names)


def _tell(
    given: argparse.Namespace, bundle: "Bundle", registry: str, login: "Login | None", identity: "Identity"
) -> None:
    """Say where it is and what clients need; the lines for the spec go to stdout."""
    print(f"serving {given.file} at https://{registry}; Ctrl-C ends it", file=sys.stderr)
    if not given.tls_cert:
        print(f"clients are to trust the CA in {identity.ca_file}", file=sys.stderr)
    if login:
        print(f"login: {login.username}; its password: rancher-wizard bundle serve --show-password …", file=sys.stderr)
    _follow(bundle, registry, "", login.username if login else "", not given.tls_cert)


def _follow(bundle: "Bundle", registry: str, prefix: str, username: str, own_ca: bool, scheme: str = "https") -> None:
    from wizard.bundle.oci.reference import DOCKER
    from wizard.bundle.registry.follow import as_spec, daemon_json, registries, registries_of_rke1
    from wizard.bundle.registry.source import images_of

    ca_file = CA_ON_NODES if own_ca else ""
    images = images_of(bundle)
    if any(entry.name.startswith("rke1/") for entry in bundle.manifest.entries):
        # rke knows no rewriting: with a prefix it would have to be in every name, which its login does not bear.
        if prefix:
            print(f"note: RKE1 finds no images below a prefix: push without {prefix} for its nodes", file=sys.stderr)
            return
        record = registries_of_rke1(registry, username=username)
    else:
        record = registries(images, registry, prefix=prefix, ca_file=ca_file, username=username, scheme=scheme)
    print("# for cluster.yaml:", as_spec(record), sep="\n", end="", flush=True)
    if not prefix and any(image.registry == DOCKER for image in images):
        print("# for docker, /etc/docker/daemon.json:", daemon_json(registry, scheme), sep="\n", end="", flush=True)


def _addresses() -> list[str]:
    """Return this machine's addresses, as far as its name leads to them."""
    try:
        found = socket.getaddrinfo(socket.gethostname(), None, type=socket.SOCK_STREAM)
    except OSError:
        return ["127.0.0.1"]
    return sorted({str(each[4][0]) for each in found if "%" not in str(each[4][0])} | {"127.0.0.1"})


class _Told:
    """Says what was given out, when that is more than it said last."""

    def __init__(self) -> None:
        self._last = 0

    def tell(self, served: "Served") -> None:
        from wizard.bundle.sizes import size

        if served.requests != self._last:
            self._last = served.requests
            sent = size(served.sent_bytes)
            print(f"{served.requests} requests, {sent} to {len(served.clients)} clients", file=sys.stderr, flush=True)
