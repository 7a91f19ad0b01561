"""The pytest plugin: small suites that use it, and the output of pytest."""

import subprocess
import sys
from collections.abc import Callable
from textwrap import dedent

import pytest

from mockbot.testing import MockBot
from tests.processes import ended

pytest_plugins = ["pytester"]

ASK = """
    import json, urllib.error, urllib.request

    def ask(world, method, path, body=None):
        content = None if body is None else json.dumps(body).encode()
        headers = {"X-API-Key": world.key, "Content-Type": "application/json"}
        request = urllib.request.Request(f"{world.base_url}/api/v1/{path}", content, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.read().decode()
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.read().decode()

    def chat(world, message):
        return ask(world, "POST", "chat", {"username": "ada", "session_id": "s", "message": message})
"""
ALONE = [
    option for name in ("hypothesispytest", "schemathesis", "anyio", "pytest_cov") for option in ("-p", f"no:{name}")
]
"""Options that disable other plugins; that of Hypothesis takes seconds of every run."""
Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester, server: MockBot, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs a suite of one file against the server of these tests."""
    monkeypatch.setenv("MOCKBOT_URL", server.base_url)
    pytester.makepyfile(talk=ASK)

    def run(source: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(test_it="import pytest\nfrom talk import ask, chat\n" + dedent(source))
        return pytester.runpytest_inprocess(*ALONE, "-p", "no:xdist", *options)

    return run


def run_alone(pytester: pytest.Pytester, *options: str) -> pytest.RunResult:
    """Run a suite in a process of its own, which is killed with its workers at the end."""
    command = [sys.executable, "-m", "pytest", *ALONE, *options]
    with pytester.popen(command, stdin=subprocess.DEVNULL, start_new_session=True) as process, ended(process):
        output, errors = process.communicate(timeout=60)
    return pytest.RunResult(process.returncode, output.decode().splitlines(), errors.decode().splitlines(), 0)


def shown(result: pytest.RunResult) -> str:
    return "\n".join(result.outlines)


def test_each_test_has_a_world_of_its_own(run: Run) -> None:
    result = run("""
        def test_first(mockbot):
            chat(mockbot, "hi")
            mockbot.verify("POST /api/v1/chat", {"/message": "hi"}, count=1)

        def test_second(mockbot):
            assert mockbot.journal.entries() == ()
            chat(mockbot, "hi")
    """)
    result.assert_outcomes(passed=2)


def test_ids_and_time_are_the_same_on_every_run(run: Run) -> None:
    source = """
        def test_it(mockbot):
            print("GOT", ask(mockbot, "POST", "chat", {"username": "ada", "message": "hi"}))
    """
    first, second = (run(source, "-s").outlines for _ in range(2))
    found = [[line for line in lines if "session_id" in line] for lines in (first, second)]
    assert found[0] == found[1]
    assert '"session_id"' in found[0][0]


def test_a_violation_fails_an_otherwise_passing_test(run: Run) -> None:
    result = run("""
        def test_it(mockbot):
            ask(mockbot, "POST", "chat", {"username": 1})
            ask(mockbot, "GET", "nope")
            chat(mockbot, "fine")
    """)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([
        "*_ test_it _*",
        "mockbot: the client broke the contract in 2 of 3 exchanges:",
        "  POST /api/v1/chat (e1 POST /w/test_it-*/api/v1/chat -> 400)",
        "    body /message: `message` is required (required)",
        "    body /username: `username` must be a string, got the number 1 (type)",
        "  GET /api/v1/nope (e2 GET *nope -> 404)",
        '    route: the contract has no path "/api/v1/nope" (paths)',
        '*allow_violations=[[]"GET /api/v1/nope", "POST /api/v1/chat"[]]), or allow_violations=True',
    ])  # fmt: skip
    assert "Traceback" not in shown(result)


def test_only_some_of_many_broken_exchanges_are_shown(run: Run) -> None:
    result = run("""
        def test_it(mockbot):
            for n in range(12):
                ask(mockbot, "GET", "nope")
    """)
    result.stdout.fnmatch_lines(["  and 2 more"])


@pytest.mark.parametrize("allowed", ["True", "['GET /api/v1/chat/sessions']", "'GET /api/v1/chat/sessions'"])
def test_violations_can_be_allowed(run: Run, allowed: str) -> None:
    result = run(f"""
        @pytest.mark.mockbot(allow_violations={allowed})
        def test_it(mockbot):
            ask(mockbot, "GET", "chat/sessions")
    """)
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("allowed", ["['POST /api/v1/chat']", "'GET /api/v1/chat/sessions/more'", "'GET'", "[]"])
def test_what_is_allowed_in_one_operation_is_not_in_another(run: Run, allowed: str) -> None:
    result = run(f"""
        @pytest.mark.mockbot(allow_violations={allowed})
        def test_it(mockbot):
            ask(mockbot, "GET", "chat/sessions")
    """)
    result.assert_outcomes(failed=1)


def test_unused_scripts_fail_an_otherwise_passing_test(run: Run) -> None:
    result = run("""
        @pytest.mark.mockbot(scripts=[
            {"name": "retry", "when": {"message": "hi"}, "times": 2, "run": [{"say": "x"}]},
            {"when": {"message": "ho"}, "times": 1, "run": [{"say": "x"}]},
            {"name": "any", "when": {}, "run": [{"say": "x"}]},
        ])
        def test_it(mockbot):
            chat(mockbot, "hi")
    """)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([
        "mockbot: scripts were used less often than their `times`:",
        "  retry: used 1 of 2 times",
        '  the script for {"message": "ho"}: used 0 of 1 times',
    ])  # fmt: skip
    assert "any: used" not in shown(result)


def test_the_plugin_adds_nothing_to_a_failed_test(run: Run) -> None:
    result = run("""
        def test_it(mockbot):
            mockbot.scripts.add({"when": {}, "times": 9, "run": [{"say": "x"}]})
            ask(mockbot, "GET", "nope")
            assert False, "my own reason"

        def test_skipped(mockbot):
            ask(mockbot, "GET", "nope")
            pytest.skip("no")
    """)
    result.assert_outcomes(failed=1, skipped=1)
    assert "broke the contract" not in shown(result)


def test_worlds_do_not_outlive_their_tests(run: Run, server: MockBot) -> None:
    run("""
        def test_good(mockbot):
            pass

        def test_bad(mockbot):
            ask(mockbot, "GET", "nope")

        def test_failed(mockbot):
            assert False

        def test_gone(mockbot):
            mockbot.delete()
            assert False
    """)
    names = [row["name"] for row in server.control.ask("GET", "worlds")["worlds"]]
    assert not [name for name in names if name.startswith("test_")]


def test_the_nearest_marker_counts_keyword_by_keyword(run: Run) -> None:
    result = run("""
        pytestmark = pytest.mark.mockbot(contract="observe", seed=1, allow_violations=True)

        @pytest.mark.mockbot(seed=2, strict_scripts=True, pace=1, frozen=False, fixture="empty")
        def test_it(mockbot, mockbot_server):
            row = mockbot_server.control.ask("GET", f"worlds/{mockbot.name}")
            wanted = {"contract": "observe", "seed": 2, "strict_scripts": True, "pace": 1, "clock": "running"}
            assert wanted | {"fixture": "empty"} == {name: row[name] for name in [*wanted, "fixture"]}
            ask(mockbot, "GET", "nope")
    """)
    result.assert_outcomes(passed=1)


def test_paths_are_relative_to_the_test(run: Run, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    pytester.makefile(".yaml", ours="bots: [{id: ours}]", replies="- {when: {message: hi}, run: [{say: from a file}]}")
    elsewhere = pytester.mkdir("elsewhere")
    source = """
        @pytest.mark.mockbot(fixture="ours.yaml", scripts="replies.yaml")
        def test_it(mockbot):
            assert mockbot.snapshot()["bots"][0]["id"] == "ours"
            assert [script.name for script in mockbot.scripts.list()] == ["replies.yaml:1"]
    """
    monkeypatch.chdir(pytester.path)
    assert elsewhere.is_dir()
    run(source, f"--rootdir={elsewhere}").assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("marker", "sentence"),
    [
        ("fixtur='empty'", "mockbot: @pytest.mark.mockbot has no keyword `fixtur`; did you mean `fixture`?*"),
        ("'empty'", "mockbot: @pytest.mark.mockbot takes keywords only, such as fixture='empty'"),
        ("fixture='nope'", "mockbot: nope: no such fixture; use one of *default*"),
        ("fixture='nope.yaml'", "mockbot: *nope.yaml: no such fixture*"),
        ("scripts={'when': 1}", "mockbot: *scripts*"),
        ("contract='maybe'", "mockbot: *contract*"),
        ("frozen='no'", "mockbot: @pytest.mark.mockbot: `frozen` must be True or False, not 'no'"),
        ("scripts=5", "mockbot: @pytest.mark.mockbot: `scripts` must be a script, a path or a list of these, not 5"),
        ("pace='fast'", 'mockbot: body /pace: `pace` must be a duration such as 150ms, 2s or 1m, got "fast"'),
        ("verdict='maybe'", "mockbot: a verdict of 'maybe': expected one of off, error, warning, note"),
    ],
)
def test_a_mistake_in_a_marker_is_one_clear_error(run: Run, marker: str, sentence: str) -> None:
    result = run(f"""
        @pytest.mark.mockbot({marker})
        def test_it(mockbot):
            pass
    """)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([sentence])


TRUNCATED = """
    def test_it(mockbot):
        mockbot.faults.arm("truncate", after=2)
        chat(mockbot, "one")
        chat(mockbot, "two")
"""


@pytest.mark.parametrize(("severity", "errors"), [("off", 0), ("error", 0), ("warning", 1), ("note", 1)])
def test_the_verdict_counts_from_a_severity_on(run: Run, severity: str, errors: int) -> None:
    result = run(TRUNCATED, "-o", f"mockbot_verdict={severity}")
    result.assert_outcomes(passed=1 - errors, failed=errors)
    assert ("warning: truncation-unnoticed" in shown(result)) is bool(errors)


NOTED = """
    def test_it(mockbot):
        mockbot.faults.arm("truncate", operation="GET /api/v1/configs")
        ask(mockbot, "POST", "chat", {"username": "ada", "sesion_id": "s", "message": "hi"})
"""


@pytest.mark.parametrize(("severity", "notes"), [("off", 0), ("error", 0), ("warning", 0), ("note", 2)])
def test_notes_are_shown_if_asked_for_and_never_fail_a_test(run: Run, severity: str, notes: int) -> None:
    result = run(NOTED, "-rP", "-o", f"mockbot_verdict={severity}")
    result.assert_outcomes(passed=1)
    assert shown(result).count("note: ") == notes
    if notes:
        assert "body /sesion_id: the contract has no such field; did you mean `session_id`? (e1)" in shown(result)


LATE = """
    @pytest.fixture
    def client(mockbot):
        yield lambda: chat(mockbot, "hi")
        ask(mockbot, "GET", "nope")

    def test_it(client):
        client()
"""


def test_a_violation_of_a_fixture_that_ends_is_an_error_of_the_teardown(run: Run) -> None:
    result = run(LATE)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_it*", "mockbot: the client broke the contract in 1 of 2*"])


HOLDING = """
    import urllib.request

    pytestmark = pytest.mark.mockbot(frozen=False)

    @pytest.fixture
    def stream(mockbot):
        body = b'{"username": "ada", "message": "hi"}'
        headers = {"X-API-Key": mockbot.key, "Content-Type": "application/json"}
        mockbot.scripts.add({"when": {"message": "hi"}, "run": [{"say": "x"}, {"wait": "60s"}, {"say": "y"}]})
        with urllib.request.urlopen(urllib.request.Request(f"{mockbot.base_url}/api/v1/chat", body, headers)) as opened:
            yield opened

    def test_good(stream):
        assert stream.readline()

    def test_bad(mockbot, stream):
        ask(mockbot, "GET", "nope")
"""


def test_a_stream_that_a_fixture_holds_open_is_not_waited_for(run: Run) -> None:
    result = run(HOLDING)
    result.assert_outcomes(passed=1, failed=1)


def test_a_test_that_is_expected_to_break_the_contract_may_fail(run: Run) -> None:
    result = run("""
        @pytest.mark.xfail(strict=True)
        def test_it(mockbot):
            ask(mockbot, "GET", "nope")
    """)
    result.assert_outcomes(xfailed=1)


def test_a_mistake_in_a_file_is_a_sentence_with_file_and_line(run: Run, pytester: pytest.Pytester) -> None:
    (pytester.path / "replies.yaml").write_text("- run: [{say: x}]\n- when: {message: hi}\n  run:\n    - sya: x\n")
    (pytester.path / "ours.yaml").write_text("bots:\n  - {name: x}\n")
    result = run("""
        @pytest.mark.mockbot(scripts="replies.yaml")
        def test_marker(mockbot):
            pass

        @pytest.mark.mockbot(scripts={"run": [{"sya": 1}]})
        def test_inline(mockbot):
            pass

        @pytest.mark.mockbot(fixture="ours.yaml")
        def test_fixture(mockbot):
            pass

        def test_added(mockbot):
            mockbot.scripts.add({"run": [{"say": "x"}]}, "replies.yaml")
    """)
    result.assert_outcomes(errors=3, failed=1)
    result.stdout.fnmatch_lines([
        "mockbot: `[[]1[]].run[[]0[]].sya` is not known here; did you mean `say`? (*replies.yaml:4: /1/run/0/sya)",
        "mockbot: `[[]0[]].run[[]0[]].sya` is not known here; did you mean `say`? (scripts: /0/run/0/sya)",
        "mockbot: `bots[[]0[]].id` is required (*ours.yaml:2: /bots/0/id)",
        "E *UserError: `[[]2[]].run[[]0[]].sya` is not known here; did you mean `say`? (*replies.yaml:4: /1/run/0/sya)",
    ])  # fmt: skip


def test_an_unknown_severity_is_reported(run: Run) -> None:
    result = run(TRUNCATED, "-o", "mockbot_verdict=fatal")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["mockbot: a verdict of 'fatal': expected one of off, error, warning, note"])


def test_disabled_it_has_no_fixtures_but_the_marker_is_known(run: Run) -> None:
    result = run(
        """
        @pytest.mark.mockbot(seed=1)
        def test_it(mockbot):
            pass
        """,
        *("-o", "mockbot=false", "--strict-markers"),
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*fixture 'mockbot' not found*"])


def test_not_loaded_at_all(run: Run) -> None:
    result = run("def test_it(mockbot): pass", "-p", "no:mockbot")
    result.stdout.fnmatch_lines(["*fixture 'mockbot' not found*"])


def test_a_missing_server_is_one_clear_error(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCKBOT_URL", "http://127.0.0.1:9")
    result = run("def test_it(mockbot): pass")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["mockbot: no mockbot answers at http://127.0.0.1:9: *"])


def test_a_server_elsewhere_can_require_a_token(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with MockBot(control_token="secret") as bot:
        monkeypatch.setenv("MOCKBOT_URL", bot.base_url)
        run("def test_it(mockbot): pass").assert_outcomes(errors=1)
        monkeypatch.setenv("MOCKBOT_CONTROL_TOKEN", "secret")
        run("def test_it(mockbot): pass").assert_outcomes(passed=1)


def test_without_a_server_it_starts_its_own(run: Run, monkeypatch: pytest.MonkeyPatch, server: MockBot) -> None:
    monkeypatch.delenv("MOCKBOT_URL")
    result = run(f"""
        def test_it(mockbot, mockbot_server):
            assert mockbot_server.base_url != {server.base_url!r}
            assert "Hello" in chat(mockbot, "hello")
    """)
    result.assert_outcomes(passed=1)


@pytest.mark.slow
def test_workers_of_xdist_share_one_server(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MOCKBOT_URL", raising=False)
    pytester.makepyfile(talk=ASK)
    pytester.makepyfile("""
        import os, pytest
        from talk import chat

        @pytest.mark.parametrize("n", range(6))
        def test_it(mockbot, mockbot_server, n):
            chat(mockbot, f"hi {n}")
            mockbot.verify("POST /api/v1/chat", count=1)
            with open(f"server-{os.getpid()}.txt", "w") as file:
                file.write(mockbot_server.base_url)
    """)
    result = run_alone(pytester, "-n", "2", "--dist", "each")
    result.assert_outcomes(passed=12)
    files = list(pytester.path.glob("server-*.txt"))
    assert len(files) == 2
    assert len({file.read_text() for file in files}) == 1


def test_nothing_heavy_is_imported_by_a_suite_that_does_not_use_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import sys

        def test_it():
            heavy = {"starlette", "uvicorn", "openapi_core", "jsonschema", "yaml", "http.client", "mockbot.settings"}
            assert not heavy & sys.modules.keys()
            loaded = {name.removeprefix("mockbot.testing.") for name in sys.modules if name.startswith("mockbot")}
            assert loaded == {"mockbot", "mockbot.testing", "pytest_fixtures", "names", "plugin"}
    """)
    result = run_alone(pytester)
    result.assert_outcomes(passed=1)


def test_the_controller_of_xdist_starts_no_server_before_it_is_used(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("""
        import sys

        def pytest_unconfigure(config):
            if not hasattr(config, "workerinput"):
                print("IMPORTED", sorted({"starlette", "uvicorn"} & sys.modules.keys()))
    """)
    pytester.makepyfile("def test_it(): pass")
    result = run_alone(pytester, "-n", "1")
    result.assert_outcomes(passed=1)
    assert "IMPORTED []" in shown(result)


def test_a_failure_shows_the_line_of_the_test_and_none_of_mockbot(run: Run) -> None:
    result = run("""
        def test_fault(mockbot):
            mockbot.faults.arm("cutt")

        def test_script(mockbot):
            mockbot.scripts.add({"run": []}, {"sya": 1})

        def test_verify(mockbot):
            mockbot.verify("POST /api/v1/chat")

        def test_last(mockbot):
            mockbot.journal.last()
    """)
    result.assert_outcomes(failed=4)
    text = shown(result)
    assert "did you mean `cut`?" in text
    for source in ("control.py", "world.py", "scripts.py", "journal.py"):
        assert f"testing/{source}" not in text


BOOKS = """
    import json
    from pathlib import Path
    from urllib.request import Request, urlopen

    FIELDS = {"id": {"type": "integer"}, "title": {"type": "string"}}
    BOOK = {"type": "object", "required": ["title"], "properties": FIELDS}
    SENT = {"content": {"application/json": {"schema": BOOK}}}

    def operation(status, body=False):
        responses = {"responses": {status: {"description": "A book", **SENT}}}
        return {**responses, "requestBody": {"required": True, **SENT}} if body else responses

    PATH = [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}]
    PATHS = {"/books": {"post": operation("201", True)}, "/books/{id}": {"parameters": PATH, "get": operation("200")}}
    DOCUMENT = {"openapi": "3.1.0", "info": {"title": "Books", "version": "1"}, "paths": PATHS}
    (Path(__file__).parent / "books.json").write_text(json.dumps(DOCUMENT))

    def send(world, method, path, body=None):
        content = None if body is None else json.dumps(body).encode()
        request = Request(world.base_url + path, content, {"Content-Type": "application/json"}, method=method)
        with urlopen(request, timeout=10) as response:
            return json.load(response)
"""


def test_a_test_can_have_the_server_of_another_document(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(books=BOOKS)
    result = run("""
        from books import send
        pytestmark = pytest.mark.mockbot(spec="books.json", stateful=True)
        servers = set()

        def test_first(mockbot):
            servers.add(mockbot.base_url.partition("/w/")[0])
            assert send(mockbot, "POST", "/books", {"title": "The Trial"}) == {"id": 1, "title": "The Trial"}
            assert send(mockbot, "GET", "/books/1") == {"id": 1, "title": "The Trial"}

        def test_second_has_a_world_of_its_own_on_the_same_server(mockbot):
            servers.add(mockbot.base_url.partition("/w/")[0])
            assert len(servers) == 1
            assert send(mockbot, "POST", "/books", {"title": "Amerika"})["id"] == 1

        @pytest.mark.mockbot(fixture={"resources": {"books": [{"id": 7, "title": "The Castle"}]}})
        def test_rows_of_a_fixture(mockbot):
            assert send(mockbot, "GET", "/books/7") == {"id": 7, "title": "The Castle"}

        @pytest.mark.mockbot(stateful=False)
        def test_other_options_are_another_server(mockbot):
            assert mockbot.base_url.partition("/w/")[0] not in servers
            assert send(mockbot, "GET", "/books/7") == {"title": ""}
    """)
    result.assert_outcomes(passed=4)


def test_a_document_that_cannot_be_read_fails_the_test(run: Run) -> None:
    result = run("""
        @pytest.mark.mockbot(spec="nowhere.yaml")
        def test_it(mockbot):
            pass
    """)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*mockbot: *nowhere.yaml: cannot be read*"])
    assert "Traceback" not in shown(result)


@pytest.mark.slow
def test_another_document_works_with_xdist(pytester: pytest.Pytester) -> None:
    pytest.importorskip("xdist")
    pytester.makepyfile(books=BOOKS)
    pytester.makepyfile(
        test_it="""
        import pytest
        from books import send

        @pytest.mark.mockbot(spec="books.json", stateful=True)
        @pytest.mark.parametrize("number", range(4))
        def test_it(mockbot, number):
            assert send(mockbot, "POST", "/books", {"title": str(number)})["id"] == 1
        """
    )
    run_alone(pytester, "-n2").assert_outcomes(passed=4)
