"""A client of a websocket that says each line of its input there, and prints what comes back.

Run as a script: websocket.py ADDRESS NAME CA.
"""

import socket
import ssl
import sys

ASKED = (
    "GET /shell HTTP/1.1\r\nHost: {name}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def talk(address: str, name: str, ca: str) -> None:
    context = ssl.create_default_context(cafile=ca)
    with context.wrap_socket(socket.create_connection((address, 443), 10), server_hostname=name) as line:
        line.settimeout(20)
        line.sendall(ASKED.format(name=name).encode())
        stream = line.makefile("rb")
        print(stream.readline().decode().strip(), flush=True)
        while stream.readline().strip():
            pass
        for said in sys.stdin:
            line.sendall(said.encode())
            print(stream.readline().decode().strip(), flush=True)


if __name__ == "__main__":
    talk(*sys.argv[1:])
