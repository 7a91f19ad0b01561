"""Notes of the verdict: fields that the contract does not describe, and faults that were never used."""

from collections.abc import Sequence

import pytest

from mockbot.app import create_app
from mockbot.contract.contract import Contract
from mockbot.fault.armed import Faults
from mockbot.fault.catalogue import Cut, Delay
from mockbot.journal.entry import Entry
from mockbot.journal.finding import Finding
from mockbot.journal.notes import LONGEST_BODY, MAX_FIELDS
from mockbot.journal.report import Report
from mockbot.journal.verdict import verdict
from mockbot.settings import Settings
from mockbot.violation import Violation
from mockbot.world.clock import FrozenClock
from tests.conftest import KEY, Client
from tests.journal.sample import HELLO, MINIMUM, chat, exchange

CHAT = "POST /api/v1/chat"
JSON = (("Content-Type", "application/json"),)


@pytest.fixture
def notes(contract: Contract) -> "Notes":
    return Notes(contract)


class Notes:
    """Returns the notes on entries by the contract of AstrBot 4.19.4."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    def __call__(self, *entries: Entry) -> Sequence[Finding]:
        found = verdict(entries, contract=self._contract)
        return [finding for finding in found.findings if finding.severity == "note"]


def asked(began: float = 0.0, **fields: object) -> Entry:
    return chat(began, body=HELLO | fields, headers=JSON)


def test_a_misspelt_field_is_named_with_the_nearest_known_one(notes: Notes) -> None:
    body = {"username": "ada", "sesion_id": "s", "message": "hello"}
    (note,) = notes(chat(1, body=body, headers=JSON))
    assert (note.name, note.severity, note.operation, note.entries) == ("unknown-field", "note", CHAT, ("e1",))
    assert note.sentence == "body /sesion_id: the contract has no such field; did you mean `session_id`?"


def test_a_field_that_is_like_no_other_is_named_alone(notes: Notes) -> None:
    (note,) = notes(asked(zzz=1))
    assert note.sentence == "body /zzz: the contract has no such field"


def test_fields_in_the_parts_of_a_message_and_in_queries(notes: Notes) -> None:
    parts = [{"type": "plain", "text": "hi"}, {"type": "file", "atachment_id": "a"}]
    query = exchange(1, path="/api/v1/chat/sessions", query="username=ada&page_sise=5")
    assert [note.sentence.partition(":")[0] for note in notes(query, asked(2, message=parts))] == [
        "query /page_sise",
        "body /message/1/atachment_id",
    ]


def test_requests_with_known_fields_have_no_notes(notes: Notes) -> None:
    assert notes(asked(), exchange(1, path="/api/v1/chat/sessions", query="username=ada&page=1&page_size=5")) == []


def test_a_name_stays_on_its_line_and_is_cut(notes: Notes) -> None:
    (odd,) = notes(asked(**{"a\nerror: b": 1}))
    assert odd.sentence == r"body /a\nerror: b: the contract has no such field"
    (long,) = notes(asked(**{"z" * 1000: 1}))
    assert len(long.sentence) < 200


def test_keys_in_a_query_are_known(notes: Notes) -> None:
    assert notes(exchange(1, query="api_key=abk_***"), exchange(2, query="key=abk_***")) == []


def test_notes_are_grouped_by_operation_and_place(notes: Notes) -> None:
    first, second = (
        asked(1, zzz=1),
        asked(2, zzz=2, message=[{"type": "plain", "txt": "a"}, {"type": "plain", "txt": "b"}]),
    )
    other = exchange(3, path="/api/v1/im/bots", query="zzz=1")
    assert [(note.operation, note.entries) for note in notes(first, second, other)] == [
        (CHAT, ("e1", "e2")),
        (CHAT, ("e2",)),
        ("GET /api/v1/im/bots", ("e3",)),
    ]


def test_the_number_of_notes_is_bounded(notes: Notes) -> None:
    many = notes(*[asked(number * 100, **{f"z{number}": 1}) for number in range(MAX_FIELDS + 5)])
    assert len(many) == MAX_FIELDS + 1
    assert many[-1].sentence == "further fields that the contract does not have"
    assert len(many[-1].entries) == 5
    assert len(notes(asked(**{f"z{number}": 1 for number in range(1000)}))) == MAX_FIELDS


def test_what_has_no_notes(notes: Notes) -> None:
    refused = Violation("request", "body", "", "additionalProperties", "unexpected: 'zzz'", {})
    unknown = asked(1, zzz=1)
    unknown.operation = None
    reported = asked(2, zzz=1)
    reported.violations = (refused,)
    long = asked(3, zzz="x" * LONGEST_BODY)
    assert [note.name for note in notes(unknown, reported, long)] == []


def test_a_fault_that_was_never_used() -> None:
    faults = Faults(lambda: 0.0)
    faults.arm(Cut(), operation=CHAT)
    faults.arm(Delay(), times=None, skip=2)
    first, second = verdict([], armed=faults.list()).findings
    assert first.as_text() == f"note: fault-unused: {CHAT}: the fault f1 (`cut`) is armed, but no response has had it"
    assert (second.name, second.severity, second.operation, second.entries) == ("fault-unused", "note", None, ())
    assert second.sentence.endswith("but no response has had it; 2 more must come before")


def test_a_fault_that_was_used_or_disarmed() -> None:
    faults = Faults(lambda: 0.0)
    faults.arm(Cut(), times=3)
    faults.arm(Delay(), times=None)
    disarmed = faults.arm(Cut(), operation="GET /api/v1/im/bots")
    faults.take(CHAT)
    faults.disarm(disarmed)
    assert faults.list() != ()
    assert verdict([], armed=faults.list()).findings == ()


def test_notes_come_last_and_fail_nothing(contract: Contract) -> None:
    faults = Faults(lambda: 0.0)
    faults.arm(Cut())
    found = verdict([asked(1, zzz=1)], contract=contract, armed=faults.list())
    assert [finding.name for finding in found.findings] == ["unknown-field", "fault-unused"]
    assert not found.failed
    assert found.as_text().startswith("1 exchange: 2 notes\n  note: unknown-field: ")
    assert found.as_json()["count"] == {"error": 0, "warning": 0, "note": 2}
    report = Report()
    report.add("w", found)
    assert not report.failed
    assert "note: fault-unused: " in report.as_text()
    worse = verdict([asked(1, zzz=1), exchange(2, violations=(MINIMUM,))], contract=contract).findings
    assert [finding.severity for finding in worse] == ["error", "note"]


@pytest.mark.anyio
async def test_the_notes_on_a_running_application(client: Client) -> None:
    client.world.faults.arm(Cut(), operation="GET /api/v1/configs")
    await client.chat("hi", sesion_id="x")
    await client.request("GET", "/api/v1/im/bots?pge=1", headers=[KEY])
    found = [finding.as_text() for finding in client.world.verdict().findings]
    assert found == [
        "note: unknown-field: POST /api/v1/chat: body /sesion_id: the contract has no such field; "
        "did you mean `session_id`? (e1)",
        "note: unknown-field: GET /api/v1/im/bots: query /pge: the contract has no such field (e2)",
        "note: fault-unused: GET /api/v1/configs: the fault f1 (`cut`) is armed, but no response has had it",
    ]


@pytest.mark.anyio
async def test_the_report_has_the_notes_on_removed_worlds_and_on_those_that_are_left() -> None:
    clock = FrozenClock()
    client = Client(create_app(Settings(report=True), clock=clock, log=lambda _: None), clock, [])
    client.app.worlds.get("gone").faults.arm(Cut())
    client.app.worlds.remove("gone")
    client.world.faults.arm(Delay())
    report = client.app.report()
    assert not report.failed
    assert [line.strip().partition(": the fault")[0] for line in report.as_text().splitlines()] == [
        "world gone: 0 exchanges: 1 note",
        "note: fault-unused",
        "world default: 0 exchanges: 1 note",
        "note: fault-unused",
    ]
