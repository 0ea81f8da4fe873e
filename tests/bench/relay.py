"""A relay on loopback that delays: half the round trip on each way, and a whole one before a connection is there.

relay.py LISTEN_PORT TARGET_PORT ROUND_TRIP_S
"""

import asyncio
import sys

_PIECE_BYTES = 256 * 1024


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay_s: float) -> None:
    """Pass on what comes, each piece ``delay_s`` after it came."""
    loop = asyncio.get_running_loop()
    pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(maxsize=256)

    async def pass_on() -> None:
        while True:
            due, piece = await pieces.get()
            await asyncio.sleep(max(0.0, due - loop.time()))
            if not piece:
                writer.close()
                return
            writer.write(piece)
            await writer.drain()

    passing = asyncio.create_task(pass_on())
    try:
        while piece := await reader.read(_PIECE_BYTES):
            await pieces.put((loop.time() + delay_s, piece))
        await pieces.put((loop.time() + delay_s, b""))
        await passing
    except (ConnectionError, asyncio.CancelledError):
        passing.cancel()
        writer.close()


async def main(listen: int, target: int, round_trip_s: float) -> None:
    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(round_trip_s)  # the handshake of TCP
        back_reader, back_writer = await asyncio.open_connection("127.0.0.1", target)
        half = round_trip_s / 2
        await asyncio.gather(pump(reader, back_writer, half), pump(back_reader, writer, half))

    server = await asyncio.start_server(accept, "127.0.0.1", listen)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
