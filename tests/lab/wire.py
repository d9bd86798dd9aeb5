"""A wire that holds each frame for some milliseconds, for kernels without netem: it relays between two devices.

Run as a script, in the devices' network namespace: wire.py DEVICE DEVICE MILLISECONDS.
"""

import select
import socket
import sys
import time
from collections import deque

ETH_P_ALL = 3
FRAME_MAX = 65536
AT_ONCE = 256
SOL_PACKET, PACKET_IGNORE_OUTGOING = 263, 23
READY = "ready"

Due = deque[tuple[float, socket.socket, bytes]]


def relay(left: str, right: str, hold_s: float) -> None:
    """Carry frames both ways for ever, each `hold_s` after it came; the order of frames stays."""
    here, there = _tap(left), _tap(right)
    across = {here: there, there: here}
    due: Due = deque()
    print(READY, flush=True)
    while True:
        wait_s = max(0.0, due[0][0] - time.monotonic()) if due else None
        for tap in select.select([here, there], [], [], wait_s)[0]:
            _take(tap, across[tap], hold_s, due)
        while due and due[0][0] <= time.monotonic():
            _, out, frame = due.popleft()
            _send(out, frame)


def _tap(device: str) -> socket.socket:
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    tap.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    tap.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    tap.setblocking(False)
    tap.bind((device, ETH_P_ALL))
    return tap


def _take(tap: socket.socket, out: socket.socket, hold_s: float, due: Due) -> None:
    for _ in range(AT_ONCE):
        try:
            frame = tap.recv(FRAME_MAX)
        except OSError:
            return  # no more, or the device is down for now
        due.append((time.monotonic() + hold_s, out, frame))


def _send(out: socket.socket, frame: bytes) -> None:
    try:
        out.send(frame)
    except OSError:
        return  # down, or its queue is full: a wire loses what it can't carry


if __name__ == "__main__":
    relay(sys.argv[1], sys.argv[2], float(sys.argv[3]) / 1000)
