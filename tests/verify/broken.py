"""Deliberately broken copies of mockbot: ASGI applications that change responses on their way out."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from mockbot.app import create_app
from mockbot.astrbot.v4_19_4 import profile as v4_19_4
from mockbot.contract.contract import Contract
from mockbot.profile import Profile
from mockbot.settings import Settings
from mockbot.verify import CheckFinding, CheckReport, check
from mockbot.world.clock import FrozenClock


@dataclass(frozen=True)
class Whole:
    """A complete response."""

    path: str
    status: int
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def frames(self) -> list[bytes]:
        return self.body.split(b"\n\n")[:-1] if self.body.startswith(b"data: ") else []

    def with_json(self, value: Any) -> "Whole":
        return replace(self, body=json.dumps(value).encode())

    def with_frames(self, frames: list[bytes]) -> "Whole":
        return replace(self, body=b"".join(frame + b"\n\n" for frame in frames))


Bend = Callable[[Whole], Whole]


def part_of_the_contract(*paths: str) -> Profile:
    """Return AstrBot's profile with only these paths, which is quicker to check, without links to others."""
    profile = v4_19_4.profile()
    whole = profile.document
    effective = json.loads(json.dumps(whole.effective))
    effective["paths"] = {path: effective["paths"][path] for path in paths}
    ids = {operation["operationId"] for path in effective["paths"].values() for operation in path.values()}
    for path in effective["paths"].values():
        for operation in path.values():
            for response in operation["responses"].values():
                links = response.get("links", {})
                response["links"] = {name: link for name, link in links.items() if link["operationId"] in ids}
    contract = Contract.of(replace(whole, effective=effective), profile.chat, profile.contract.rules)
    return replace(profile, contract=contract)


class Bent:
    """mockbot with every response changed by `bend`."""

    base_path = ""
    server_header = "hypercorn-h11"

    def __init__(self, bend: Bend, settings: Settings | None = None) -> None:
        chosen = settings or Settings(pace_ms=0)
        self.app = create_app(chosen, clock=FrozenClock(), log=lambda _: None)
        self.bend, self.key, self.close = bend, self.app.key, self.app.close

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        messages: list[Any] = []

        async def take(message: Any) -> None:
            messages.append(message)

        await self.app(scope, receive, take)
        start, body = messages[0], b"".join(message.get("body", b"") for message in messages[1:])
        whole = self.bend(Whole(scope["path"], start["status"], body))
        headers = [header for header in start["headers"] if header[0] != b"content-length"]
        await send({"type": "http.response.start", "status": whole.status, "headers": headers})
        await send({"type": "http.response.body", "body": whole.body})


def check_bent(bend: Bend, *paths: str, settings: Settings | None = None, **options: Any) -> CheckReport:
    """Check mockbot with every response changed by `bend`; with `paths`, only these."""
    if paths:
        options["profile"] = part_of_the_contract(*paths)
    app = Bent(bend, settings)
    return check(app=app, key=app.key, max_examples=3, seed=1, **options)


def named(findings: tuple[CheckFinding, ...]) -> set[tuple[str, str]]:
    return {(finding.operation, finding.check) for finding in findings}
