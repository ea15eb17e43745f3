"""An end of the link that sends every message back: for tests of the link on a board or in the Unix port.

`micropython link_echo.py PORT NONCE` runs it on a serial port until that hangs up.
"""

import asyncio
import sys
import time

from sealwire.link import Got, Link
from sealwire.messages import Hello


class Echo:
    """Sends back what comes, in its order.

    Attributes:
        link: This end.
        back: Messages that wait for their turn.
    """

    def __init__(self, nonce: int, now: int) -> None:
        self.link = Link(Hello("echo", "1.0.0", sys.platform), nonce, now)
        self.back = []

    def turn(self, data: bytes, now: int) -> bytes:
        """Take what has come; gives what is to be sent."""
        for event in self.link.receive(data, now):
            if isinstance(event, Got):
                self.back.append(event.message)
        while self.back and self.link.can_send:
            self.link.send(self.back.pop(0), now)
        return self.link.poll(now)[0]


async def serve(port, nonce: int) -> None:
    """Be an end on a serial port whose reads give what is there, until it hangs up."""
    stream = asyncio.StreamReader(port)
    echo = Echo(nonce, time.ticks_ms())
    data = b""
    while True:
        out = echo.turn(data, time.ticks_ms())
        if out:
            stream.write(out)
            await stream.drain()
        try:
            data = await asyncio.wait_for_ms(stream.read(256), max(1, echo.link.wait_ms(time.ticks_ms())))
        except asyncio.TimeoutError:  # noqa: UP041 - MicroPython has no other name for it
            data = b""
        else:
            if not data:
                return


if __name__ == "__main__":
    with open(sys.argv[1], "r+b") as opened:
        asyncio.run(serve(opened, int(sys.argv[2])))
