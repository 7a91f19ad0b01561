"""The planted bugs: a table of the clients in this folder, each with one bug of one class."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

HERE = Path(__file__).parent
PYTHON = ("-S", "-E")
"""Options for a quick start."""
RIGHT = {"python": "correct.py", "node": "correct.mjs", "pager": "pager.py"}
FILES = {"python": "planted.py", "node": "planted.mjs", "pager": "pager.py"}

Language = Literal["python", "node", "pager"]


@dataclass(frozen=True, slots=True)
class Planted:
    """A client with one bug."""

    name: str
    """Such as `python-bom`."""
    language: Language
    """Also the kind of client: a `pager`, which is written in Python, pages through sessions, others read a chat."""
    argv: tuple[str, ...]
    bug_class: str
    """Such as `A7`."""
    sentence: str


def argv(language: Language, python: str, file: str, *arguments: str) -> tuple[str, ...]:
    """Return a command that starts a client quickly."""
    runs = ("node",) if language == "node" else (python, *PYTHON)
    return (*runs, str(HERE / file), *arguments)


def right(language: Language, python: str) -> tuple[str, ...]:
    """Return the command of a client without a bug."""
    return argv(language, python, RIGHT[language])


def planted(python: str) -> tuple[Planted, ...]:
    """Return the clients with a bug; `python` is the interpreter that starts them."""
    rows = [tuple(line.split(None, 3)) for line in TABLE.strip().splitlines()]
    languages: dict[str, Language] = {"python": "python", "node": "node", "pager": "pager"}
    return tuple(
        Planted(f"{kind}-{name}", language, argv(language, python, FILES[language], name), bug_class, sentence)
        for bug_class, kind, name, sentence in rows
        for language in [languages[kind]]
    )


TABLE = """
A1  python chunk-decode       Decodes each chunk by itself.
A2  python latin1             Takes Latin-1 for the encoding if the media type has no charset.
A3  python only-lf            Takes only LF for the end of a line.
A4  python no-cr              Does not take CR alone for the end of a line.
A5  python split-crlf         Forgets a CR at the end of a chunk if LF begins the next.
A6  python first-line-end     Takes the first line end of the stream for that of all lines.
A7  python bom                Keeps the byte order mark.
A8  python comment-events     Reports an empty event for a comment.
A9  python empty-data         Parses empty data as JSON.
A10 python metadata-events    Reports an empty event for a block without data.
A11 python last-data-line     Keeps only the last data line of an event.
A12 python space-required     Ignores a field without a space after the colon.
A13 python stripped           Removes all spaces around a value.
A14 python colon-required     Ignores a field without a colon.
A15 python split-lines        Ends lines wherever `str.splitlines` does.
A16 python lookalike          Looks for the last `data: ` in a line.
A17 python line-limit         Refuses a line of more than 64 KiB.
A18 python one-a-chunk        Reads one event of each chunk.
A19 python no-names           Ignores events with a name.
A20 python retry-number       Fails with a `retry` that is no number.
A21 python retry-storm        Sends the message again as soon as `retry` says when the stream is cut.
A22 python nul-id             Keeps an id with NUL.
A23 python id-number          Fails with an id that is no number.
A24 python exact-media-type   Compares the media type letter by letter, with its parameters.
A25 python strict-utf8        Dies of a byte that is not UTF-8.
B2  python no-end             Takes any clean end of the stream for the end of the reply.
B3  python waits-for-close    Waits for the end of the connection for ever.
B4  python nothing-after-end  Fails with an event after `end`.
B5  python error-code         Expects a code in an event of type `error`.
B6  python null-code          Expects that the code of an error is not null.
B7  python known-types        Fails with an event of an unknown type.
B8  python first-character    Expects that a text is not empty.
B9  python sends-again        Sends the message again when the stream is cut.
B10 python reconnects-empty   Sends the message again and again if a stream has no event.
B11 python retries404         Sends the message again and again after 404 and 204.
B13 python half-an-event      Waits for the rest of an event for ever.
B14 python impatient          Gives up after a quarter of a second of silence.
C1  python cut-is-end         Takes a cut in the middle of the chunks for the end of the reply.
C2  python closed-is-end      Takes a cut for the end of the reply if the server has announced to close.
C3  python reset-is-end       Takes a reset for the end of the reply.
C4  python short-is-end       Takes a body that is too short for the whole reply.
C5  python long-dies          Dies of bytes after the response.
C8  python total-time         Gives up a response that takes more than 0.4 seconds in all.
C9  python no-timeout         Waits for the response for ever.
C10 python no-gzip            Reads a compressed stream as it is.
C11 python page-is-reply      Takes an HTML page with status 200 for an empty reply.
C12 python envelope-is-reply  Takes JSON with status 200 for an empty reply.
C13 python retry-after-number Sends the message again at once if Retry-After is no number.
C14 python nothing-is-reply   Takes a response without content for an empty reply, whatever its status is.
C15 python redirect-twice     Sends the message twice to the place of a redirect.
C17 python interim-is-final   Takes 103 for the status of the response.
C18 python status-in-json     Looks for the status of a failure only in the JSON.
C19 python bad-chunk-is-end   Takes an illegal chunk header for the end of the reply.
C20 python one-line-a-header  Fails with a repeated header.
D1  python null-dies          Dies of a text that is null.
D2  python data-required      Expects `data` in each event.
D3  python known-keys         Fails with an unknown property.
D4  python type-waits         Waits for ever for a handler of an unknown type.
D5  python floats             Reads integers as floating-point numbers.
D7  python surrogate-dies     Dies of text that cannot be encoded as UTF-8.
D8  python text-expected      Dies of an object in place of a text.
A1  node   chunk-decode       Decodes each chunk by itself.
A3  node   only-lf            Takes only LF for the end of a line.
A4  node   no-cr              Does not take CR alone for the end of a line.
A5  node   lf-after-cr        Keeps an LF that begins a chunk, though CR has ended the line.
A7  node   keeps-bom          Keeps the byte order mark.
A8  node   comment-events     Reports an empty event for a comment.
A9  node   empty-data         Parses empty data as JSON.
A10 node   metadata-events    Reports an empty event for a block without data.
A11 node   joined-lines       Joins data lines without line feeds.
A12 node   space-required     Ignores a field without a space after the colon.
A13 node   trimmed            Removes all spaces around a value.
A14 node   colon-required     Ignores a field without a colon.
A15 node   line-separator     Ends lines at U+2028 and U+2029.
A16 node   lookalike          Looks for the last `data: ` in a line.
A17 node   buffer-limit       Refuses a line of more than 1 MiB.
A18 node   chunk-is-event     Takes each chunk for a whole event.
A24 node   exact-media-type   Compares the media type letter by letter, with its parameters.
B2  node   no-end             Takes any clean end of the stream for the end of the reply.
B3  node   waits-for-close    Waits for the end of the connection for ever.
B5  node   error-throws       Expects a message in an event of type `error`.
B9  node   sends-again        Sends the message again when the stream is cut.
B10 node   reconnects-empty   Sends the message again and again if a stream has no event.
B13 node   half-an-event      Waits for the rest of an event for ever.
C1  node   cut-is-end         Takes a cut for the end of the reply.
C2  node   fetch-close        Takes a cut for the end of the reply if the server has announced to close.
C9  node   no-timeout         Waits for the response for ever.
C10 node   no-gzip            Reads a compressed stream as it is.
C12 node   body-is-reply      Takes JSON with status 200 for an empty reply.
D1  node   null-dies          Dies of a text that is null.
D2  node   data-required      Expects `data` in each event.
D5  node   doubles            Reads integers as floating-point numbers.
C6  pager  half-json          Takes a page that is not JSON for the last page.
D6  pager  strict-date        Expects a date and time without a fraction, and a capital Z.
D9  pager  until-total        Asks for pages until it has as many sessions as the total says.
D9  pager  last-row           Expects a session on each page.
"""
