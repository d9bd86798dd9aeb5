"""Certificate authorities and the leaves they sign, by the node's openssl."""

import ssl
import subprocess
import tempfile
import time
from pathlib import Path

from .journal import say

CA = (
    "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,digitalSignature,keyCertSign,cRLSign\n"
    "subjectKeyIdentifier=hash\n"
)
LEAF = (
    "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\n"
    "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
)
AUTHORITIES = ("client-ca", "server-ca", "request-header-ca", "etcd/server-ca", "etcd/peer-ca")


def make_authorities(folder: Path) -> None:
    """Make the cluster's CAs where there are none; happens on the first server only."""
    stamp = int(time.time())
    for name in AUTHORITIES:
        if (folder / f"{name}.crt").exists():
            continue
        common = name.replace("/", "-") if "/" in name else f"rke2-{name}"
        key, cert = folder / f"{name}.key", folder / f"{name}.crt"
        cert.parent.mkdir(parents=True, exist_ok=True)
        make_key(key)
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(f"[req]\ndistinguished_name=dn\nx509_extensions=ext\n[dn]\n[ext]\n{CA}")
            file.flush()
            _openssl(
                *("req", "-x509", "-new", "-key", key, "-out", f"{cert}.new", "-days", "3650"),
                *("-subj", f"/CN={common}@{stamp}", "-config", file.name),
            )
        Path(f"{cert}.new").rename(cert)
        say(f"generated self-signed CA certificate CN={common}@{stamp}: {_dates(cert)}")


def make_key(path: Path) -> None:
    """Make a key, whole or not at all: a start may be cut at any moment."""
    new = Path(f"{path}.new")
    new.touch(mode=0o600)
    _openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", new)
    new.chmod(0o600)
    new.rename(path)


def make_leaf(
    folder: Path, name: str, ca: str, *, subject: str, hosts: list[str] | None = None, quiet: bool = False
) -> None:
    """Sign a certificate `name` by `ca` for client or server use, anew at each start."""
    key, cert, sign = folder / f"{name}.key", folder / f"{name}.crt", folder / ca
    cert.parent.mkdir(parents=True, exist_ok=True)
    if not key.exists():
        make_key(key)
    names = ",".join(f"{'IP' if _is_ip(host) else 'DNS'}:{host}" for host in dict.fromkeys(hosts or ()))
    with tempfile.TemporaryDirectory() as room:
        request, extensions = Path(room) / "csr", Path(room) / "ext"
        extensions.write_text(LEAF + (f"subjectAltName={names}\n" if names else ""))
        _openssl("req", "-new", "-key", key, "-subj", subject, "-out", request)
        _openssl(
            *("x509", "-req", "-in", request, "-CA", f"{sign}.crt", "-CAkey", f"{sign}.key", "-days", "365"),
            *("-set_serial", str(time.time_ns()), "-extfile", extensions, "-out", f"{cert}.new"),
        )
    Path(f"{cert}.new").rename(cert)
    if not quiet:
        shown = ",".join(part for part in reversed(subject.split("/")) if part)
        say(f"certificate {shown} signed by CN=rke2-{ca}: {_dates(cert)}")


def serving(cert: Path, key: Path, *, clients: Path | None = None) -> ssl.SSLContext:
    """Return a listener's context; with `clients`, certificates of that CA are asked for but may be missing."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    if clients:
        context.load_verify_locations(clients)
        context.verify_mode = ssl.CERT_OPTIONAL
    return context


def asking(ca: Path | None, *, pem: str = "", cert: Path | None = None, key: Path | None = None) -> ssl.SSLContext:
    """Return a caller's context that trusts `ca` (or the text `pem`) and shows `cert`, if any."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cafile=ca, cadata=pem or None)
    if cert and key:
        context.load_cert_chain(cert, key)
    return context


def trusting_anyone() -> ssl.SSLContext:
    """Return a context for the one question whose answer is checked by its hash: /cacerts."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _is_ip(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()


def _dates(cert: Path) -> str:
    lines = _openssl("x509", "-noout", "-dates", "-in", cert).splitlines()
    return " ".join(lines)


def _openssl(*words: str | Path) -> str:
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True)
    if done.returncode:
        raise OSError(f"openssl {words[0]}: {done.stderr.strip()}")
    return done.stdout
