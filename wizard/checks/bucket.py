"""Whether the bucket for snapshots takes an object and gives it up again, asked from this machine."""

import asyncio
import hashlib
import hmac
import secrets
import ssl
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from wizard.checks.check import proven
from wizard.checks.finding import Finding, Said, fail, ok, skipped
from wizard.checks.seen import keeps_etcd
from wizard.errors import BadSpec
from wizard.plain import plain
from wizard.secret import Secret
from wizard.spec.etcd import S3
from wizard.spec.models import Spec

TIMEOUT_S = 10.0
BODY = b"written by rancher-wizard to prove that it may; deleted again\n"

writable = proven(
    "reach.bucket",
    "Bucket takes snapshots",
    group="reach",
    severity="should",
    why="A bucket that refuses the keys is found out when the first snapshot is to be copied, or never.",
    source="RKE2 documentation, Backup and restore, S3; AWS Signature Version 4",
)


async def prove_bucket(spec: Spec, base: Path) -> dict[str, Finding]:
    """Write and delete a small object in the spec's bucket, and return the same finding for each server.

    `base` is the folder of the spec. Servers without keys in the spec use a role of their machine: that can't be
    asked from here.
    """
    s3 = spec.etcd.snapshots.s3
    said = await asyncio.to_thread(_proven, s3, base) if s3 else ok("no bucket is asked for")
    for_agent = ok("an agent: takes no snapshots")
    return {
        node.name: (said if keeps_etcd(node, spec) else for_agent).by(writable.id, writable.severity)
        for node in spec.nodes
    }


def _proven(s3: S3, base: Path) -> Said:
    if s3.access_key is None or s3.secret_key is None:
        return skipped("the servers' own role lets them in", next_move="Take a snapshot once the cluster is up.")
    try:
        keys = s3.access_key.read(base), s3.secret_key.read(base)
    except BadSpec as error:
        return skipped(error.problems[0], next_move=error.hint)
    place = f"{s3.bucket} at {s3.endpoint}"
    name = "/".join(part for part in (s3.folder, f"rancher-wizard-{secrets.token_hex(8)}") if part)
    for method, body in (("PUT", BODY), ("DELETE", b"")):
        if why := _refusal(_signed(s3, method, name, body, keys=keys), s3):
            return fail(
                f"{place}: {method}: {why}",
                wanted="that an object may be written and deleted",
                next_move="Correct bucket, region and keys in the spec, or what the keys are allowed to do.",
            )
    return ok(f"{place}: written and deleted, from this machine")


def _refusal(request: urllib.request.Request, s3: S3) -> str:
    context = ssl.create_default_context()
    if s3.skip_ssl_verify or s3.endpoint_ca:  # the authority's file is on the servers
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S, context=context):  # noqa: S310 - https alone, below
            return ""
    except urllib.error.HTTPError as error:
        said = plain(error.read(400).decode(errors="replace").replace("\n", " "))
        return f"{error.code}: {said}" if said else str(error.code)
    except (OSError, ValueError) as error:
        return plain(str(getattr(error, "reason", error)))


def _signed(s3: S3, method: str, name: str, body: bytes, *, keys: tuple[Secret, Secret]) -> urllib.request.Request:
    """Return a request with AWS Signature Version 4 in its headers; the secret key itself is not in it."""
    access, secret = keys
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    path = quote(f"/{s3.bucket}/{name}")
    digest = hashlib.sha256(body).hexdigest()
    headers = {"host": s3.endpoint, "x-amz-content-sha256": digest, "x-amz-date": moment}
    signed = ";".join(headers)
    listed = "".join(f"{key}:{value}\n" for key, value in headers.items())
    canonical = "\n".join((method, path, "", listed, signed, digest))
    scope = f"{moment[:8]}/{s3.region}/s3/aws4_request"
    text = "\n".join(("AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    key = f"AWS4{secret.reveal()}".encode()
    for part in (*scope.split("/"), text):
        key = hmac.digest(key, part.encode(), "sha256")
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={access.reveal()}/{scope}, SignedHeaders={signed}, Signature={key.hex()}"
    )
    return urllib.request.Request(f"https://{s3.endpoint}{path}", data=body or None, headers=headers, method=method)
