"""The settings of a server, and the limits of its memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

ContractMode = Literal["enforce", "observe"]
LogStyle = Literal["text", "json"]
Unhandled = Literal["example", "problem"]
FETCH_SECONDS = 10.0
"""The usual limit for a document from a URL."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one server; use `dataclasses.replace` to change some of them."""

    host: str = "127.0.0.1"
    """The address to listen on; by default the server is not reachable from other machines."""
    port: int = 6185
    """The port, by default the same as AstrBot's; 0 chooses a free one."""
    fixture: str = "default"
    """The name of a shipped fixture or the path of a fixture file."""
    scripts: Path | None = None
    """A script file or a directory of script files, whose scripts come before those of the fixture."""
    behaviour: Path | None = None
    """A behaviour file: a script that comes before all others, and faults of all responses."""
    contract: ContractMode = "enforce"
    """The response to a request that violates the contract: 400 (`enforce`), or what AstrBot answers (`observe`)."""
    astrbot: str | None = None
    """The version of AstrBot to imitate; None means 4.19.4, or no AstrBot if `spec` is given."""
    spec: str | None = None
    """An OpenAPI 3.0, 3.1 or 3.2 document, a file or URL, to serve instead of AstrBot's."""
    strict_spec: bool = False
    """Whether mistakes in the document that do not matter to serving it are errors instead of warnings."""
    timeout: float = FETCH_SECONDS
    """Seconds that the document may take from a URL, from the connection to its last byte, redirects included."""
    unhandled: Unhandled = "example"
    """The response of an operation without a handler: an example from the document, or 501."""
    stateful: bool = False
    """Whether operations on collections of the document, such as `/pets` and `/pets/{id}`, keep state."""
    pace_ms: float | None = None
    """Milliseconds between two frames of a stream; None for those of the imitated server (AstrBot 4.19.4: 50)."""
    seed: int = 0
    """The seed of ids: the same seed and the same requests give the same ids."""
    strict_scripts: bool = False
    """Whether a chat message that no script matches is an error instead of an echo."""
    ready_file: Path | None = None
    """A file to write when the server is ready for requests: `{"base_url", "pid", "key"}`."""
    log: LogStyle = "text"
    """Lines of text, or one JSON object a line."""
    watch: bool = False
    """Whether files that the server was started from are read again when they change."""
    verbose: bool = False
    """Whether the log shows the bodies of requests and responses, shortened."""
    report: bool = False
    """Whether to report the mistakes of clients at the end, and to exit with 1 if there are errors."""
    cors: tuple[str, ...] | None = None
    """Origins from which browsers can call; None means the default of `origins`."""

    max_body: int = 128 * 1024 * 1024
    """Bytes of a request body; AstrBot has the same limit (BEHAVIOUR.md section 1)."""
    max_json: int = 4 * 1024 * 1024
    """Bytes of a JSON body or an urlencoded form. AstrBot has no separate limit; nor has it one for values and fields,
    of which contract/amounts.py allows as many as do not block the server."""
    control_token: str = field(default="", repr=False)
    """The token that the control API requires; without one, only clients on this machine can call it."""
    max_worlds: int = 1000
    """Worlds of one server besides the default one; the least recently used is removed first."""
    max_size: int = 2 * 1024 * 1024 * 1024
    """Bytes of all worlds together; the least recently used is removed first."""
    max_journal_entries: int = 10_000
    """Entries in the journal of one world; the oldest are removed first."""
    max_journal_bytes: int = 64 * 1024 * 1024
    """Bytes of the journal of one world, with all that its entries hold; the oldest are removed first."""
    max_sessions: int = 10_000
    """Chat sessions of one world."""
    max_history: int = 10_000
    """Messages in all sessions of one world together."""
    max_attachments: int = 1000
    """Uploaded files of one world."""
    max_attachment_bytes: int = 256 * 1024 * 1024
    """Bytes of all uploaded files of one world together."""
    max_rows: int = 10_000
    """Rows in all collections of one world together; the oldest are removed first."""
    max_row_bytes: int = 64 * 1024 * 1024
    """Bytes of all rows of one world together; the oldest are removed first."""
    max_scripts: int = 1000
    """Scripts of one world; also the limit for its named states. They have at most 64 MiB each."""
    max_streams: int = 1000
    """Chats in progress in one world at the same time. At most 100 of them, with at most 64 MiB, go on without their
    client; the oldest of these are ended first, also when a new chat needs the place."""

    @property
    def origins(self) -> tuple[str, ...]:
        """Return the origins from which browsers can call: `cors`, else all, or none in `observe`, as in AstrBot."""
        if self.cors is not None:
            return self.cors
        return ("*",) if self.contract == "enforce" else ()
