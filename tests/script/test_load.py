import json
from pathlib import Path
from time import process_time

import pytest

from mockbot import resources
from mockbot.duration import seconds
from mockbot.errors import UserError
from mockbot.script.load import MOST_MISTAKES, load, read
from mockbot.script.model import (
    Action,
    Command,
    Fail,
    Raise,
    Reason,
    Result,
    Round,
    Run,
    Say,
    SentPart,
    Title,
    ToolCall,
    Usage,
    WaitStep,
)
from mockbot.source import parse
from tests.script.requests import scripts


def action(text: str) -> Action:
    return scripts(f"- {text}")[0].action


def run_of(text: str) -> Run:
    found = action(text)
    assert isinstance(found, Run)
    return found


LONG = "x" * 500_001
DEEP = "(" * 5000 + ")" * 5000


@pytest.mark.parametrize(
    ("text", "value"), [("600ms", 0.6), ("20s", 20), ("1m", 60), ("1.5s", 1.5), (3, 3), (0.25, 0.25), ("0s", 0)]
)
def test_durations(text: str | float, value: float) -> None:
    assert seconds(text) == pytest.approx(value)


def test_a_script_knows_its_place_and_name() -> None:
    first, second = scripts("\n- name: a\n  run: []\n- run: []")
    assert (first.name, first.place, second.name) == ("a", "scripts.yaml:2", "scripts.yaml:4")


def test_a_run_is_split_into_model_calls() -> None:
    assert action(
        "run: [{reason: hm}, {say: [a, b]}, {call: {tool: t, args: {x: 1}, result: r, takes: 1s}}, {say: c},"
        " {usage: {input: 3}}]"
    ) == Run(
        (
            Round((Reason("hm"), Say(("a", "b"))), (ToolCall("t", {"x": 1}, kind="result", result="r", takes=1.0),)),
            Round((Say("c"),)),
        ),
        Usage(3),
    )


def test_after_a_tool_that_returns_nothing_no_model_call_follows() -> None:
    assert len(run_of("run: [{call: {tool: t, result: r}}]").rounds) == 2
    assert run_of("run: [{call: {tool: t}}]").rounds == (Round((), (ToolCall("t"),)),)
    assert run_of("run: [{call: [{tool: t}, {tool: u, error: e}]}]").rounds[-1].calls[-1] == ToolCall(
        "u", kind="error", result="e"
    )


def test_a_wait_at_the_end_keeps_the_stream_open_and_elsewhere_delays_the_next_step() -> None:
    assert action("run: [{wait: 1}, {say: a}, {wait: 2}, {wait: 3}]") == Run(
        (Round((WaitStep(1), Say("a"))),), linger=5
    )
    assert action("run: [{wait: 1}]") == Run((Round((WaitStep(1),)),))
    assert action("run: [{call: {tool: t}}, {wait: 1}]") == Run((Round((), (ToolCall("t"),)),), linger=1)
    assert run_of("run: [{fail: {status: 500}}, {wait: 1}]").linger == 1


def test_usage_comes_from_the_run_or_the_file_or_the_world() -> None:
    own, none, files = scripts(
        "usage: {input: 1}\nscripts: [{run: [{usage: {output: 2}}]}, {run: [{usage: null}]}, {run: []}]"
    )
    usages = [script.action.usage for script in (own, none, files) if isinstance(script.action, Run)]
    assert usages == [Usage(output=2), Usage(), Usage(1)]
    assert run_of("run: []").usage is None


def test_failures() -> None:
    assert run_of("run: [{fail: {status: 500, message: down, type: t, code: c}}]").rounds == (
        Round((Fail("down", 500, type="t", code="c"),)),
    )
    assert run_of("run: [{fail: {error: APIConnectionError}}]").rounds[0].steps == (
        Fail("Connection error.", error="APIConnectionError"),
    )


def test_a_command() -> None:
    command = action(
        "command: [{text: a}, {file: my report.tar.gz}, {image: true}, {json: {k: v}}, {wait: 1s},"
        " {parts: [{text: b}, {record: r.wav}]}, {raise: {plugin: p, handler: h, error: e}}]"
    )
    assert isinstance(command, Command)
    assert command.steps == (
        Result((SentPart("text", "a"),)),
        Result((SentPart("file", extension=".gz", name="my report.tar.gz"),)),
        Result((SentPart("image"),)),
        Result((SentPart("json", json={"k": "v"}),)),
        WaitStep(1.0),
        Result((SentPart("text", "b"), SentPart("record", extension=".wav", name="r.wav"))),
        Raise("p", "h", "e"),
    )


def test_titles() -> None:
    assert [action(f"title: {text}") for text in ("Hi", "null", "{fail: true}")] == [
        Title("Hi"),
        Title(),
        Title(),
    ]


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("- name: a", "scripts.yaml:1: /0: a script has exactly one of run, command, frames, title"),
        ("- run: []\n  frames: []", "this one has run and frames"),
        ("- run:\n    - say: '{nope}'", "scripts.yaml:2: /0/run/0/say: there is no placeholder {nope}"),
        ("- title: '{now}'", "/0/title: there is no placeholder {now}"),
        ("- frames: [{data: '{'}]", "/0/frames/0/data: a single '{'"),
        ("- when:\n    username: {regex: '('}\n  run: []", "scripts.yaml:2: /0/when/username/regex: not a regular"),
        (
            "- run: []\n- when:\n    message: {regex: '^(?!no)'}\n  run: []",
            "scripts.yaml:3: /1/when/message/regex: not a regular expression that can be used (RE2's): "
            "it has a negative lookahead, (?!, at character 2",
        ),
        (f"- {{when: {{message: {{regex: '{DEEP}'}}}}, run: []}}", "/regex: not a regular expression: it is too large"),
        ("- {when: {message: {regex: '(?P<n>x)'}}, run: []}", "the regex group 'n' has the name of a placeholder"),
        ("- run: [{call: {tool: t, result: a, error: b}}]", "/0/run/0/call: a tool returns one thing, not result"),
        ("- run: [{call: [{tool: t, image: true, error: b}]}]", "/0/run/0/call/0: a tool returns one thing"),
        (f"- run: [{{call: {{tool: t, args: {{a: {LONG}}}, result: a}}}}]", "call/args: it has more than 500000"),
        (f"- run: [{{call: [{{tool: t, error: {LONG}}}]}}]", "/0/run/0/call/0/error: it has more than"),
        ("- run: [{fail: {status: 500, error: E}}]", "a failure is either a status or an error"),
        ("- run: [{fail: {status: 500}}, {say: a}]", "/0/run/1: this step is never reached: the run has ended"),
        ("- run: [{call: {tool: t}}, {say: a}]", "because its tool returns nothing"),
        ("- run: [{usage: {input: 1, cached: 2}}]", "cached is a part of input"),
        ("- {name: a, run: []}\n- {name: a, run: []}", "/1/name: the script at scripts.yaml:1 already has the name"),
        ("- run: [{speak: a}]", "is not known here; expected one of reason, say"),
        ("- command: [{wait: soon}]", "/0/command/0/wait"),
        ("- command: [{image: false}]", "/0/command/0/image: `[0].command[0].image` must be true"),
        ("- {run: [], when: {mesage: a}}", "did you mean `message`?"),
        ("scripts: [{times: 0, run: []}]", "/scripts/0/times"),
        ("when: {message: hi}\nrun: []", "scripts.yaml:1: a script file is a list, even with one script: begin"),
        ("- run: [{wait: 2 minutes}]", '/wait: `[0].run[0].wait` must be like "600ms" or "20s" or "1m"'),
        ("7", "must be an array or an object"),
        ("", "must be an array or an object"),
    ],
)  # fmt: skip
def test_mistakes_are_reported_with_their_place(text: str, mistake: str) -> None:
    with pytest.raises(UserError) as raised:
        scripts(text)
    assert mistake in str(raised.value)


def test_all_mistakes_of_a_file_are_reported_at_once() -> None:
    with pytest.raises(UserError) as raised:
        scripts("- run: [{say: '{a}'}, {say: '{b}'}]\n- {}")
    assert len(str(raised.value).splitlines()) == 3


@pytest.mark.parametrize("name", ["default.yaml", "astrbot-4.19.4.yaml"])
def test_the_shipped_scripts_can_be_read(name: str) -> None:
    assert load(resources.fixtures(f"scripts/{name}"))


def test_a_directory_is_read_file_by_file(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("- {name: b, run: []}")
    (tmp_path / "a.json").write_text('[{"name": "a", "run": []}]')
    (tmp_path / "notes.txt").write_text("{")
    assert [script.name for script in load(tmp_path)] == ["a", "b"]


def test_a_directory_without_scripts_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no script files here"):
        load(tmp_path)


def test_a_path_too_long_for_a_file_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read: File name too long"):
        load(tmp_path / ("x" * 300))


def test_many_mistakes_are_counted_and_their_lines_found_in_linear_time() -> None:
    def spent(number: int) -> float:
        text = json.dumps([{"run": [{"say": "{a} " * 20}]}] * number)
        began = process_time()
        with pytest.raises(UserError) as raised:
            read(parse(text, "x.json"))
        took = process_time() - began
        lines = str(raised.value).split("\n")
        assert (len(lines), lines[-1]) == (
            MOST_MISTAKES + 1,
            f"x.json: and {20 * number - MOST_MISTAKES} more mistakes",
        )
        return took

    small, large = (min(spent(number) for _ in range(3)) for number in (100, 1000))
    assert large < 30 * max(small, 0.001)
