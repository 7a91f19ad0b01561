"""What is known of AstrBot is relaxed, and nothing beside it."""

from dataclasses import replace
from types import ModuleType

import pytest

from mockbot import source
from mockbot.astrbot.v4_19_4 import profile as v4_19_4
from mockbot.astrbot.v4_29_3 import profile as v4_29_3
from mockbot.errors import UserError
from mockbot.verify.check.deviations import Interaction, load_deviations, read_deviations
from mockbot.violation import Location, Violation

CHAT, SESSIONS = "POST /api/v1/chat", "GET /api/v1/chat/sessions"
ACCEPTED = ("negative_data_rejection",)
CRASHED = ("not_a_server_error",)
PAGE_500 = b"<!doctype html>\n<html lang=en>\n<title>500 Internal Server Error</title>\n"


def violation(part: Location, at: str, rule: str) -> Violation:
    return Violation("request", part, at, rule, "")


def answered(operation: str, body: str, *violations: Violation, status: int = 200) -> Interaction:
    method = operation.partition(" ")[0]
    return Interaction(operation, method, violations, status, {"content-type": "application/json"}, body.encode())


def refused(message: str) -> str:
    return f'{{"status":"error","message":"{message}","data":null}}'


LOW_PAGE = violation("query", "/page", "minimum")
OK = '{"status":"ok","message":null,"data":{}}'


def test_a_known_refusal_is_explained_and_counted() -> None:
    deviations = load_deviations(v4_19_4.DEVIATIONS)
    no_username = violation("body", "/username", "required")
    assert deviations.explain(ACCEPTED, answered(CHAT, refused("Missing key: username"), no_username))
    assert deviations.counts()["chat-without-username"] == 1
    assert sum(deviations.counts().values()) == 1


@pytest.mark.parametrize(
    "body",
    [
        refused("Missing key: user"),
        refused("Missing key: username!"),
        '{"status":"error","message":"Missing key: username","data":{}}',
        '{"status":"ok","message":"Missing key: username","data":null}',
        '["status"]',
        "nonsense",
    ],
)
def test_another_envelope_is_not(body: str) -> None:
    no_username = violation("body", "/username", "required")
    assert not load_deviations(v4_19_4.DEVIATIONS).explain(ACCEPTED, answered(CHAT, body, no_username))


def test_another_status_check_operation_or_media_type_is_not() -> None:
    known = answered(SESSIONS, OK, LOW_PAGE)
    explain = load_deviations(v4_19_4.DEVIATIONS).explain
    assert explain(ACCEPTED, known)
    assert not explain(ACCEPTED, replace(known, status=201))
    assert not explain(ACCEPTED, replace(known, operation=CHAT))
    assert not explain(ACCEPTED, replace(known, headers={"content-type": "text/plain"}))
    assert not explain(CRASHED, known)


def test_every_violation_of_an_accepted_request_must_be_explained() -> None:
    explain = load_deviations(v4_19_4.DEVIATIONS).explain
    empty, strange = violation("query", "/platform_id", "minLength"), violation("query", "/page", "multipleOf")
    assert explain(ACCEPTED, answered(SESSIONS, OK, LOW_PAGE, empty))
    assert not explain(ACCEPTED, answered(SESSIONS, OK, LOW_PAGE, strange))
    assert not explain(ACCEPTED, answered(SESSIONS, OK))


def test_a_refusal_needs_one_known_reason() -> None:
    explain = load_deviations(v4_19_4.DEVIATIONS).explain
    page, empty = violation("query", "/page_size", "type"), violation("query", "/platform_id", "minLength")
    no_integer = refused("page and page_size must be integers")
    assert explain(ACCEPTED, answered(SESSIONS, no_integer, page, empty))
    assert not explain(ACCEPTED, answered(SESSIONS, no_integer, empty))


def test_for_a_crash_one_known_reason_is_enough() -> None:
    html = {"content-type": "text/html; charset=utf-8"}
    listed, other = violation("body", "/session_id", "type"), violation("body", "/username", "type")
    crash = Interaction(CHAT, "POST", (other, listed), 500, html, PAGE_500)
    explain = load_deviations(v4_19_4.DEVIATIONS).explain
    assert explain(CRASHED, crash)
    assert not explain(CRASHED, replace(crash, violations=(other,)))
    assert not explain(CRASHED, replace(crash, body=b"Internal Server Error"))


def test_methods_are_answered_as_by_the_catch_all_route() -> None:
    html = {"content-type": "text/html; charset=utf-8", "allow": "OPTIONS, GET, HEAD, POST"}
    options = Interaction(CHAT, "OPTIONS", (), 200, html, b"")
    explain = load_deviations(v4_19_4.DEVIATIONS).explain
    assert explain(("unsupported_method",), options)
    assert explain(("unsupported_method",), replace(options, headers={**html, "allow": "POST, HEAD, GET, OPTIONS"}))
    assert not explain(("unsupported_method",), replace(options, method="TRACE"))
    assert not explain(("unsupported_method",), replace(options, body=b"POST"))
    assert not explain(("unsupported_method",), replace(options, headers={**html, "allow": "POST"}))


@pytest.mark.parametrize("version", [v4_19_4, v4_29_3])
def test_each_has_a_unique_name_a_recording_and_known_operations(version: ModuleType) -> None:
    known = load_deviations(version.DEVIATIONS).known
    assert len({deviation.name for deviation in known}) == len(known)
    assert all(deviation.shown_by and deviation.description.endswith(").") for deviation in known)
    operations = version.profile().contract.operations.by_name
    assert {name for deviation in known for name in deviation.operations} <= operations.keys()


def test_an_error_of_astrbot_4_29_3_has_no_data() -> None:
    explain = load_deviations(v4_29_3.DEVIATIONS).explain
    no_username = violation("body", "/username", "required")
    bare = '{"status":"error","message":"Missing key: username"}'
    assert explain(ACCEPTED, answered(CHAT, bare, no_username))
    assert not explain(ACCEPTED, answered(CHAT, bare.replace("}", ',"data":{}}'), no_username))
    assert not explain(ACCEPTED, answered(CHAT, bare.replace("}", ',"code":1}'), no_username))
    assert not explain(ACCEPTED, answered(SESSIONS, '{"status":"ok","message":null}', LOW_PAGE))
    assert explain(ACCEPTED, answered(SESSIONS, OK, LOW_PAGE))


def test_an_invalid_expression_is_reported_with_its_line() -> None:
    written = v4_19_4.DEVIATIONS.read_text("utf-8").replace("rule: .*", "rule: '(?=a)'", 1)
    line = written[: written.index("(?=a)")].count("\n") + 1
    with pytest.raises(UserError, match=r"d.yaml:\d+: /deviations/0/request/\d/rule: .* lookahead") as refused:
        read_deviations(source.parse(written, "d.yaml"))
    assert f"d.yaml:{line}:" in str(refused.value)
