"""Writes an object through a door of the API ten times a second, each by a connection of its own, until its stdin ends.

Run as a script: writer.py ADDRESS FOLDER (with ca.crt, client.crt and client.key). Then tells as JSON what became of
each: (number, began, ended, status of the answer or what came instead), times in seconds since the epoch.
"""

import asyncio
import json
import ssl
import sys
import time
from pathlib import Path

EVERY_S = 0.1
PATIENCE_S = 10.0


async def main(address: str, folder: Path) -> None:
    """Write until stdin ends."""
    context = ssl.create_default_context(cafile=str(folder / "ca.crt"))
    context.load_cert_chain(folder / "client.crt", folder / "client.key")
    told: list[tuple[int, float, float, str]] = []
    ended = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    under_way: set[asyncio.Task[None]] = set()

    async def write(number: int) -> None:
        body = json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"load-{number}"}})
        head = (
            f"POST /api/v1/namespaces/default/configmaps HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        began = time.time()
        try:
            async with asyncio.timeout(PATIENCE_S):
                reader, writer = await asyncio.open_connection(address, 6443, ssl=context)
                writer.write((head + body).encode())
                said = (await reader.readline()).decode().partition(" ")[2].strip()
                writer.transport.abort()
        except (OSError, TimeoutError) as error:
            said = f"{type(error).__name__} {error}"
        told.append((number, began, time.time(), said or "nothing"))

    number = 0
    while not ended.done():
        number += 1
        under_way.add(task := asyncio.create_task(write(number)))
        task.add_done_callback(under_way.discard)
        await asyncio.sleep(EVERY_S)
    if under_way:
        await asyncio.wait(under_way)
    print(json.dumps(told))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
