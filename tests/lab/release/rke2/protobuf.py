"""A Secret as helm sends it: Kubernetes' protobuf, of which no more is read than a release's record holds.

Source: k8s.io/apimachinery, runtime/generated.proto (Unknown) and meta/v1 (ObjectMeta); k8s.io/api, core/v1 (Secret).
"""

import base64
from collections.abc import Iterator
from typing import Any

MAGIC = b"k8s\x00"
NAME, LABELS, DATA, KIND = 1, 11, 2, 3


def secret(data: bytes) -> dict[str, Any]:
    """Return the object. Raises ValueError for what is not in this form."""
    if not data.startswith(MAGIC):
        raise ValueError("not in Kubernetes' protobuf")
    raw = next(value for number, value in _fields(data[len(MAGIC) :]) if number == 2)
    fields = list(_fields(raw))
    meta = list(_fields(next(value for number, value in fields if number == 1)))
    return {
        "metadata": {
            "name": next(value for number, value in meta if number == NAME).decode(),
            "labels": {key: value.decode() for key, value in _pairs(meta, LABELS)},
        },
        "data": {key: base64.b64encode(value).decode() for key, value in _pairs(fields, DATA)},
        "type": next((value.decode() for number, value in fields if number == KIND), "Opaque"),
    }


def _pairs(fields: list[tuple[int, bytes]], wanted: int) -> Iterator[tuple[str, bytes]]:
    for number, value in fields:
        if number == wanted:
            pair = dict(_fields(value))
            yield pair[1].decode(), pair.get(2, b"")


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The fields of a message: number and content; numbers among them have none."""
    at = 0
    while at < len(data):
        key, at = _number(data, at)
        length, at = _number(data, at) if key & 7 in (0, 2) else ({1: 8, 5: 4}[key & 7], at)
        if key & 7 == 0:
            yield key >> 3, b""
            continue
        yield key >> 3, data[at : at + length]
        at += length


def _number(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
