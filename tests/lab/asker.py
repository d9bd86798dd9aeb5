"""Asks a door every 50 ms, each time by a connection of its own, until its stdin ends; then tells as JSON what came.

Run as a script: asker.py ADDRESS PORT. Each entry is (asked, ended, first line of the answer), times in
monotonic seconds; what begins with ! is no answer.
"""

import asyncio
import json
import ssl
import sys
import time

EVERY_S = 0.05
PATIENCE_S = 3.0


async def main(address: str, port: int) -> None:
    """Ask until stdin ends."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    told: list[tuple[float, float, str]] = []
    ended = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    under_way: set[asyncio.Task[None]] = set()

    async def ask() -> None:
        at = time.monotonic()
        try:
            async with asyncio.timeout(PATIENCE_S):
                reader, writer = await asyncio.open_connection(address, port, ssl=context)
                writer.write(b"GET /readyz HTTP/1.1\r\nHost: kubernetes\r\nConnection: close\r\n\r\n")
                said = (await reader.readline()).decode().strip()
                writer.transport.abort()
        except (OSError, TimeoutError) as error:
            said = f"! {type(error).__name__}: {error}"
        told.append((at, time.monotonic(), said or "! nothing"))

    while not ended.done():
        under_way.add(task := asyncio.create_task(ask()))
        task.add_done_callback(under_way.discard)
        await asyncio.sleep(EVERY_S)
    if under_way:
        await asyncio.wait(under_way)
    print(json.dumps(told))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
