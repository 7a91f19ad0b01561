"""Reports as values, without a client or a server."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mockbot.behaviour import Behaviour
from mockbot.fault.catalogue import Cut
from mockbot.fuzz.report import ClassResult, Finding, FuzzReport
from mockbot.fuzz.sent import Sent
from mockbot.server.tap import Written

HOSTILE = "<script>alert('1')</script>&\"\x00\x1b[31m\u202egnp\ud800\ufffe\u2028\r\n]]>--></style>"
"""Markup, control characters, a bidi override, a lone surrogate and characters that XML does not allow."""
HEAD = b"HTTP/1.1 200 \r\ncontent-type: text/event-stream\r\n\r\n"


def sent(*data: bytes, **fields: Any) -> Sent:
    """Return a response whose writes are ten milliseconds apart."""
    raw = tuple(Written(5 + index / 100, each) for index, each in enumerate(data))
    return replace(Sent("POST", "/api/v1/chat", 200, raw=raw), **fields)


BOM = Finding(
    key="A7/events/-",
    bug_class="A7",
    kind="legal",
    sentence="a byte order mark: as event 1 of 2 the client reported nothing more",
    rule="WHATWG HTML 9.2.5: one leading BOM is dropped",
    behaviour=Behaviour(faults=(Cut(),), bug_class="A7"),
    sent=(sent(HEAD, b"\xef\xbb\xbfdata: Gr\xc3", b"\xbc\xc3\x9fe\n\n"),),
    did="as event 1 of 2 the client reported nothing more",
    should="report 'Hello', because the response is legal",
)
STALE = replace(
    BOM,
    key="A3/events/-",
    bug_class="A3",
    state="stale",
    should="have no entry in the file of known failures: remove this one",
)
CLASSES = (
    ClassResult("A1", "lines that end with LF", "legal", applies=True, met=2, failed=False),
    ClassResult("A3", "lines that end with CRLF", "legal", applies=True, met=1, failed=False),
    ClassResult("A7", "a byte order mark", "legal", applies=True, met=1, failed=True),
    ClassResult("B2", "a clean end without the last event", "violation", applies=True, met=0, failed=False),
    ClassResult("D1", "a list that ends with an empty page", "legal", applies=False, met=0, failed=False),
)
REPORT = FuzzReport(client="python chat.py", seed=3, cases=40, findings=(BOM,), classes=CLASSES)
RIGHT = FuzzReport(
    client="node chat.mjs",
    seed=3,
    cases=39,
    findings=(),
    classes=tuple(replace(each, failed=False) for each in CLASSES[:4]),
)
ABSENT = FuzzReport(
    client="java Chat", seed=3, cases=0, findings=(), classes=(), problem="java: cannot be run: No such file"
)


def hostile() -> FuzzReport:
    """Return a report with hostile text in every field that a client, a server or a file can fill."""
    text = HOSTILE
    finding = replace(
        BOM,
        key=text,
        bug_class=text,
        sentence=text,
        rule=text,
        behaviour=replace(BOM.behaviour, bug_class=text, operation=text),
        sent=(sent(text.encode("utf-8", "surrogatepass"), method=text, path=text), sent()),
        did=text,
        should=text,
        reason=text,
    )
    found = (finding, replace(finding, state="known"), replace(finding, state="stale"))
    one = ClassResult(text, text, "legal", applies=True, met=1, failed=True)
    return FuzzReport(text, 0, 1, found, (one,), (text,), (text,), "", f"-- {text}", text)
