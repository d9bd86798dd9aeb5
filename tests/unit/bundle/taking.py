"""A registry in this process that takes what is pushed, and breaks where a test says."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.unit.bundle.web import Answer, Asked
from wizard.bundle.oci.manifest import digest_of

_PLACE = re.compile(r"/v2/(.+)/(blobs/uploads|blobs|manifests)/([^/?]*)(?:\?(.*))?")


@dataclass
class Taking:
    """`strict` wants every manifest of an index; `faults` are called in turn by uploads: an answer in their place."""

    strict: bool = True
    faults: list[Callable[[Asked], Answer | None]] = field(default_factory=list)
    blobs: dict[str, dict[str, bytes]] = field(default_factory=dict)
    manifests: dict[str, dict[str, tuple[str, bytes]]] = field(default_factory=dict)
    uploads: dict[str, bytes] = field(default_factory=dict)
    taken_bytes: int = 0

    def __call__(self, asked: Asked) -> Answer:
        found = _PLACE.fullmatch(asked.path)
        assert found is not None, asked.path
        name, kind, what, query = found.groups()
        match kind:
            case "manifests":
                return self._manifest(asked, name, what)
            case "blobs":
                blob = self.blobs.get(name, {}).get(what)
                return Answer(404) if blob is None else Answer(200, blob)
        return self._upload(asked, name, what, (query or "").replace("%3A", ":").replace("%2F", "/"))

    def _manifest(self, asked: Asked, name: str, what: str) -> Answer:
        there = self.manifests.setdefault(name, {})
        if asked.method == "GET":
            return Answer(200, there[what][1], {"Content-Type": there[what][0]}) if what in there else Answer(404)
        record = json.loads(asked.body)
        missing = [each for each in record.get("manifests", []) if each["digest"] not in there]
        parts = [record["config"], *record["layers"]] if "config" in record else []
        missing += [each for each in parts if each["digest"] not in self.blobs.get(name, {})]
        if missing and (self.strict or parts):
            return Answer(400, b'{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN"}]}')
        there[what] = there[digest_of(asked.body)] = (asked.headers["content-type"], asked.body)
        return Answer(201)

    def _upload(self, asked: Asked, name: str, what: str, query: str) -> Answer:
        if asked.method == "POST":
            mount = re.search(r"mount=(sha256:\w+)&from=(.+)", query)
            if mount and mount[1] in self.blobs.get(mount[2], {}):
                self.blobs.setdefault(name, {})[mount[1]] = self.blobs[mount[2]][mount[1]]
                return Answer(201)
            place = str(len(self.uploads))
            self.uploads[place] = b""
            return self._at(name, place)
        if asked.method != "GET" and self.faults and (fault := self.faults.pop(0)(asked)):
            return fault
        if what not in self.uploads:
            return Answer(404)
        if asked.method == "GET":
            return Answer(204, headers={**self._at(name, what).headers, "Range": self._range(what)}, length=False)
        first = int(asked.headers.get("content-range", str(len(self.uploads[what]))).partition("-")[0])
        if first != len(self.uploads[what]):
            return Answer(416)
        self.uploads[what] += asked.body
        self.taken_bytes += len(asked.body)
        if asked.method == "PATCH":
            return self._at(name, what)
        digest = query.partition("digest=")[2]
        if digest_of(self.uploads[what]) != digest:
            return Answer(400, b'{"errors":[{"code":"DIGEST_INVALID"}]}')
        self.blobs.setdefault(name, {})[digest] = self.uploads.pop(what)
        return Answer(201)

    def _at(self, name: str, place: str) -> Answer:
        return Answer(202, headers={"Location": f"/v2/{name}/blobs/uploads/{place}"})

    def _range(self, place: str) -> str:
        return f"0-{max(0, len(self.uploads[place]) - 1)}"
