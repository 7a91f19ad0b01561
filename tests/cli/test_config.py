"""Settings from mockbot.toml, [tool.mockbot] and --config."""

import os
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest
from jsonschema import Draft202012Validator

from mockbot.astrbot.versions import VERSIONS, blueprint
from mockbot.cli import serve
from mockbot.cli.config_schema import config_schema, settable
from mockbot.errors import UserError
from mockbot.generic.profile import FIXTURES
from mockbot.settings import Settings
from mockbot.testing import MockBot
from tests.cli.conftest import Run

EVERY: dict[str, tuple[str, Any]] = {
    "verbose": ("true", True),
    "watch": ("true", True),
    "host": ('"::1"', "::1"),
    "port": ("0", 0),
    "fixture": ('"empty"', "empty"),
    "scripts": ('"replies"', Path("replies")),
    "behaviour": ('"slow.yaml"', Path("slow.yaml")),
    "contract": ('"observe"', "observe"),
    "astrbot": ('"4.29.3"', "4.29.3"),
    "spec": ('"shop.yaml"', "shop.yaml"),
    "strict_spec": ("true", True),
    "timeout": ("0.5", 0.5),
    "unhandled": ('"problem"', "problem"),
    "stateful": ("true", True),
    "pace": ("0.5", 0.5),
    "seed": ("-7", -7),
    "strict_scripts": ("true", True),
    "ready_file": ('"ready"', Path("ready")),
    "log": ('"json"', "json"),
    "cors": ('["http://a", "*"]', ("http://a", "*")),
    "max_worlds": ("3", 3),
    "max_json": ("1000", 1000),
    "control_token": ('"secret"', "secret"),
    "report": ("true", True),
}
FIELDS = {"pace": "pace_ms"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    for name in [name for name in os.environ if name.startswith("MOCKBOT_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def settings_of(*options: str) -> Settings:
    return serve.settings_from(**serve.serve.make_context("serve", list(options)).params)


def test_a_file_can_set_every_option() -> None:
    text = "\n".join(f"{name} = {value}" for name, (value, _) in EVERY.items())
    Path("mockbot.toml").write_text(text)
    assert EVERY.keys() == settable(serve.serve).keys()
    found = settings_of()
    assert {name: getattr(found, FIELDS.get(name, name)) for name in EVERY} == {
        name: expected for name, (_, expected) in EVERY.items()
    }


def test_a_project_file_can_have_the_settings() -> None:
    Path("pyproject.toml").write_text("[tool.mockbot]\nport = 1\n")
    assert settings_of().port == 1


@pytest.mark.parametrize("text", ["[project]\nname = 'mockbot-user'\n", "[tool.other]\nx = 'mockbot'\n", ""])
def test_a_project_file_without_settings_changes_nothing(text: str) -> None:
    Path("pyproject.toml").write_text(text)
    assert settings_of() == Settings()


def test_mockbot_toml_comes_before_the_project_file_and_the_log_says_so(run: Run) -> None:
    Path("pyproject.toml").write_text("[project]\nname = 'x'\n[tool.mockbot]\nport = 1\n")
    Path("mockbot.toml").write_text("port = 2\n")
    assert settings_of().port == 2
    _, _, err = run("serve", "--show-config")
    assert "pyproject.toml:3: [tool.mockbot] has no effect, because there is a mockbot.toml" in err


def test_option_comes_before_variable_before_file_before_default(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("mockbot.toml").write_text("port = 1\nseed = 1\nmax_worlds = 1\n")
    monkeypatch.setenv("MOCKBOT_PORT", "2")
    monkeypatch.setenv("MOCKBOT_SEED", "2")
    found = settings_of("--port", "3")
    assert (found.port, found.seed, found.max_worlds, found.host) == (3, 2, 1, Settings().host)


def test_a_variable_switches_off_a_flag_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("mockbot.toml").write_text("report = true\nstateful = true\n")
    monkeypatch.setenv("MOCKBOT_REPORT", "0")
    assert (settings_of().report, settings_of().stateful) == (False, True)


def test_another_file_comes_before_those_in_the_working_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("mockbot.toml").write_text("port = 1\nseed = 5\n")
    Path("other.toml").write_text("port = 2\n")
    assert settings_of("--config", "other.toml") == Settings(port=2)
    monkeypatch.setenv("MOCKBOT_CONFIG", "other.toml")
    assert settings_of() == Settings(port=2)


def test_a_project_file_can_be_named() -> None:
    Path("sub").mkdir()
    Path("sub/pyproject.toml").write_text("tool.mockbot.port = 2\n")
    assert settings_of("--config", "sub/pyproject.toml").port == 2
    Path("sub/pyproject.toml").write_text("")
    with pytest.raises(UserError, match=r"^sub/pyproject.toml: it has no table \[tool.mockbot\]"):
        settings_of("--config", "sub/pyproject.toml")


def test_paths_in_a_file_are_relative_to_it(folder: Path) -> None:
    Path("sub").mkdir()
    Path("sub/x.toml").write_text(
        'fixture = "f.yaml"\nscripts = "s"\nbehaviour = "/b.yaml"\nspec = "../spec.yaml"\nready_file = "r"\n'
    )
    assert settings_of("--config", "sub/x.toml") == Settings(
        fixture=str(Path("sub/f.yaml")),
        scripts=Path("sub/s"),
        behaviour=Path("/b.yaml"),
        spec=str(Path("sub/../spec.yaml")),
        ready_file=Path("sub/r"),
    )
    assert settings_of("--config", str(folder / "sub/x.toml")).scripts == folder / "sub/s"


@pytest.mark.parametrize(
    "name", sorted({*FIXTURES, *(name for version in VERSIONS for name in blueprint(version).fixtures)})
)
def test_the_name_of_a_shipped_fixture_is_no_path(name: str) -> None:
    Path("sub").mkdir()
    Path("sub/x.toml").write_text(f'fixture = "{name}"\n')
    assert settings_of("--config", "sub/x.toml").fixture == name


def test_an_address_is_no_path() -> None:
    Path("sub").mkdir()
    Path("sub/x.toml").write_text('spec = "HTTPS://example.org/openapi.json"\n')
    assert settings_of("--config", "sub/x.toml").spec == "HTTPS://example.org/openapi.json"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("prot = 1", "there is no setting `prot`; did you mean `port`?"),
        ("strict-scripts = true", "there is no setting `strict-scripts`; did you mean `strict_scripts`?"),
        ("xyz = 1", "there is no setting `xyz`; expected one of host, port, fixture, "),
        ("config = 'x'", "there is no setting `config`; "),
        ("[server]\nport = 1", "[server] is a table; the settings of this file stand without one: `port = 7000`"),
        ("port = '1'", 'port: "1" is not a whole number from 0 to 65535'),
        ("port = true", "port: true is not a whole number from 0 to 65535"),
        ("port = 1.0", "port: 1.0 is not a whole number from 0 to 65535"),
        ("port = 65536", "port: '65536' is not a whole number from 0 to 65535"),
        ("max_worlds = 0", "max_worlds: '0' is not a whole number of at least 1"),
        ("pace = '1'", 'pace: "1" is not a number of milliseconds from 0 to 60000'),
        ("pace = '2m'", "pace: '2m' is not a number of milliseconds from 0 to 60000, or a duration such as 150ms"),
        ("pace = nan", "pace: 'nan' is not a number of milliseconds from 0 to 60000"),
        ("host = 1", 'host: 1 is not a string: "..."'),
        ("astrbot = 4.19", 'astrbot: 4.19 is not a string: "..."'),
        ("fixture = 2026-11-26", 'fixture: 2026-11-26 is not a string: "..."'),
        ("contract = 1", 'contract: 1 is not "enforce" or "observe"'),
        ("contract = 'x'", "contract: 'x' is not one of 'enforce', 'observe'"),
        ("report = 1", "report: 1 is not true or false"),
        ("report = 'yes'", 'report: "yes" is not true or false'),
        ("cors = 'http://a'", 'cors: "http://a" is not a list of strings: ["...", "..."]'),
        ("cors = [1]", 'cors: an array is not a list of strings: ["...", "..."]'),
        ("cors = ['a.org']", "cors: 'a.org' is not an origin such as https://"),
        ("control_token = 'a b'", "control_token: A token consists of printable ASCII characters"),
    ],
)
def test_a_mistake_is_named_with_file_and_line(run: Run, text: str, message: str) -> None:
    Path("mockbot.toml").write_text(f"# settings\n\n{text}\n")
    code, out, err = run("serve", "--show-config")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"mockbot: mockbot.toml:3: {message}")
    Path("mockbot.toml").unlink()
    Path("pyproject.toml").write_text(f"[tool.mockbot]\n{text.replace('[server]', '[tool.mockbot.server]')}\n")
    assert run("serve", "--show-config")[2].startswith(f"mockbot: pyproject.toml:2: {message}")


def test_a_duration_can_have_a_unit(run: Run) -> None:
    Path("mockbot.toml").write_text("pace = '1.5s'\n")
    code, out, _ = run("serve", "--show-config")
    assert (code, "1500" in out) == (0, True)


def test_all_mistakes_are_named_at_once(run: Run) -> None:
    Path("mockbot.toml").write_text("prot = 1\nseed = 1\npace = -1\n")
    _, _, err = run("serve", "--show-config")
    assert [line.split(": ")[-2 if "pace" in line else -1][:12] for line in err.splitlines()] == [
        "there is no ",
        "pace",
    ]


def test_a_secret_is_not_shown_in_an_error(run: Run) -> None:
    Path("mockbot.toml").write_text("control_token = 987654\n")
    _, _, err = run("serve", "--show-config")
    assert "control_token: the value is not a string" in err
    assert "987654" not in err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('fixture = "nope.yaml"', "fixture: nope.yaml: no such fixture; use one of "),
        ('scripts = "nope"', "scripts: nope: cannot be read: "),
        ('astrbot = "4.2"', "astrbot: --astrbot 4.2: no such version; "),
    ],
)
def test_a_mistake_behind_a_value_of_a_file_names_its_place(run: Run, text: str, message: str) -> None:
    Path("mockbot.toml").write_text(f"port = 0\n{text}\n")
    code, _, err = run("serve")
    log, error = err.splitlines()
    assert log.endswith("settings are read from mockbot.toml")
    assert code == 2
    assert error.startswith(f"mockbot: mockbot.toml:2: {message}")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("mockbot.toml", "port =\n", "mockbot.toml:1: not well-formed TOML: "),
        ("pyproject.toml", "[tool.mockbot]\nport =\n", "pyproject.toml:2: not well-formed TOML: "),
        ("pyproject.toml", "[tool]\nmockbot = 1\n", "pyproject.toml:2: [tool.mockbot] is a table of settings"),
    ],
)
def test_a_file_that_has_no_settings_is_an_error(run: Run, name: str, text: str, message: str) -> None:
    Path(name).write_text(text)
    assert run("serve", "--show-config")[2].startswith(f"mockbot: {message}")


def test_a_missing_file_is_an_error(run: Run) -> None:
    code, _, err = run("serve", "--config", "nope.toml")
    assert (code, err) == (2, "mockbot: nope.toml: cannot be read: No such file or directory\n")


def test_show_config_prints_each_setting_and_its_origin(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("mockbot.toml").write_text('# x\nport = 7000\ncors = ["http://a"]\ncontrol_token = "hush"\n')
    monkeypatch.setenv("MOCKBOT_SEED", "7")
    monkeypatch.setenv("MOCKBOT_PROT", "7")
    code, out, err = run("serve", "--fixture", "empty", "--show-config")
    assert code == 0
    assert "MOCKBOT_PROT has no effect; did you mean MOCKBOT_PORT?" in err
    lines = [line.rsplit("  # ", 1) for line in out.splitlines()]
    assert lines[0] == ["# settings file: mockbot.toml"]
    found = {setting.strip(): origin for setting, origin in lines[1:]}
    assert len(found) == len(settable(serve.serve))
    assert found["port = 7000"] == "mockbot.toml:2"
    assert found['cors = ["http://a"]'] == "mockbot.toml:3"
    assert found['control_token = "***"'] == "mockbot.toml:4"
    assert found["seed = 7"] == "MOCKBOT_SEED"
    assert found['fixture = "empty"'] == "--fixture"
    assert found['host = "127.0.0.1"'] == "default"
    assert found["# scripts"] == "default"
    assert found["# astrbot"] == "default: 4.19.4, or none with --spec"


@pytest.mark.parametrize("text", ["", 'host = "a\\u007f\\u001b\\"\\\\"\npace = 0.5\ncors = ["*"]\nscripts = "ü/x"\n'])
def test_what_show_config_prints_is_a_file_with_the_same_settings(run: Run, text: str) -> None:
    Path("mockbot.toml").write_text(text)
    before = settings_of()
    _, out, _ = run("serve", "--show-config")
    tomllib.loads(out)
    Path("mockbot.toml").write_text(out)
    assert settings_of() == before


def test_show_config_masks_a_token_wherever_it_comes_from(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "hush" not in "".join(map(str, run("serve", "--control-token", "hush", "--show-config")))
    monkeypatch.setenv("MOCKBOT_CONTROL_TOKEN", "hush")
    _, out, _ = run("serve", "--show-config")
    assert 'control_token = "***"' in out
    assert "hush" not in out


VALUES: list[Any] = [
    *("", "x", "4.29.3", "enforce", "problem", "json", "http://a", "*", "a b"),
    *(True, False, 0, 1, -1, 65535, 65536, 10**30, 0.5, 60000.5, [], ["*"], ["http://a", "x"], [1], {}, {"a": 1}),
]


@pytest.mark.parametrize("name", settable(serve.serve))
def test_the_schema_accepts_what_the_command_accepts(name: str) -> None:
    validator = Draft202012Validator(config_schema(serve.serve))
    accepted = []
    for value in VALUES:
        Path("mockbot.toml").write_text(f"{name} = {_toml(value)}\n")
        try:
            serve.serve.make_context("serve", [])
            accepted.append(value)
        except (UserError, click.UsageError):
            pass
    assert accepted
    assert len(accepted) < len(VALUES)
    assert [value for value in VALUES if validator.is_valid({name: value})] == accepted


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + "}"
    return str(value).lower() if isinstance(value, bool) else repr(value)


def test_servers_of_tests_read_no_file() -> None:
    Path("mockbot.toml").write_text('fixture = "nope"\ncontract = "observe"\n')
    with MockBot() as bot:
        assert bot.key == "abk_demo"
