"""`mockbot check` on the command line."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from mockbot.cli import main
from mockbot.verify import CheckFinding, CheckReport

pytestmark = pytest.mark.slow

REPORT = CheckReport("it", 0, 1.0, {"fuzzing": 1}, {("GET /x", "not_a_server_error"): 1}, ())


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["check", *arguments])
    return int(ended.value.code or 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["localhost:6185", "--key", "k"], "localhost:6185: a URL begins with http:// or https://"),
        (
            ["http://localhost"],
            "http://localhost: the server's API key is missing; give it with --key",
        ),
        (["http://a:b", "--key", "k"], "http://a:b: not a URL such as http://127.0.0.1:6185: "),
        (
            ["--junit", "/no/folder/x.xml"],
            "--junit /no/folder/x.xml: cannot be written: No such file or directory",
        ),
        (
            ["--har", "/no/folder/x.har"],
            "--har /no/folder/x.har: cannot be written: No such file or directory",
        ),
        (["--max-examples", "0"], "Invalid value for '--max-examples': '0' is not a whole number of at least 1."),
    ],
)
def test_a_mistake_is_one_line(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*arguments) == 2
    printed = capsys.readouterr().err
    assert printed.startswith(f"mockbot: {message}")
    assert printed.count("\n") == 1


def test_no_server(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("http://127.0.0.1:9", "--key", "k") == 3
    assert capsys.readouterr().err.startswith("mockbot: http://127.0.0.1:9 does not answer: ")


@pytest.mark.parametrize(
    ("report", "code"),
    [
        (REPORT, 0),
        (CheckReport("it", 0, 1.0, {}, {}, (CheckFinding("GET /x", "c", "t", "e", "curl"),)), 1),
        (CheckReport("it", 0, 1.0, {}, {}, (), interrupted=True), 130),
    ],
)
def test_the_exit_code_shows_the_result(
    report: CheckReport, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("mockbot.verify.check", lambda *_, **__: report)
    assert run() == code
    assert capsys.readouterr().out == f"{report.text}\n"


@pytest.mark.xdist_group("schemathesis")
def test_mockbot_passes_its_own_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    junit, har = tmp_path / "junit.xml", tmp_path / "all.har"
    assert run("--max-examples", "2", "--seed", "3", "--junit", str(junit), "--har", str(har)) == 0
    printed = capsys.readouterr()
    assert "fuzzing   POST /api/v1/chat                2 requests, findings so far: 0\n" in printed.err
    assert "seed 3\nno findings: 6 operations, 18 checks\n" in printed.out
    assert ElementTree.parse(junit).getroot().get("failures") == "0"
    entries = json.loads(har.read_text())["log"]["entries"]
    assert {entry["request"]["method"] for entry in entries} >= {"GET", "POST"}


@pytest.mark.xdist_group("schemathesis")
def test_another_document_can_be_the_law(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pet = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}
    operation = {
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}}],
        "responses": {"200": {"description": "OK", "content": {"application/json": {"schema": pet}}}},
    }
    spec = tmp_path / "openapi.json"
    info = {"title": "Things", "version": "1"}
    spec.write_text(
        json.dumps({"openapi": "3.1.0", "info": info, "paths": {"/api/v1/things/{id}": {"get": operation}}})
    )
    assert run("--spec", str(spec), "--max-examples", "3") == 0
    assert "no findings: 1 operations, " in capsys.readouterr().out
