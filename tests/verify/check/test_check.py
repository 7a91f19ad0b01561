"""`check` names what is wrong with a server: each test breaks mockbot in one way."""

import asyncio
import json
import re
import subprocess
import sys
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.types import ASGIApp

from mockbot.app import create_app
from mockbot.astrbot.v4_19_4 import profile as v4_19_4
from mockbot.errors import UserError
from mockbot.settings import Settings
from mockbot.verify import check
from mockbot.verify.check.deviations import Deviations
from mockbot.verify.check.rules import BrokenStream, Rules
from mockbot.verify.check.target import Target
from mockbot.world.call import Call
from tests.verify.broken import Whole, check_bent, named, part_of_the_contract

CHAT, CONFIGS = "POST /api/v1/chat", "GET /api/v1/configs"
BOTS = "/api/v1/im/bots"
ERROR = b'{"status":"error","message":"out of order","data":null}'
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("schemathesis")]


def test_a_dropped_field_is_named() -> None:
    def without_name(whole: Whole) -> Whole:
        return replace(whole, body=whole.body.replace(b'"name"', b'"nom"'))

    report = check_bent(without_name, "/api/v1/configs")
    assert named(report.findings) == {(CONFIGS, "response_schema_conformance")}
    (finding,) = report.findings
    assert '"name" is a required property\nat /data/configs/0 of the response\n' in finding.evidence
    assert "curl -X GET http://127.0.0.1:6185/api/v1/configs -H 'X-API-Key: '\"$MOCKBOT_KEY\"" in finding.curl
    assert not report.passed


def test_a_changed_status_is_named() -> None:
    def non_authoritative(whole: Whole) -> Whole:
        return replace(whole, status=203) if (whole.path, whole.status) == ("/api/v1/configs", 200) else whole

    (finding,) = check_bent(non_authoritative, "/api/v1/configs").findings
    assert (finding.operation, finding.check) == (CONFIGS, "status_code_conformance")
    assert finding.evidence.startswith("Received: 203\n")


def test_a_crash_is_named_with_the_smallest_request_that_shows_it() -> None:
    def crash(whole: Whole) -> Whole:
        return replace(whole, status=500, body=ERROR) if (whole.path, whole.status) == (BOTS, 200) else whole

    (finding,) = check_bent(crash, BOTS).findings
    assert (finding.operation, finding.check, finding.title) == (
        "GET /api/v1/im/bots",
        "not_a_server_error",
        "Server error",
    )


def test_swapped_frames_are_named() -> None:
    def swapped(whole: Whole) -> Whole:
        frames = whole.frames()
        if len(frames) > 3:
            frames[1], frames[-2] = frames[-2], frames[1]
        return whole.with_frames(frames) if frames else whole

    report = check_bent(swapped, "/api/v1/chat")
    assert named(report.findings) == {(CHAT, "stream_events")}
    assert report.findings[0].title == "Events out of order"
    assert report.findings[0].evidence.startswith("event 2: `message_saved` comes without a message before it\n")


def test_a_cut_frame_is_named() -> None:
    def cut(whole: Whole) -> Whole:
        return replace(whole, body=whole.body[:-9]) if whole.frames() else whole

    evidence = {finding.check: finding.evidence for finding in check_bent(cut, "/api/v1/chat").findings}
    assert evidence["stream_events"].startswith("the stream ends inside an event\n")


def test_an_event_that_no_schema_knows_is_named() -> None:
    def unknown(whole: Whole) -> Whole:
        return replace(whole, body=whole.body.replace(b'"type": "end"', b'"type": "fin"'))

    report = check_bent(unknown, "/api/v1/chat")
    assert (CHAT, "stream_events") in named(report.findings)
    assert (CHAT, "response_schema_conformance") in named(report.findings)


def test_a_stream_without_end_is_named() -> None:
    contract = v4_19_4.profile().contract
    rules = Rules(contract, Target("http://testserver", "k", lambda: None), Deviations(), timeout=5)
    response = SimpleNamespace(
        status_code=200,
        headers={"content-type": ["text/event-stream"]},
        content=b'data: {"type": "session_id", "data": null, "session_id": "s"}\n\n',
        stream_cut_short=True,
    )
    case = SimpleNamespace(operation=SimpleNamespace(label=CHAT))
    with pytest.raises(BrokenStream, match="it did not end within 5 s; 1 events so far"):
        rules.stream_events(None, response, case)


def test_a_server_that_breaks_down_is_named() -> None:
    def down(_: Whole) -> Whole:
        raise RuntimeError("no power for abk_demo")

    report = check_bent(down, "/api/v1/file")
    (finding,) = report.findings
    assert (finding.operation, finding.check) == ("POST /api/v1/file", "error")
    assert finding.evidence == "no power for $MOCKBOT_KEY"


def test_a_server_that_does_not_answer_is_named() -> None:
    async def silent(scope: dict[str, Any], receive: object, send: Any) -> None:
        if scope["type"] != "http":
            return
        if b"x-schemathesis-testcaseid" in {name.lower() for name, _ in scope["headers"]}:
            await asyncio.Event().wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    report = check(app=silent, key="k", profile=part_of_the_contract("/api/v1/configs"), max_examples=1, timeout=0.05)
    (finding,) = report.findings
    assert (finding.check, finding.evidence) == ("error", "Read timed out after 0.05 seconds")
    assert finding.curl.startswith("curl -X GET http://127.0.0.1:6185/api/v1/configs -H 'X-API-Key: '\"$MOCKBOT_KEY\"")


def test_ctrl_c_ends_with_the_findings_so_far() -> None:
    def interrupting(line: str) -> None:
        if line.startswith("fuzzing"):
            raise KeyboardInterrupt

    report = check_bent(lambda whole: whole, BOTS, progress=interrupting)
    assert report.interrupted
    assert set(report.cases) == {"coverage", "fuzzing"}
    assert "interrupted: " in report.text


def test_an_accepted_query_out_of_bounds_is_named() -> None:
    empty = {"sessions": [], "page": 1, "page_size": 20, "total": 0}

    def clamping(whole: Whole) -> Whole:
        if whole.status != 400 or b"`page" not in whole.body:
            return whole
        return replace(whole, status=200).with_json({"status": "ok", "message": None, "data": empty})

    findings = check_bent(clamping, "/api/v1/chat/sessions").findings
    lines = {line for finding in findings for line in finding.evidence.splitlines()}
    assert {finding.title for finding in findings} == {"Schema-violating request accepted"}
    assert lines >= {"`page` must be at least 1, got 0", "`page_size` must be at most 100, got 101"}


def test_one_defect_hides_no_other() -> None:
    def twice_wrong(whole: Whole) -> Whole:
        if (whole.path, whole.status) == ("/api/v1/chat/sessions", 400):
            return replace(whole, status=409)
        return replace(whole, body=whole.body.replace(b'"total"', b'"sum"')) if whole.status == 200 else whole

    report = check_bent(twice_wrong, "/api/v1/chat/sessions")
    assert [finding.check for finding in report.findings] == ["response_schema_conformance", "status_code_conformance"]
    assert report.text.splitlines()[-2:] == [
        "GET /api/v1/chat/sessions    response_schema_conformance, status_code_conformance",
        "2 findings",
    ]


def test_a_server_that_stops_is_named_first() -> None:
    class Falling(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(404)

        def do_POST(self) -> None:
            self.server.shutdown()
            self.server.server_close()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Falling)
    Thread(target=server.serve_forever, args=(0.01,)).start()
    url = f"http://127.0.0.1:{server.server_port}"
    report = check(url, key="k", profile=part_of_the_contract("/api/v1/configs", "/api/v1/file"), max_examples=1)
    assert [(finding.operation, finding.title) for finding in report.findings][:2] == [
        ("POST /api/v1/file", "No response"),
        ("Server", "The server stopped"),
    ]
    assert f"| curl -X POST {url}/api/v1/file " in report.findings[0].curl
    assert "later requests were not checked\n\n" in report.text


def test_a_malformed_error_is_named() -> None:
    def numbered(whole: Whole) -> Whole:
        return replace(whole, body=b'{"status":"error","message":7}') if whole.status == 400 else whole

    evidence = [
        finding.evidence
        for finding in check_bent(numbered, "/api/v1/im/message").findings
        if finding.check == "error_envelope"
    ]
    assert evidence[0].startswith("its keys are status, message; expected status, message, data\nits message is not")


def test_a_refusal_that_changes_state_is_named() -> None:
    refused: list[int] = []

    def growing(whole: Whole) -> Whole:
        refused.extend([1] if whole.status == 400 else [])
        if whole.path != "/api/v1/im/bots" or whole.status != 200:
            return whole
        return whole.with_json({"status": "ok", "message": None, "data": {"bot_ids": ["bot"] * len(refused)}})

    report = check_bent(growing, "/api/v1/chat/sessions")
    found = [finding for finding in report.findings if finding.check == "refusal_changes_nothing"]
    assert found
    assert found[0].title == "Refused with 400, but its state changed"
    assert found[0].evidence.startswith("/api/v1/im/bots: ")


def test_a_known_deviation_passes_and_a_changed_one_does_not() -> None:
    observing = Settings(pace_ms=0, contract="observe", fixture="astrbot-4.19.4")

    def unchanged(whole: Whole) -> Whole:
        return whole

    def renamed(whole: Whole) -> Whole:
        return replace(whole, body=whole.body.replace(b"Missing key: ", b"No such key: "))

    def unprocessable(whole: Whole) -> Whole:
        return replace(whole, status=422) if b"Missing key: " in whole.body else whole

    strict, relaxed, changed, other = (
        check_bent(unchanged, "/api/v1/im/message", settings=observing),
        check_bent(unchanged, settings=observing, against="astrbot"),
        check_bent(renamed, "/api/v1/im/message", settings=observing, against="astrbot"),
        check_bent(unprocessable, "/api/v1/im/message", settings=observing, against="astrbot"),
    )
    assert {finding.check for finding in strict.findings} == {
        "negative_data_rejection",
        "not_a_server_error",
        "unsupported_method",
        "allow_header_conformance",
    }
    assert relaxed.passed, relaxed.text
    assert relaxed.relaxed["chat-without-username"]
    assert "known deviations met: chat-without-username (" in relaxed.text
    assert {finding.check for finding in changed.findings} == {"negative_data_rejection"}
    assert "No such key: " in changed.text
    assert {finding.check for finding in other.findings} == {"status_code_conformance"}


def test_no_key_is_ever_shown(tmp_path: Path) -> None:
    har = tmp_path / "all.har"

    def reflected(whole: Whole) -> Whole:
        return replace(whole, status=500, body=b"abk_demo did it") if whole.path == "/api/v1/configs" else whole

    report = check_bent(reflected, "/api/v1/configs", har=har)
    text = report.text + report.junit() + har.read_text()
    assert "$MOCKBOT_KEY did it" in text
    assert "abk_demo" not in text


def test_the_same_seed_makes_the_same_run() -> None:
    def crash(whole: Whole) -> Whole:
        return replace(whole, status=500) if (whole.path, whole.status) == ("/api/v1/file", 200) else whole

    one, two = check_bent(crash, "/api/v1/file"), check_bent(crash, "/api/v1/file")
    assert one.cases == two.cases
    assert [re.sub(r"boundary=\w+|--\w+", "", finding.curl) for finding in one.findings] == [
        re.sub(r"boundary=\w+|--\w+", "", finding.curl) for finding in two.findings
    ]


def _unused(_: Call) -> ASGIApp:
    raise NotImplementedError


def test_checks_that_need_state_or_accounts_are_off_for_a_document_alone(tmp_path: Path) -> None:
    secured = {"responses": {"204": {"description": "ok"}}, "security": [{"Key": []}]}
    scheme = {"type": "apiKey", "in": "header", "name": "X-API-Key"}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/a": {"get": secured}},
        "components": {"securitySchemes": {"Key": scheme}},
    }
    (tmp_path / "spec.json").write_text(json.dumps(document))
    report = check(spec=str(tmp_path / "spec.json"), max_examples=2)
    assert report.passed, report.text
    assert {"ignored_auth", "use_after_free"} <= {*report.off}
    assert {"ignored_auth", "use_after_free"}.isdisjoint(name for _, name in report.checks)
    assert "not checked, because they need state or real credentials: use_after_free, " in report.text
    assert "problem details (RFC 9457)" in report.text


def test_a_template_may_have_methods_for_a_path_that_another_path_matches_first(tmp_path: Path) -> None:
    ok = {"responses": {"204": {"description": "ok"}}}
    name = {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}
    paths = {"/pets/new": {"get": ok}, "/pets/{name}": {"parameters": [name], "delete": ok}}
    document = tmp_path / "pets.json"
    document.write_text(json.dumps({"openapi": "3.1.0", "info": {"title": "pets", "version": "1"}, "paths": paths}))
    report = check(spec=str(document), max_examples=2)
    assert ("GET /pets/new", "allow_header_conformance") in report.checks
    assert report.passed, report.text
    assert "a path may have the methods of a template that matches it" in report.text


def test_an_operation_of_which_only_errors_are_documented_answers_with_one(tmp_path: Path) -> None:
    paths = {"/pets": {"post": {"responses": {"405": {"description": "not possible"}}}}}
    document = tmp_path / "pets.json"
    document.write_text(json.dumps({"openapi": "3.1.0", "info": {"title": "pets", "version": "1"}, "paths": paths}))
    report = check(spec=str(document), max_examples=2)
    assert ("POST /pets", "positive_data_acceptance") in report.checks
    assert report.passed, report.text
    assert "an operation of which only errors are documented answers with one of them" in report.text


def test_a_chain_of_requests_includes_deletions(tmp_path: Path) -> None:
    number = {"type": "integer", "minimum": 0}
    pet = {"type": "object", "required": ["id"], "properties": {"id": number}}
    found = {"description": "a pet", "content": {"application/json": {"schema": pet, "example": {"id": 7}}}}
    one = {"parameters": [{"name": "id", "in": "path", "required": True, "schema": number}]}
    paths = {
        "/pets": {"post": {"operationId": "make", "requestBody": {"required": True, "content": found["content"]},
                           "responses": {"201": {**found, "links": {
                               name: {"operationId": name, "parameters": {"id": "$response.body#/id"}}
                               for name in ("show", "free")}}}}},
        "/pets/{id}": {"get": {"operationId": "show", **one, "responses": {"200": found, "404": {"description": ""}}},
                       "delete": {"operationId": "free", **one, "responses": {"204": {"description": "gone"}}}},
    }  # fmt: skip
    document = tmp_path / "pets.json"
    document.write_text(json.dumps({"openapi": "3.1.0", "info": {"title": "pets", "version": "1"}, "paths": paths}))
    app = create_app(Settings(pace_ms=0, spec=str(document)), log=lambda _: None)
    handlers = app.profile.contract.operations.by_name  # with handlers, a server is expected to have state
    report = check(app=app, profile=replace(app.profile, handlers=dict.fromkeys(handlers, _unused)), max_examples=20)
    finding = next(each for each in report.findings if each.check == "use_after_free")
    verbs = [line.split()[2] for line in finding.curl.splitlines()]
    assert (verbs[0], verbs[-2], verbs[-1]) == ("POST", "DELETE", "GET")


def test_a_missing_server_is_a_user_error() -> None:
    with pytest.raises(UserError, match=r"^http://127\.0\.0\.1:9 does not answer: "):
        check("http://127.0.0.1:9", key="abk_x")


def test_serving_does_not_import_schemathesis() -> None:
    code = (
        "import sys, mockbot.cli, mockbot.app, mockbot.server, mockbot.verify;"
        "assert not {'schemathesis', 'hypothesis'} & {*sys.modules}"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_without_schemathesis_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("mockbot.verify.check.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "schemathesis", None)
    with pytest.raises(UserError, match=r"schemathesis; install it with: pip install 'astrbot-mockbot\[check\]'$"):
        check()
