"""Several clients in one run: the file that names them, and the table of their results."""

import json
import re
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest

from mockbot.cli.main import main
from mockbot.errors import UserError
from mockbot.fuzz.clients.choice import Choice
from mockbot.fuzz.matrix import Entry, load

CHAT = """
import json, os, urllib.request
body = {"message": os.environ["MOCKBOT_MESSAGE"], "username": "ada"}
headers = {"X-API-Key": os.environ["MOCKBOT_KEY"], "Content-Type": "application/json"}
request = urllib.request.Request(os.environ["MOCKBOT_URL"] + "/api/v1/chat", json.dumps(body).encode(), headers)
with urllib.request.urlopen(request, timeout=4) as response:
    text = response.read().decode()
for block in CODE:
    if block.startswith("data: "):
        print(block.removeprefix("data: "))
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a client that has a bug, and one that has not, as the current one."""
    (tmp_path / "wrong.py").write_text(CHAT.replace("CODE", r"text.split('\n\n')"))
    (tmp_path / "right.py").write_text(CHAT.replace("CODE", r"text.replace('\r\n', '\n').split('\n\n')"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(folder: Path, *tables: str) -> Path:
    """Return a file with these clients."""
    file = folder / "clients.toml"
    file.write_text("\n".join(f"[[client]]\n{table}" for table in tables))
    return file


def python(file: str, *more: str) -> str:
    return "\n".join([f'name = "{file}"', f'command = ["{sys.executable}", "{file}.py"]', *more])


def fuzz(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["fuzz", "--max-examples", "0", "--deadline", "3", *arguments])
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_a_file_has_an_entry_for_each_client(folder: Path) -> None:
    (folder / "known.toml").write_text('"A3/events/-" = "to be mended"')
    file = written(
        folder,
        'name = "one"\ncommand = ["node", "chat.mjs"]',
        'name = "two"\nadapter = "python a.py"\ndeadline = 2\nonly = ["A", "B2"]\nexpect = "known.toml"',
        'name = "three"\nbrowser = "chat.html"',
    )
    known = {"A3/events/-": "to be mended"}
    assert load(file) == (
        Entry("one", Choice(("node", "chat.mjs"))),
        Entry("two", Choice(adapter="python a.py"), 2, ("A", "B2"), known),
        Entry("three", Choice(browser=Path("chat.html"))),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "clients.toml: no client; each has a table [[client]] with name, and command, adapter or browser"),
        ("client = 1", "clients.toml: no client; *"),
        ("[[client]", "clients.toml: not TOML: *"),
        ("[[clients]]\nname = 'x'", "clients.toml: 'clients': did you mean `client`?*"),
        ("[[client]]\ncommand = ['a']", "clients.toml: client 1: name: it is missing; *"),
        ("[[client]]\nname = 'a'", 'clients.toml: client 1 ("a"): give one of command = *'),
        (
            "[[client]]\nname = 'a'\ncommand = ['a']\nadapter = 'a'",
            'clients.toml: client 1 ("a"): give one of command = *',
        ),
        (
            "[[client]]\nname = 'a'\ncomand = ['a']",
            "*: 'comand' is not known here; did you mean `command`?*",
        ),
        ("[[client]]\nname = 'a'\ncommand = 'a b'", '*command: it is "a b", but must be a list with a program *'),
        ("[[client]]\nname = 'a'\ncommand = []", "*command: it is an empty array, but must be a list *"),
        ("[[client]]\nname = 'a'\nadapter = \"a '\"", '*adapter: it is "a \'", but must be a command as in a shell*'),
        ("[[client]]\nname = 'a'\ncommand = ['a']\ndeadline = true", "*deadline: it is true, but must be a number *"),
        (
            "[[client]]\nname = 'a'\ncommand = ['a']\nonly = ['Z']",
            "*only: it is an array, but must be a list of *",
        ),
        ("[[client]]\nname = 'a'\ncommand = ['a']\nexpect = 'no'", '*client 1 ("a"): no: cannot be read: *'),
        (
            "[[client]]\nname = 'a b'\ncommand = ['a']\n[[client]]\nname = 'a:b'\ncommand = ['a']",
            '*client 2 ("a:b"): name: it is that of client 1; use another',
        ),
    ],
)
def test_a_mistake_names_the_file_and_the_entry(folder: Path, text: str, message: str) -> None:
    (folder / "clients.toml").write_text(text)
    with pytest.raises(UserError) as error:
        load(Path("clients.toml"))
    assert re.fullmatch(re.escape(message).replace(r"\*", ".*"), str(error.value), re.DOTALL), str(error.value)


def test_all_mistakes_of_a_file_are_shown_at_once(folder: Path) -> None:
    file = written(folder, "name = 1\nadapter = 2", 'name = "b"\ncomand = 3')
    with pytest.raises(UserError) as error:
        load(file)
    assert str(error.value).count("\n") == 3


def columns(shown: str) -> list[str]:
    """Return the lines of the table, all of the same width."""
    lines = shown.split("\n\n")[0].split("\n")
    return [line.ljust(max(map(len, lines))) for line in lines]


def test_each_client_has_a_column_also_one_that_cannot_be_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    absent = 'name = "absent"\ncommand = ["./absent"]'
    file = written(folder, python("right"), absent, python("wrong", 'only = ["A3"]'))
    files = ["--html", "r.html", "--json", "r.json", "--junit", "r.xml", "--save", "found"]
    assert fuzz("--matrix", str(file), "--only", "A1", "--only", "A3", *files) == 2
    shown = capsys.readouterr().out
    assert [[line[-17:-12].strip(), line[-11:-6].strip(), line[-5:].strip()] for line in columns(shown)] == [
        ["[1]", "[2]", "[3]"],
        ["ok", "x", ""],
        ["ok", "x", "FAIL"],
        ["2/2", "x", "0/1"],
    ]
    assert "[1] right: survives 2 of 2 classes; no findings\n" in shown
    assert "[2] absent: ./absent: cannot be run: No such file or directory\n" in shown
    assert "[3] wrong: survives 0 of 1 classes; 1 new\n    [new] A3/events/-: CRLF line ends: " in shown
    reports: list[dict[str, Any]] = json.loads((folder / "r.json").read_text())
    assert [(each["client"], len(each["findings"])) for each in reports] == [("right", 0), ("absent", 0), ("wrong", 1)]
    assert reports[1]["problem"] == "./absent: cannot be run: No such file or directory"
    suites = Xml.parse(folder / "r.xml").getroot()
    assert [(each.get("name"), each.get("failures"), each.get("errors")) for each in suites] == [
        ("right", "0", "0"),
        ("absent", "0", "1"),
        ("wrong", "1", "0"),
    ]
    page = (folder / "r.html").read_text()
    assert "3 clients of mockbot fuzz" in page
    assert f"mockbot fuzz --replay found/wrong/A3-events--.yaml -- {sys.executable} wrong.py" in page
    assert [path.relative_to(folder / "found") for path in (folder / "found").rglob("*.yaml")] == [
        Path("wrong/A3-events--.yaml")
    ]


def test_known_failures_are_those_of_each_client(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "known.toml").write_text('"A3/events/-" = "to be mended"')
    file = written(folder, python("wrong", 'expect = "known.toml"'))
    assert fuzz("--matrix", str(file), "--only", "A3") == 0
    assert "[known] A3/events/-" in capsys.readouterr().out
    assert fuzz("--matrix", str(written(folder, python("wrong"))), "--only", "A3") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--fixture", "no.yaml"], "no.yaml"),
        (["--replay", "no.yaml"], "no.yaml: cannot be read"),
        (["--", "python"], "give one client"),
    ],
)
def test_a_mistake_that_concerns_all_clients_ends_the_run(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    file = written(folder, python("right"))
    assert fuzz("--matrix", str(file), *arguments) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.out == ""
