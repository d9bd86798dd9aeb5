"""FAMILY DEVICE SECONDS: listens for the VRRP of others; prints heard=SOURCE ROUTER_ID PRIORITY once for each."""

import socket
import struct
import sys
import time

VRRP = 112
family, device, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
index = socket.if_nametoindex(device)
end, seen = time.monotonic() + seconds, set()
if family == "6":
    heard = socket.socket(socket.AF_INET6, socket.SOCK_RAW, VRRP)
    group = socket.inet_pton(socket.AF_INET6, "ff02::12") + struct.pack("@I", index)
    heard.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, group)
else:
    heard = socket.socket(socket.AF_INET, socket.SOCK_RAW, VRRP)
    group = socket.inet_aton("224.0.0.18") + bytes(4) + struct.pack("@i", index)
    heard.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)
while time.monotonic() < end:
    heard.settimeout(max(0.05, end - time.monotonic()))
    try:
        packet, source = heard.recvfrom(2048)
    except OSError:
        break
    # IPv4's header comes along, IPv6's does not.
    body = packet if family == "6" else packet[(packet[0] & 15) * 4 :]
    if len(body) >= 3 and (source[0], body[1]) not in seen:
        seen.add((source[0], body[1]))
        print(f"heard={source[0].partition('%')[0]} {body[1]} {body[2]}", flush=True)
