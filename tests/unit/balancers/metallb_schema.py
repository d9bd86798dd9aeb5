"""What MetalLB's own definitions allow, as a table of fields: kind, version, then each field's type and bounds.

Source: config/crd/bases of metallb/metallb at v0.16.1, read field by field; `*` marks what must be there.
"""

from typing import Any

from tests.unit.field_table import wrong

SELECTORS = [{"matchLabels": {str: str}, "matchExpressions": [{"key*": str, "operator*": str, "values": [str]}]}]
ASN = (0, 4_294_967_295)
INT32 = (-(2**31), 2**31 - 1)
MS = (10, 60_000)
POOLS = {"ipAddressPools": [str], "ipAddressPoolSelectors": SELECTORS, "nodeSelectors": SELECTORS}
SPECS: dict[tuple[str, str], dict[str, Any]] = {
    ("IPAddressPool", "v1beta1"): {
        "addresses*": [str],
        "autoAssign": bool,
        "avoidBuggyIPs": bool,
        "serviceAllocation": {
            "priority": INT32,
            "namespaces": [str],
            "namespaceSelectors": SELECTORS,
            "serviceSelectors": SELECTORS,
        },
    },
    ("L2Advertisement", "v1beta1"): {**POOLS, "interfaces": [str], "serviceSelectors": SELECTORS},
    ("BGPAdvertisement", "v1beta1"): {
        **POOLS,
        "aggregationLength": (1, INT32[1]),
        "aggregationLengthV6": INT32,
        "localPref": INT32,
        "communities": [str],
        "peers": [str],
        "serviceSelectors": SELECTORS,
    },
    ("BGPPeer", "v1beta2"): {
        "myASN*": ASN,
        "peerASN": ASN,
        "localASN": (1, ASN[1]),
        "dynamicASN": str,
        "peerAddress": str,
        "interface": str,
        "sourceAddress": str,
        "peerPort": (1, 16_384),
        "holdTime": str,
        "keepaliveTime": str,
        "connectTime": str,
        "routerID": str,
        "nodeSelectors": SELECTORS,
        "password": str,
        "passwordSecret": {"name": str, "namespace": str},
        "bfdProfile": str,
        "enableGracefulRestart": bool,
        "ebgpMultiHop": bool,
        "vrf": str,
        "disableMP": bool,
        "dualStackAddressFamily": bool,
    },
    ("BFDProfile", "v1beta1"): {
        "receiveInterval": MS,
        "transmitInterval": MS,
        "echoInterval": MS,
        "detectMultiplier": (2, 255),
        "echoMode": bool,
        "passiveMode": bool,
        "minimumTtl": (1, 254),
    },
    ("Community", "v1beta1"): {"communities": [{"name": str, "value": str}]},
}


def faults(manifest: dict[str, Any]) -> list[str]:
    """Return what MetalLB's definitions refuse of a resource."""
    group, _, version = manifest["apiVersion"].partition("/")
    kind = manifest["kind"]
    if group != "metallb.io" or (kind, version) not in SPECS:
        return [f"{group}/{version} {kind} is not known"]
    return wrong(manifest["spec"], SPECS[kind, version], f"{kind}.spec")
