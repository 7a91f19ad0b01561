"""What `mockbot serve` can be told, and the bounds that keep its memory finite."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

ContractMode = Literal["enforce", "observe"]
LogStyle = Literal["text", "json"]
Unhandled = Literal["example", "problem"]


@dataclass(frozen=True, slots=True)
class Settings:
    """One server's settings; a test changes single ones with `dataclasses.replace`."""

    host: str = "127.0.0.1"
    """The address to listen on; a test tool has no business on the network unless told so."""
    port: int = 6185
    """The port, AstrBot's own by default; 0 takes a free one."""
    fixture: str = "default"
    """The name of a shipped fixture or the path of a fixture file."""
    scripts: Path | None = None
    """A script file, or a directory of them, read in addition to the fixture's scripts."""
    contract: ContractMode = "enforce"
    """What happens to a request that breaks the contract: 400, or what AstrBot 4.19.4 answers."""
    astrbot: str | None = None
    """The version of AstrBot to imitate; None: 4.19.4, or none at all when `spec` is given."""
    spec: str | None = None
    """An OpenAPI 3.0, 3.1 or 3.2 document, file or URL, to serve instead of AstrBot's own."""
    strict_spec: bool = False
    """Whether mistakes in that document which do not matter to serving it are errors instead of warnings."""
    unhandled: Unhandled = "example"
    """What an operation without behaviour answers: an example, or 501."""
    pace_ms: float = 50.0
    """Milliseconds between two frames of a stream (BEHAVIOUR.md section 8.6); 0 sends at once."""
    seed: int = 0
    """Where ids come from: the same seed and the same requests give the same ids."""
    strict_scripts: bool = False
    """Whether a chat that no script expects is an error instead of an echo."""
    ready_file: Path | None = None
    """Where to say that the first request can be answered: `{"base_url", "pid", "key"}`."""
    log: LogStyle = "text"
    """Lines for people, or one JSON object a line."""
    report: bool = False
    """Whether to tell at the end what clients got wrong, and to exit 1 when that is an error."""
    cors: tuple[str, ...] | None = None
    """Origins that browsers may call from; None leaves it to `origins`."""

    max_body: int = 128 * 1024 * 1024
    """Bytes of a request's body, AstrBot's own limit (BEHAVIOUR.md section 1)."""
    max_json: int = 4 * 1024 * 1024
    """Bytes of a JSON body. AstrBot takes as many as of any other; judging millions of parts would block the server."""
    control_token: str = field(default="", repr=False)
    """What the control API's callers must show; without it only those on this machine may call."""
    max_worlds: int = 1000
    """Worlds on one server beside the default one; the longest unused makes room."""
    max_size: int = 2 * 1024 * 1024 * 1024
    """Bytes that all worlds keep together before the longest unused make room."""
    max_journal_entries: int = 10_000
    """Exchanges that one world's journal keeps; the oldest go first."""
    max_journal_bytes: int = 64 * 1024 * 1024
    """Bytes of bodies that one world's journal keeps; the oldest go first."""
    max_sessions: int = 10_000
    """Chat sessions of one world."""
    max_history: int = 10_000
    """Messages that all sessions of one world remember together."""
    max_attachments: int = 1000
    """Uploaded files of one world."""
    max_attachment_bytes: int = 256 * 1024 * 1024
    """Bytes of all uploaded files of one world together."""
    max_scripts: int = 1000
    """Scripts that one world can hold, and states."""
    max_streams: int = 1000
    """Chats that one world answers at the same time."""

    @property
    def origins(self) -> tuple[str, ...]:
        """Return who may call from a browser: as told, else everybody, but nobody in `observe`, as AstrBot has it."""
        if self.cors is not None:
            return self.cors
        return ("*",) if self.contract == "enforce" else ()
