"""listen RUN NODE FOLDER LEASE_S ADDRESS PORT/PROTOCOL...: answer on each port that is free, for LEASE_S seconds.

SIGUSR1 begins the lease anew. TCP: says `RUN NODE` and swallows whatever comes. UDP: appends datagrams that begin with
RUN to FOLDER/heard. FOLDER/ports tells of each port whether it listens there or is busy. Runs on a node, by Python 3.6
or newer. No dollar sign in this text: systemd would take it for a variable.
"""

import os
import selectors
import signal
import socket
import sys
from pathlib import Path

DATAGRAM_AT_MOST = 200
HEARD_AT_MOST = 8 << 20
GUESTS_AT_MOST = 500
SO_RCVBUFFORCE = 33


def bound(address: str, port: int, kind: int) -> socket.socket:
    """Bind to the address, or to every one for `*`: both families where there are two. Raises OSError."""
    if address == "*":
        try:
            return bound("::", port, kind)
        except OSError:
            address = ""
    made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind)
    if kind == socket.SOCK_STREAM:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if address == "::":
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    made.bind((address, port))
    made.setblocking(False)
    return made


def listening(address: str, port: int, protocol: str) -> socket.socket:
    """Return a socket that others can ask. Raises OSError."""
    if protocol == "tcp":
        made = bound(address, port, socket.SOCK_STREAM)
        made.listen(1024)
        return made
    made = bound(address, port, socket.SOCK_DGRAM)
    # Many sources send at once: what is lost here would look like a lossy way.
    for option in (SO_RCVBUFFORCE, socket.SO_RCVBUF):
        try:
            made.setsockopt(socket.SOL_SOCKET, option, 4 << 20)
            break
        except OSError:
            continue
    return made


class Answering:
    """All sockets, and what is done when one has something to say."""

    def __init__(self, run: str, node: str, folder: str) -> None:
        self.folder = Path(folder)
        self.ready = selectors.DefaultSelector()
        self.greeting = f"{run} {node}\n".encode()
        self.mark = run.encode()
        self.heard = (self.folder / "heard").open("ab", buffering=0)
        self.room = HEARD_AT_MOST
        self.guests = 0

    def open(self, address: str, ports: "list[str]") -> None:
        """Listen on what is free, and tell of each."""
        told = []
        for each in ports:
            port, _, protocol = each.partition("/")
            take = self.greet if protocol == "tcp" else self.note
            try:
                self.ready.register(listening(address, int(port), protocol), selectors.EVENT_READ, take)
                told.append("listens=" + each)
            except OSError:
                told.append("busy=" + each)
        (self.folder / "ports.new").write_text("\n".join(told) + "\n")
        (self.folder / "ports.new").rename(self.folder / "ports")

    def serve(self) -> None:
        """Answer for ever."""
        while True:
            for key, _ in self.ready.select():
                try:
                    key.data(key.fileobj)
                except OSError:
                    continue  # a guest that left before it was greeted

    def greet(self, door: socket.socket) -> None:
        guest, _ = door.accept()
        guest.setblocking(False)
        guest.send(self.greeting)
        if self.guests < GUESTS_AT_MOST:
            self.guests += 1
            self.ready.register(guest, selectors.EVENT_READ, self.swallow)

    def note(self, door: socket.socket) -> None:
        said = door.recv(65536)
        if said.startswith(self.mark) and len(said) <= DATAGRAM_AT_MOST and self.room > 0:
            self.room -= self.heard.write(said)

    def swallow(self, guest: socket.socket) -> None:
        try:
            more = guest.recv(1 << 20)
        except OSError:
            more = b""
        if not more:
            self.ready.unregister(guest)
            self.guests -= 1
            guest.close()


def main() -> None:
    run, node, folder, lease, address = sys.argv[1:6]
    signal.signal(signal.SIGALRM, lambda *_: os._exit(0))
    signal.signal(signal.SIGUSR1, lambda *_: signal.alarm(int(lease)))
    signal.alarm(int(lease))
    answering = Answering(run, node, folder)
    answering.open(address, sys.argv[6:])
    answering.serve()


main()
