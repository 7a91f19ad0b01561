"""Scenario files: their format, and how a case is read, played and written back.

A file is text. The text before the first case describes the file. A case begins with a line `##### title` and has
these sections, each of which begins with a line of its own:

    --- config      optional, once: YAML. Names of `Settings` are settings (`fixture`, `strict_scripts` ...); everything
                    else is a list of a fixture (`scripts`, `configs`, `keys` ...) that replaces the list in `fixture`.
                    Without `cors` there are no CORS headers. With `contract: observe` the case is played in that mode
                    only, otherwise in both.
    --- request     a method and a target, header lines, a blank line, the body. In a multipart body, line ends become
                    CRLF. A line `@body b'...'` instead of the body is a bytes literal of Python. A line
                    `@world {advance: 61}` before the method advances the clock by that many seconds first.
    --- answer      the expected response to the request above, in both modes: status, all headers in order (without
                    content-length, which is checked separately, and x-mockbot-entry), a blank line, the body with its
                    last line end; a last line `\\` removes that line end. Each frame of a stream must be one chunk.
    --- observe     the expected response in that mode only.
    --- enforce     the expected response in that mode only.

Requests and responses alternate, and all requests of a case go to one world. Ids come from a seed, and the clock is
frozen at 2026-01-01T00:00:00+00:00 (a `wait` in a script advances it), so that responses can contain both.

To write a case, write config and requests, then run `python -m tests.scenario`, which adds the missing responses; with
`--anew` it replaces all of them. The result is only what mockbot does: compare each response, or each change that
version control shows, with AstrBot's behaviour before you keep it.
"""

import ast
import asyncio
import re
import sys
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml

from mockbot.settings import Settings
from tests.conftest import Client, Reply, fixture_of, make_client

MODES = ("observe", "enforce")
SETTINGS = {item.name for item in fields(Settings)} - {"scripts"}
UNWRITTEN = ("content-length", "x-mockbot-entry")


@dataclass
class Step:
    """A request and its expected responses, as written."""

    request: str
    answers: dict[str, str] = field(default_factory=dict)

    def expected(self, mode: str) -> str | None:
        return self.answers.get(mode, self.answers.get("answer"))


@dataclass
class Case:
    """One case of a file."""

    title: str
    config: dict[str, Any]
    config_text: str | None
    steps: list[Step]

    @property
    def modes(self) -> tuple[str, ...]:
        return (self.config["contract"],) if "contract" in self.config else MODES

    def client(self, mode: str) -> Client:
        settings = {name: value for name, value in self.config.items() if name in SETTINGS}
        rows = {name: value for name, value in self.config.items() if name not in SETTINGS}
        return make_client(
            fixture_of(settings.pop("fixture", "default"), **rows), **{"cors": ()} | settings | {"contract": mode}
        )


def read(path: Path) -> tuple[str, list[Case]]:
    """Return the text before the first case, and the cases."""
    head, *texts = re.split(r"^##### ", path.read_text("utf-8"), flags=re.MULTILINE)
    return head, [_case(text, path) for text in texts]


def _case(text: str, path: Path) -> Case:
    title, _, rest = text.partition("\n")
    case = Case(title, {}, None, [])
    pieces = re.split(r"^--- (\w+)\n", rest, flags=re.MULTILINE)
    assert not pieces[0].strip(), f"{path}: {title}: text before the first section"
    for kind, section in zip(pieces[1::2], pieces[2::2], strict=True):
        # blank lines before the next case are not part of this one
        if kind == "config":
            case.config, case.config_text = yaml.safe_load(section), section
        elif kind == "request":
            case.steps.append(Step(section))
        else:
            assert kind in ("answer", *MODES), f"{path}: {title}: no such section: {kind}"
            case.steps[-1].answers[kind] = section
    return case


async def play(client: Client, request: str) -> str:
    """Send a request as written and return its response in the same format."""
    head, _, body = request.partition("\n\n")
    lines = head.strip("\n").split("\n")
    while lines[0].startswith("@world "):
        client.clock.advance(yaml.safe_load(lines.pop(0).removeprefix("@world "))["advance"])
    method, _, target = lines[0].partition(" ")
    headers = [tuple(re.split(": ?", line, maxsplit=1)) for line in lines[1:]]
    data = body.removesuffix("\n").encode()
    if body.startswith("@body "):
        data = ast.literal_eval(body.removeprefix("@body ").strip())
    elif any(name.lower() == "content-type" and value.startswith("multipart/") for name, value in headers):
        data = data.replace(b"\n", b"\r\n")
    return write_reply(await client.request(method, target, data, headers=headers), method)


def write_reply(reply: Reply, method: str) -> str:
    """Return a response in the format of scenario files."""
    stream = reply.header("content-type") == "text/event-stream"
    if stream:
        for chunk in reply.chunks:
            assert chunk.endswith(b"\n\n"), f"not a whole frame: {chunk!r}"
            assert chunk.count(b"\n\n") == 1, f"not one frame: {chunk!r}"
    elif method != "HEAD":
        assert reply.header("content-length") == str(len(reply.body))
    lines = [str(reply.status), *(f"{name}: {value}" for name, value in reply.headers if name not in UNWRITTEN)]
    text = "\n".join(lines) + "\n\n" + reply.body.decode()
    if not reply.whole:
        return f"{text}@cut\n"
    return text if text.endswith("\n") else f"{text}\n\\\n"


def written(head: str, cases: list[Case]) -> str:
    """Return the text of a file."""
    text = head
    for case in cases:
        text += f"##### {case.title}\n"
        if case.config_text is not None:
            text += f"--- config\n{case.config_text}"
        for step in case.steps:
            text += f"--- request\n{step.request}"
            text += "".join(f"--- {kind}\n{answer}" for kind, answer in step.answers.items())
    return text


async def complete(case: Case) -> None:
    """Add the missing responses of a case."""
    given = [dict(step.answers) for step in case.steps]
    for mode in case.modes:
        client = case.client(mode)
        for step, answers in zip(case.steps, given, strict=True):
            got = await play(client, step.request)
            if "answer" not in answers and mode not in answers:
                step.answers[mode] = got
    for step in case.steps:
        texts = [step.answers.get(mode) for mode in case.modes]
        if None not in texts and len(set(texts)) == 1:
            step.answers = {"answer": texts[0] or ""}


if __name__ == "__main__":
    for file in sorted(Path(__file__).with_name("scenarios").glob("*.txt")):
        title, cases = read(file)
        for case in cases:
            if "--anew" in sys.argv:
                case.steps = [Step(step.request) for step in case.steps]
            asyncio.run(complete(case))
        file.write_text(written(title, cases), "utf-8")
