"""What vouches for a fetched file beyond the connection that it came by: its publisher's checksums and signatures."""

import asyncio
import re

from wizard.bundle.contents.artifact import Artifact, Signature
from wizard.bundle.fetch.cache import Blob
from wizard.bundle.fetch.fetch import Fetcher
from wizard.bundle.fetch.want import Want
from wizard.bundle.packages.rpm_header import prove_rpm
from wizard.bundle.packages.signature import prove_detached, signed_text
from wizard.errors import Refused

PROVENANCE = ".prov"


async def proof_of(fetcher: Fetcher, artifact: Artifact, want: Want, blob: Blob) -> str:
    """Return what was checked of a file, in words; empty where its publisher gives nothing.

    Raises Refused for a signature that is wrong or of a key that does not count, WizardError where it can't be had.
    """
    if want.keyrings:
        return f"signature of {await asyncio.to_thread(prove_rpm, blob.path, want.keyrings, name=want.url)} in it"
    if artifact.signature is None:
        return want.proof
    whose = await _signed_by(fetcher, artifact, artifact.signature, blob)
    signed = f"signature of {whose} in {artifact.signature.url}"
    return f"{signed}; {want.proof}" if want.proof else signed


async def _signed_by(fetcher: Fetcher, artifact: Artifact, wanted: Signature, blob: Blob) -> str:
    name = wanted.url.rpartition("/")[2]
    signature = await fetcher.fetch(Want(name, wanted.url))
    keys = await fetcher.fetch(Want(wanted.keys_url.rpartition("/")[2], wanted.keys_url))
    if name.endswith(PROVENANCE):
        text, whose = await asyncio.to_thread(signed_text, signature.path, [keys.path], name=wanted.url, expired=True)
        _demand_named(text, artifact, wanted, blob)
    else:
        whose = await asyncio.to_thread(
            prove_detached, blob.path, signature.path, [keys.path], name=wanted.url, expired=True
        )
    if whose not in wanted.fingerprints:
        hint = "See that its publisher has a new key; then it belongs into profiles/artifacts.yaml."
        raise Refused(f"{wanted.url}: key {whose} made it, which is not known to be {artifact.part}'s", hint=hint)
    return whose


def _demand_named(text: str, artifact: Artifact, wanted: Signature, blob: Blob) -> None:
    """Provenance names the chart's sha256. Source: helm.sh/docs/topics/provenance."""
    named = re.search(rf"^\s*{re.escape(artifact.file_name)}: sha256:([0-9a-f]{{64}})\s*$", text, re.MULTILINE)
    if named is None or named[1] != blob.sha256:
        found = f"sha256 {named[1][:16]}…" if named else "no sha256"
        what = f"{wanted.url}: it names {found} for {artifact.file_name}, which has {blob.sha256[:16]}…"
        raise Refused(what, hint="The chart or its provenance is another: use another mirror.")
