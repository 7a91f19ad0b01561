import pytest

from mockbot import resources
from mockbot.errors import UserError
from mockbot.script.load import load, seconds
from mockbot.script.model import Call, Fail, Part, Raise, Reason, Result, Round, Run, Say, Title, Usage, WaitStep
from tests.script.requests import scripts


def action(text: str):
    return scripts(f"- {text}")[0].action


DEEP = "(" * 5000 + ")" * 5000


@pytest.mark.parametrize(
    ("text", "value"), [("600ms", 0.6), ("20s", 20), ("1m", 60), ("1.5s", 1.5), (3, 3), (0.25, 0.25), ("0s", 0)]
)
def test_durations(text, value):
    assert seconds(text) == pytest.approx(value)


def test_a_script_knows_its_place_and_name():
    first, second = scripts("\n- name: a\n  run: []\n- run: []")
    assert (first.name, first.place, second.name) == ("a", "scripts.yaml:2", "scripts.yaml:4")


def test_a_run_is_cut_into_model_calls():
    assert action(
        "run: [{reason: hm}, {say: [a, b]}, {call: {tool: t, args: {x: 1}, result: r, takes: 1s}}, {say: c},"
        " {usage: {input: 3}}]"
    ) == Run(
        (
            Round((Reason("hm"), Say(("a", "b"))), (Call("t", {"x": 1}, kind="result", result="r", takes=1.0),)),
            Round((Say("c"),)),
        ),
        Usage(3),
    )


def test_after_a_tool_that_returns_nothing_no_model_call_follows():
    assert len(action("run: [{call: {tool: t, result: r}}]").rounds) == 2
    assert action("run: [{call: {tool: t}}]").rounds == (Round((), (Call("t"),)),)
    assert action("run: [{call: [{tool: t}, {tool: u, error: e}]}]").rounds[-1].calls[-1] == Call(
        "u", kind="error", result="e"
    )


def test_silence_at_the_end_comes_after_the_answer_and_elsewhere_in_its_place():
    assert action("run: [{wait: 1}, {say: a}, {wait: 2}, {wait: 3}]") == Run(
        (Round((WaitStep(1), Say("a"))),), linger=5
    )
    assert action("run: [{wait: 1}]") == Run((Round((WaitStep(1),)),))
    assert action("run: [{call: {tool: t}}, {wait: 1}]") == Run((Round((), (Call("t"),)),), linger=1)
    assert action("run: [{fail: {status: 500}}, {wait: 1}]").linger == 1


def test_usage_is_the_runs_own_or_the_files_or_the_worlds():
    own, none, files = scripts(
        "usage: {input: 1}\nscripts: [{run: [{usage: {output: 2}}]}, {run: [{usage: null}]}, {run: []}]"
    )
    assert (own.action.usage, none.action.usage, files.action.usage) == (Usage(output=2), Usage(), Usage(1))
    assert action("run: []").usage is None


def test_failures():
    assert action("run: [{fail: {status: 500, message: down, type: t, code: c}}]").rounds == (
        Round((Fail("down", 500, type="t", code="c"),)),
    )
    assert action("run: [{fail: {error: APIConnectionError}}]").rounds[0].steps == (
        Fail("Connection error.", error="APIConnectionError"),
    )


def test_a_command():
    steps = action(
        "command: [{text: a}, {file: my report.tar.gz}, {image: true}, {json: {k: v}}, {wait: 1s},"
        " {parts: [{text: b}, {record: r.wav}]}, {raise: {plugin: p, handler: h, error: e}}]"
    ).steps
    assert steps == (
        Result((Part("text", "a"),)),
        Result((Part("file", extension=".gz"),)),
        Result((Part("image"),)),
        Result((Part("json", json={"k": "v"}),)),
        WaitStep(1.0),
        Result((Part("text", "b"), Part("record", extension=".wav"))),
        Raise("p", "h", "e"),
    )


def test_titles():
    assert [action(f"title: {text}") for text in ("Hi", "null", "{fail: true}")] == [
        Title("Hi"),
        Title(),
        Title(),
    ]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("- name: a", "scripts.yaml:1: /0: a script has exactly one of run, command, frames, title"),
        ("- run: []\n  frames: []", "this one has run and frames"),
        ("- run:\n    - say: '{nope}'", "scripts.yaml:2: /0/run/0/say: nothing fills the placeholder {nope}"),
        ("- title: '{now}'", "/0/title: nothing fills the placeholder {now}"),
        ("- frames: [{data: '{'}]", "/0/frames/0/data: a lone '{'"),
        ("- when:\n    username: {regex: '('}\n  run: []", "scripts.yaml:2: /0/when/username/regex: not a regular"),
        (
            "- run: []\n- when:\n    message: {regex: '^(?!no)'}\n  run: []",
            "scripts.yaml:3: /1/when/message/regex: not a regular expression that can be used (RE2's): "
            "it has a negative lookahead, (?!, at character 2",
        ),
        (f"- {{when: {{message: {{regex: '{DEEP}'}}}}, run: []}}", "/regex: not a regular expression: it is too large"),
        ("- {when: {message: {regex: '(?P<n>x)'}}, run: []}", "the regex group 'n' has the name of a placeholder"),
        ("- run: [{call: {tool: t, result: a, error: b}}]", "/0/run/0/call: a tool gives back one thing, not result"),
        ("- run: [{call: [{tool: t, image: true, error: b}]}]", "/0/run/0/call/0: a tool gives back one thing"),
        ("- run: [{fail: {status: 500, error: E}}]", "a failure is either a status or an error"),
        ("- run: [{fail: {status: 500}}, {say: a}]", "/0/run/1: nothing plays this step: the run has ended"),
        ("- run: [{call: {tool: t}}, {say: a}]", "for its tool returns nothing"),
        ("- run: [{usage: {input: 1, cached: 2}}]", "cached is a part of input"),
        ("- {name: a, run: []}\n- {name: a, run: []}", "/1/name: 'a' is the name of the script at scripts.yaml:1"),
        ("- run: [{speak: a}]", "is not known here; expected one of reason, say"),
        ("- command: [{wait: soon}]", "/0/command/0/wait"),
        ("- command: [{image: false}]", "/0/command/0/image: `[0].command[0].image` must be true"),
        ("- {run: [], when: {mesage: a}}", "did you mean `message`?"),
        ("scripts: [{times: 0, run: []}]", "/scripts/0/times"),
        ("when: {message: hi}\nrun: []", "scripts.yaml:1: a file of scripts is a list, even of one: begin each script"),
        ("- run: [{wait: 2 minutes}]", '/wait: `[0].run[0].wait` must be like "600ms" or "20s" or "1m"'),
        ("7", "must be an array or an object"),
        ("", "must be an array or an object"),
    ],
)  # fmt: skip
def test_mistakes_are_told_with_their_place(text, complaint):
    with pytest.raises(UserError) as raised:
        scripts(text)
    assert complaint in str(raised.value)


def test_all_mistakes_of_a_file_are_told_at_once():
    with pytest.raises(UserError) as raised:
        scripts("- run: [{say: '{a}'}, {say: '{b}'}]\n- {}")
    assert len(str(raised.value).splitlines()) == 3


@pytest.mark.parametrize("name", ["default.yaml", "astrbot-4.19.4.yaml"])
def test_the_shipped_scripts_can_be_read(name):
    assert load(resources.fixtures(f"scripts/{name}"))


def test_a_directory_is_read_file_by_file(tmp_path):
    (tmp_path / "b.yaml").write_text("- {name: b, run: []}")
    (tmp_path / "a.json").write_text('[{"name": "a", "run": []}]')
    (tmp_path / "notes.txt").write_text("{")
    assert [script.name for script in load(tmp_path)] == ["a", "b"]


def test_a_directory_without_scripts_is_a_mistake(tmp_path):
    with pytest.raises(UserError, match="no script files here"):
        load(tmp_path)


def test_a_path_that_no_file_can_have_is_a_mistake(tmp_path):
    with pytest.raises(UserError, match="cannot be read: File name too long"):
        load(tmp_path / ("x" * 300))
