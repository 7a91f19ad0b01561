"""The load of the soak: clients that are quick, slow, broken and impatient, in hundreds of worlds."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

WORLDS = 150
"""More than the server keeps, so that worlds come and go."""
FAULTS = ["cut", "delay", "status", "truncate", "reset", "no_blank_line", "byte_order_mark", "silence", "invalid_json"]
FAULTY = (503,)
"""What the fault `status` answers to a chat."""
SECONDS = 30.0
"""Limit for one exchange."""
STATUS = re.compile(rb"HTTP/1\.1 (\d{3})")


@dataclass
class Load:
    """Clients of one server, and what they have seen."""

    port: int
    random: Random
    seen: Counter[str] = field(default_factory=Counter)
    """How many exchanges of each kind there were."""
    wrong: list[str] = field(default_factory=list)
    """What must not happen: a response of another world, a 5xx that no fault made."""
    stopped: bool = False

    async def run(self, clients: int, streams: int) -> None:
        """Work until `stopped`: that many clients with mixed requests, and that many with streams."""
        kinds = [self.plain] * 8 + [self.upload] * 2 + [self.broken] * 2
        kinds += [self.fault, self.churn, self.slow_sender, self.snapshot]
        async with asyncio.TaskGroup() as group:
            for _ in range(clients):
                group.create_task(self._repeat(lambda: self.random.choice(kinds)()))
            for _ in range(streams):
                group.create_task(self._repeat(self.stream))
            group.create_task(self._repeat(self.reload, 2.0))

    async def _repeat(self, work: Callable[[], Awaitable[None]], pause: float = 0.01) -> None:
        while not self.stopped:
            with suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
                async with asyncio.timeout(SECONDS):
                    await work()
            await asyncio.sleep(pause * self.random.random() * 2)

    @property
    def world(self) -> str:
        """Return the name of any world."""
        return f"w{self.random.randrange(WORLDS)}"

    async def plain(self) -> None:
        """List, or send a message to a conversation that only this world has, and look at what comes back."""
        world = self.world
        if self.random.random() < 0.5:
            body = {"umo": f"webchat:FriendMessage:webchat!alice!{world}", "message": f"hello from {world}"}
            await self._asked("message", world, "POST", "/api/v1/im/message", body)
            return
        response = await self._asked("list", world, "GET", "/api/v1/chat/sessions?username=alice")
        strangers = set(re.findall(rb"only-(w\d+)", response)) - {world.encode()}
        if strangers:
            self.wrong.append(f"{world} shows sessions of {strangers}")

    async def upload(self) -> None:
        """Upload a file of up to 200 KB."""
        content = bytes(self.random.randrange(200_000))
        head = b'--X\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        body = head + content + b"\r\n--X--\r\n"
        await self._sent("upload", self.world, "POST", "/api/v1/file", body, "multipart/form-data; boundary=X")

    async def broken(self) -> None:
        """Send what violates the contract, or HTTP."""
        raw = self.random.choice(
            [
                b"GET / HTTP/1.1\r\n\r\n",
                b"POST /api/v1/chat HTTP/1.1\r\nHost: x\r\nX-API-Key: abk_demo\r\nContent-Length: 1\r\n\r\n{",
                b"GET /api/v1/im/bots HTTP/1.1\r\nHost: x\r\n\r\n",
                b"\x16\x03\x01",
                b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
                b"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\n",
            ]
        )
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(raw)
            if raw.endswith((b"\r\n\r\n", b"{", b"ff\r\n")):
                self.count("broken", await reader.readuntil(b"\r\n"))
        finally:
            writer.transport.abort()

    async def fault(self) -> None:
        """Arm a fault for the next chat of a world."""
        body = {"fault": {"name": self.random.choice(FAULTS)}, "operation": "POST /api/v1/chat"}
        await self._asked("fault", "", "POST", f"/__mockbot__/worlds/{self.world}/faults", body)

    async def churn(self) -> None:
        """Remove or make a world."""
        method = self.random.choice(["PUT", "DELETE"])
        await self._asked("world", "", method, f"/__mockbot__/worlds/{self.world}", {} if method == "PUT" else None)

    async def snapshot(self) -> None:
        """Read a world and its journal."""
        kind = self.random.choice(["snapshot", "journal", "verdict", "journal.har"])
        await self._asked(kind, "", "GET", f"/__mockbot__/worlds/{self.world}/{kind}")

    async def reload(self) -> None:
        """Read the files of the server again."""
        await self._asked("reload", "", "POST", "/__mockbot__/reload")

    async def slow_sender(self) -> None:
        """Send a body in small pieces, and sometimes not to its end."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(_head(self.world, "POST", "/api/v1/im/message", 50, "application/json"))
            for _ in range(self.random.choice([3, 10])):
                writer.write(b"     ")
                await writer.drain()
                await asyncio.sleep(0.05)
            if self.random.random() < 0.5:
                writer.write(b" " * 50)
                self.count("slow sender", await reader.readuntil(b"\r\n"))
        finally:
            writer.transport.abort()

    async def stream(self) -> None:
        """Chat, and leave at random, read slowly, or read to the end; every frame is of this chat."""
        world, mark = self.world, f"mark{self.random.randrange(10**9)}"
        body = {"username": "alice", "session_id": f"only-{world}-{mark}", "message": f"say {mark} " * 20}
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        how = self.random.choice(["leave", "slow", "end", "end"])
        received = b""
        try:
            data = json.dumps(body).encode()
            writer.write(_head(world, "POST", "/api/v1/chat", len(data), "application/json") + data)
            pieces = self.random.randrange(6) if how == "leave" else 10_000
            for _ in range(pieces):
                piece = await reader.read(16 if how == "slow" else 65_536)
                if not received:
                    self.count("chat", piece, *FAULTY)
                received = (received + piece)[-4000:] if received else piece
                if not piece or received.endswith(b"0\r\n\r\n"):
                    break
                if how == "slow" and len(received) < 200:
                    await asyncio.sleep(0.2)
        finally:
            writer.transport.abort()
        self.seen[f"stream, {how}"] += 1
        if {each for each in re.findall(rb"mark\d+", received) if len(each) > 8} - {mark.encode()} and how == "end":
            self.wrong.append(f"{world} {mark} received {received[-300:]!r}")

    async def _asked(self, kind: str, world: str, method: str, path: str, body: object = None) -> bytes:
        data = b"" if body is None else json.dumps(body).encode()
        return await self._sent(kind, world, method, path, data, "application/json")

    async def _sent(self, kind: str, world: str, method: str, path: str, data: bytes, media_type: str) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(_head(world, method, path, len(data), media_type, close=True) + data)
            response = await reader.read()
        finally:
            writer.transport.abort()
        named = re.search(rb"x-mockbot-world: (\S+)", response)
        if world and named and named[1] != world.encode():
            self.wrong.append(f"{world} was answered by {named[1]!r}")
        self.count(kind, response)
        return response

    def count(self, kind: str, response: bytes, *allowed: int) -> None:
        """Note an exchange by its kind and status; a 5xx that is not `allowed` is wrong."""
        found = STATUS.match(response)
        status = int(found[1]) if found else 0
        self.seen[f"{kind} {status or 'no response'}"] += 1
        if status >= 500 and status not in allowed:
            self.wrong.append(f"{kind}: {response[:300]!r}")


def _head(world: str, method: str, path: str, length: int, media_type: str, *, close: bool = False) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "X-API-Key: abk_demo"]
    lines += [f"X-Mockbot-World: {world}"] if world else []
    lines += [f"Content-Type: {media_type}", f"Content-Length: {length}"] if length else []
    lines += ["Connection: close"] if close else []
    return "\r\n".join([*lines, "", ""]).encode()
