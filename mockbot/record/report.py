"""What the proxy says of an exchange in its log, and of a recording at its end."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from mockbot.journal.entry import Chunk, Entry
from mockbot.journal.secrets import Secrets
from mockbot.profile import Profile
from mockbot.record.exchange import Exchange, Tape
from mockbot.record.recording import Recording
from mockbot.settings import Settings
from mockbot.wording import printable
from mockbot.world.blueprint import Blueprint

MOST_LINES = 40
"""Lines of one list in the report."""


def entry_of(exchange: Exchange, blueprint: Blueprint) -> Entry:
    """Return an exchange as the log shows it, with keys masked."""
    secrets = Secrets((), exchange.credentials, blueprint.key_pattern, blueprint.carriers)
    entry = Entry(
        f"e{exchange.number}",
        "record",
        exchange.began,
        secrets.text(exchange.method),
        secrets.text(exchange.path),
        secrets.query(exchange.query),
        secrets.headers(exchange.headers),
    )
    entry.operation, entry.seconds = exchange.operation, exchange.seconds
    entry.status = exchange.refused or exchange.status
    entry.chunks = [Chunk(piece.at, b"") for piece in exchange.pieces]
    entry.response_size = sum(len(piece.data) for piece in exchange.pieces)
    entry.violations, entry.defects = secrets.violations(exchange.violations), secrets.violations(exchange.defects)
    match exchange.ended:
        case "complete":
            entry.ended = "complete"
        case "client left":
            entry.ended = "client left"
        case _:
            entry.ended, entry.why = "cut", secrets.text(exchange.why)
    return entry


def summary(recording: Recording, tape: Tape, files: Sequence[Path], command: str) -> str:
    """Return what was written, what differs from the document, and how to play it, as a terminal may show it."""
    lines = [f"{tape.seen} exchanges, {len(recording.scripts)} script files"]
    if tape.left_out:
        lines.append(f"{tape.left_out} exchanges were left out: the memory for a recording was full")
    for title, found in (
        ("drift: the document does not have this, or says otherwise", [str(each) for each in recording.drift]),
        ("not in the scripts", recording.left_out),
        ("played in another way", recording.unlike),
    ):
        if found:
            lines += [f"{title} ({len(found)}):", *(f"  {printable(line)}" for line in found[:MOST_LINES])]
            lines += [f"  and {len(found) - MOST_LINES} more"] if len(found) > MOST_LINES else []
    if not recording.drift:
        lines.append("drift: none")
    folder = files[0].parent
    scripts = f" and {len(files) - 1} in {folder / 'scripts'}" if len(files) > 1 else ""
    return "\n".join([*lines, printable(f"written: {files[0]}{scripts}"), printable(f"play it: {command}")])


def play_command(fixture: Path, settings: Settings, profile: Profile, recording: Recording) -> str:
    """Return the command line that serves a recording."""
    words = ["mockbot", "serve", "--fixture", str(fixture)]
    if settings.spec is not None:
        words += ["--spec", settings.spec]
    if settings.astrbot is not None:
        words += ["--astrbot", profile.version if settings.spec is None else settings.astrbot]
    if recording.violating:
        words += ["--contract", "observe"]
    return shlex.join(words)
