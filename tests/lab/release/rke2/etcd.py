"""Questions to etcd through its JSON gateway, with the cluster's client certificate."""

import base64
import http.client
import json
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .tls import asking

TIMEOUT_S = 5.0


class EtcdError(Exception):
    """etcd said no, or nothing."""


@dataclass(frozen=True, slots=True)
class Etcd:
    """One member's client address, and the folder that holds the certificate for it."""

    address: str
    tls: Path
    timeout_s: float = TIMEOUT_S

    def ask(self, path: str, **body: Any) -> dict[str, Any]:
        """POST to /v3/`path`; raises EtcdError with etcd's own words."""
        folder = self.tls / "etcd"
        context = asking(folder / "server-ca.crt", cert=folder / "client.crt", key=folder / "client.key")
        line = http.client.HTTPSConnection(self.address, 2379, timeout=self.timeout_s, context=context)
        try:
            line.request("POST", f"/v3/{path}", json.dumps(body), {"Content-Type": "application/json"})
            answer = line.getresponse()
            data: dict[str, Any] = json.loads(answer.read() or b"{}")
        except TimeoutError:
            raise EtcdError("context deadline exceeded") from None
        except (OSError, ssl.SSLError, http.client.HTTPException, ValueError) as wrong:
            said = (getattr(wrong, "strerror", None) or str(wrong)).lower()
            raise EtcdError(f"dial tcp {self.address}:2379: connect: {said}") from None
        finally:
            line.close()
        if answer.status != 200:
            raise EtcdError(str(data.get("error") or data.get("message") or answer.status))
        return data

    def get(self, key: str) -> str | None:
        return self.under(key, exact=True).get(key)

    def under(self, prefix: str, *, exact: bool = False) -> dict[str, str]:
        """Return keys and values under `prefix`, in order."""
        end = {} if exact else {"range_end": _b64(prefix[:-1] + chr(ord(prefix[-1]) + 1))}
        found = self.ask("kv/range", key=_b64(prefix), **end).get("kvs", [])
        return {_text(each["key"]): _text(each.get("value", "")) for each in found}

    def put(self, key: str, value: str, *, ttl_s: int = 0) -> None:
        """Write; with `ttl_s` the key vanishes unless it is written again in time."""
        lease = {"lease": self.ask("lease/grant", TTL=str(ttl_s))["ID"]} if ttl_s else {}
        self.ask("kv/put", key=_b64(key), value=_b64(value), **lease)

    def put_new(self, key: str, value: str) -> bool:
        """Write unless the key is there; return whether it was written."""
        return bool(
            self.ask(
                "kv/txn",
                compare=[{"key": _b64(key), "target": "CREATE", "result": "EQUAL", "create_revision": "0"}],
                success=[{"request_put": {"key": _b64(key), "value": _b64(value)}}],
            ).get("succeeded")
        )

    def delete(self, key: str) -> bool:
        return int(self.ask("kv/deleterange", key=_b64(key)).get("deleted", 0)) > 0

    def members(self) -> list[dict[str, Any]]:
        """Return ID, name, peerURLs, isLearner of each."""
        return list(self.ask("cluster/member/list").get("members", []))

    def status(self) -> dict[str, Any]:
        return self.ask("maintenance/status")

    def leads(self) -> bool:
        status = self.status()
        return bool(status.get("leader")) and status["leader"] == status["header"]["member_id"]

    def ready(self) -> None:
        """Return when a write could be agreed on; raises EtcdError otherwise."""
        self.get("/standin/health")


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _text(value: str) -> str:
    return base64.b64decode(value).decode()
