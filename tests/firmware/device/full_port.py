"""Writes to a port whose other end does not read, and says how long the slowest write took and what waits at last."""

import asyncio
import sys
from time import ticks_diff, ticks_ms

from reader.boards.unix import Port


async def read(port: Port) -> None:
    while True:
        await port.read(64)


async def main() -> None:
    port = Port(sys.argv[1])
    reading = asyncio.create_task(read(port))
    await asyncio.sleep_ms(50)
    slowest = 0
    for _ in range(1000):
        begun = ticks_ms()
        port.write(bytes(500))
        slowest = max(slowest, ticks_diff(ticks_ms(), begun))
        await asyncio.sleep_ms(0)
    print(slowest, len(port._out))
    reading.cancel()


asyncio.run(main())
