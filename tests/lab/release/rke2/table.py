"""`kubectl get nodes` as a table."""

import calendar
import time
from typing import Any

Row = list[str]


def nodes_table(nodes: list[dict[str, Any]], *, wide: bool, header: bool) -> str:
    """Return the lines that kubectl prints for these nodes."""
    rows = [["NAME", "STATUS", "ROLES", "AGE", "VERSION"]] if header else []
    if wide and header:
        rows[0] += ["INTERNAL-IP", "EXTERNAL-IP", "OS-IMAGE", "KERNEL-VERSION", "CONTAINER-RUNTIME"]
    rows += [_row(node, wide=wide) for node in nodes]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return "".join("   ".join(map(str.ljust, row, widths)).rstrip() + "\n" for row in rows)


def _row(node: dict[str, Any], *, wide: bool) -> Row:
    meta, status, info = node["metadata"], node["status"], node["status"]["nodeInfo"]
    ready = any(each["type"] == "Ready" and each["status"] == "True" for each in status["conditions"])
    shown = ("Ready" if ready else "NotReady") + (",SchedulingDisabled" if node["spec"].get("unschedulable") else "")
    prefix = "node-role.kubernetes.io/"
    roles = sorted(label.removeprefix(prefix) for label in meta["labels"] if label.startswith(prefix))
    row = [meta["name"], shown, ",".join(roles) or "<none>", _age(meta["creationTimestamp"]), info["kubeletVersion"]]
    if wide:
        address = next(each["address"] for each in status["addresses"] if each["type"] == "InternalIP")
        row += [address, "<none>", info["osImage"], info["kernelVersion"], info["containerRuntimeVersion"]]
    return row


def _age(stamp: str) -> str:
    seconds = max(0, int(time.time() - calendar.timegm(time.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ"))))
    if seconds < 120:
        return f"{seconds}s"
    if seconds < 7200:
        return f"{seconds // 60}m"
    return f"{seconds // 3600}h" if seconds < 172800 else f"{seconds // 86400}d"
