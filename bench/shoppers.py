"""Shoppers with a payment page open, each on a connection of their own, and how long they wait for the answers.

Each asks at moments fixed beforehand, and the wait counts from that moment: whoever asks late because the last answer
was late has waited all the same.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

INTERVAL = 2.0
LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)


def p99(address: str, paths: Sequence[str], headers: Mapping[str, str], rounds: int = 4) -> float:
    """What 99 of 100 answers did not take longer than, in seconds, with a shopper for each path."""
    waits = sorted(asyncio.run(_waits(address, paths, headers, rounds)))
    return waits[len(waits) * 99 // 100]


async def _waits(address: str, paths: Sequence[str], headers: Mapping[str, str], rounds: int) -> list[float]:
    host = urlsplit(address)
    requests = [_request(path, {"Host": host.netloc, **headers}) for path in paths]
    connections = [await asyncio.open_connection(host.hostname, host.port) for _ in requests]
    begins = asyncio.get_running_loop().time() + 0.5
    shoppers = [
        _shopper(reader, writer, request, begins + INTERVAL * number / len(requests), rounds)
        for number, ((reader, writer), request) in enumerate(zip(connections, requests, strict=True))
    ]
    waits = [wait for each in await asyncio.gather(*shoppers) for wait in each]
    for _, writer in connections:
        writer.close()
    return waits


async def _shopper(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes, begins: float, rounds: int
) -> list[float]:
    now = asyncio.get_running_loop().time
    waits = []
    for turn in range(rounds):
        due = begins + turn * INTERVAL
        await asyncio.sleep(max(0.0, due - now()))
        writer.write(request)
        head, _ = await read_answer(reader)
        assert head.startswith(b"HTTP/1.1 2"), head
        waits.append(now() - due)
    return waits


async def read_answer(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Head and body of the next answer on a connection that stays open."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = LENGTH.search(head)
    return head, await reader.readexactly(int(length[1])) if length else b""


def _request(path: str, headers: Mapping[str, str]) -> bytes:
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode()
