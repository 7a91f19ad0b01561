"""Plays a page as its reader would: writes its files, runs its commands, compares what they print."""

import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from contextlib import ExitStack, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from mockbot import cli
from mockbot.cli.main import mockbot
from mockbot.testing import MockBot
from mockbot.verify.exchange_reading import read_files
from mockbot.verify.replay import replay
from tests.docs.elsewhere import ELSEWHERE, FILES_ELSEWHERE, SET_UP
from tests.docs.pages import ROOT, Block

FEW = {
    "check": ["--max-examples", "1"],
    "compare": ["--max-examples", "1", "--only", "GET /api/v1/im/bots"],
    "replay": ["--only", "sessions"],
}
"""What shortens a run; options that a page gives itself come later and take precedence."""
QUIET = ["-q", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", "-p", "no:schemathesis", "-p", "no:xdist"]
SECONDS = 60


@dataclass
class Player:
    """A reader at a terminal in `folder`; `shared` is the server of tests that start none."""

    folder: Path
    shared: MockBot
    patch: pytest.MonkeyPatch
    stack: ExitStack
    servers: dict[int, MockBot] = field(default_factory=dict)
    """What was started, by the port that the page names; the real port is a free one."""
    output: str = ""
    """What the last shell block printed."""
    tested: set[str] = field(default_factory=set)
    """The names of the test files that a command has run."""
    proven: dict[str, str] = field(default_factory=dict)
    """What `check` and `replay` printed of mockbot itself, by their command: the same on every page."""

    def play(self, blocks: list[Block]) -> None:
        """Do what a page says, from top to bottom."""
        home = (ROOT / blocks[0].page).parent
        if home.parent == ROOT / "examples":
            shutil.copytree(home, self.folder, dirs_exist_ok=True)
        self.patch.chdir(self.folder)
        before = None
        for block in blocks:
            if block.name in FILES_ELSEWHERE:
                assert (ROOT / FILES_ELSEWHERE[block.name]).is_file()
            else:
                kind = getattr(self, f"_{block.language}", None)
                assert kind, f"{block}: no test knows what to do with a `{block.language}` block"
                if block.language == "text":
                    assert before == "sh", f"{block}: a `text` block shows what the `sh` block before it prints"
                kind(block)
            before = block.language
        for block in blocks:
            if block.language in ("python", "js") and block.name not in FILES_ELSEWHERE:
                assert self._is_run(block, blocks), f"{block}: no command of the page runs {block.name}"

    def _is_run(self, block: Block, blocks: list[Block]) -> bool:
        """Return whether a command names a program, or a program that is run imports it."""
        if block.name.startswith("test_"):
            return block.name in self.tested
        module = block.name.partition(".")[0]
        commands = [command for each in blocks if each.language == "sh" for command in each.commands]
        named = any(block.name in command.split() for command in commands)
        return named or any(f"from {module} import" in each.text for each in blocks if each.name in self.tested)

    def _sh(self, block: Block) -> None:
        self.output = ""
        for command in block.commands:
            action = next((action for pattern, action in COMMANDS.items() if re.match(pattern, command)), None)
            known = command in SET_UP or command in ELSEWHERE
            assert action or known, f"{block}: no test knows the command `{command}`"
            if not known and action:
                try:
                    self.output += action(self, command)
                except AssertionError as error:
                    raise AssertionError(f"{block}: {command}\n{error}") from None

    def _text(self, block: Block) -> None:
        got = iter(_steady(self.output))
        for line in _steady(block.text):
            pattern = re.compile(re.escape(line).replace(re.escape("..."), ".*"))
            if line != "...":
                assert any(pattern.fullmatch(each) for each in got), f"{block}: `{line}` is not here in:\n{self.output}"

    def _yaml(self, block: Block) -> None:
        assert block.name, f"{block}: a file needs a name, in a comment in its first line or as its title"
        path = self._write(block)
        read = yaml.safe_load(block.text)
        if isinstance(read, dict) and "exchanges" in read:
            replayed = replay(exchanges=read_files([path]))
            assert replayed.ok, replayed.differed
        elif isinstance(read, list) or "scripts" in read:
            with self.shared.world(pace=None) as world:
                world.scripts.add(path)
        elif "openapi" not in read:
            with self.shared.world(fixture=path):
                pass

    _json = _yaml

    def _toml(self, block: Block) -> None:
        assert block.name == "pyproject.toml"
        self._write(block)
        tomllib.loads(block.text)

    def _python(self, block: Block) -> None:
        assert block.name, f"{block}: a program needs a name, in a comment in its first line"
        self._write(block)
        if not block.name.startswith("test_"):
            compile(block.text, block.name, "exec")

    def _js(self, block: Block) -> None:
        assert block.name, f"{block}: a program needs a name, in a comment in its first line"
        self._write(block)

    def _html(self, block: Block) -> None:
        self._write(block)

    def _write(self, block: Block) -> Path:
        path = self.folder / block.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")
        return path

    def serve(self, command: str) -> str:
        """Start a server with the options and variables of a command, on a free port."""
        variables, _, options = command.rstrip("& ").partition("mockbot serve")
        with pytest.MonkeyPatch.context() as patch:
            for variable in shlex.split(variables):
                patch.setenv(*variable.split("=", 1))
            given = mockbot.commands["serve"].make_context("serve", shlex.split(options)).params
        port = given["port"]
        chosen = {**given, "port": 0, "pace": 0.0, "cors": given["cors"] or None}
        if port in self.servers:
            self.servers.pop(port).stop()
        self.servers[port] = self.stack.enter_context(MockBot(**chosen))
        return ""

    def curl(self, command: str) -> str:
        """Run a command of curl against the servers of the page."""
        if not shutil.which("curl"):
            pytest.skip("curl is not installed")
        words = [*shlex.split(self._here(command)), "--silent", "--max-time", "10"]
        return self._elsewhere(self._run(words).stdout)

    def export(self, command: str) -> str:
        """Set a variable."""
        self.patch.setenv(*shlex.split(command)[1].split("=", 1))
        return ""

    def prove(self, command: str) -> str:
        """Run `check`, `replay` or `compare` in this process, made short; nothing may be found."""
        if command in self.proven:
            return self.proven[command]
        _, verb, *options = shlex.split(self._here(command))
        printed = io.StringIO()
        with redirect_stdout(printed), pytest.raises(SystemExit) as ended:
            cli.main([verb, *FEW[verb], *options])
        assert not ended.value.code, printed.getvalue()
        if "http" not in command:
            self.proven[command] = printed.getvalue()
        return self._elsewhere(printed.getvalue())

    def health(self, command: str) -> str:
        """Ask for the health of the page's server."""
        words = shlex.split(self._here(command))
        url = words[2:] or [self.servers[6185].base_url]
        return self._elsewhere(self._run([sys.executable, "-m", "mockbot", "health", *url]).stdout)

    def test(self, command: str) -> str:
        """Run the page's tests so far in a process of its own."""
        chosen = shlex.split(command.partition("pytest")[2])
        self.tested |= {path.name for path in self.folder.glob("test_*.py") if not chosen or path.name in chosen}
        ported = {path: self._here(path.read_text("utf-8")) for path in self.folder.glob("*.py")}
        for path, text in ported.items():
            path.write_text(text, encoding="utf-8")
        server = self.servers.get(6185, self.shared)
        variables = {"MOCKBOT_URL": server.base_url}
        done = self._run([sys.executable, "-m", "pytest", *QUIET, *chosen], variables, check=False)
        assert done.returncode in (0, 1), done.stdout + done.stderr
        if done.returncode:
            assert "1 error" in done.stdout or " failed" in done.stdout
        return self._elsewhere(done.stdout) + (f"exit status {done.returncode}\n" if done.returncode else "")

    def python(self, command: str) -> str:
        """Run a program of the page."""
        name = shlex.split(command)[1]
        (self.folder / name).write_text(self._here((self.folder / name).read_text("utf-8")), encoding="utf-8")
        return self._elsewhere(self._run([sys.executable, name]).stdout)

    def node(self, command: str) -> str:
        """Run a program of the page with Node.js."""
        if not shutil.which("node"):
            pytest.skip("Node.js is not installed")
        name = shlex.split(command)[1]
        (self.folder / name).write_text(self._here((self.folder / name).read_text("utf-8")), encoding="utf-8")
        return self._elsewhere(self._run(["node", name]).stdout)

    def install(self, command: str) -> str:
        """Check that the extras and packages of a `pip install` exist; nothing is installed."""
        project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
        for word in shlex.split(command.partition(" install ")[2]):
            if word in (".", "../..") or word.startswith(".["):
                requirement = Requirement(re.sub(r"^[./]+", "mockbot", word))
                assert requirement.extras <= project["optional-dependencies"].keys()
            else:
                assert word in ("pytest", "zensical"), word
        return ""

    def help(self, command: str) -> str:
        """Print the help of a verb."""
        printed = io.StringIO()
        with redirect_stdout(printed), pytest.raises(SystemExit) as ended:
            cli.main(shlex.split(command)[1:])
        assert not ended.value.code
        return printed.getvalue()

    def _here(self, text: str) -> str:
        """Replace the ports that a page names by the real ones."""
        for port, server in self.servers.items():
            text = text.replace(f"http://127.0.0.1:{port}", server.base_url)
        return text

    def _elsewhere(self, text: str) -> str:
        for port, server in self.servers.items():
            text = text.replace(server.base_url, f"http://127.0.0.1:{port}")
        return text

    def _run(
        self, words: list[str], variables: Mapping[str, str] | None = None, *, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))}
        environment = {"PYTHONPATH": str(ROOT), **clean, **(variables or {})}
        done = subprocess.run(words, capture_output=True, text=True, timeout=SECONDS, env=environment, cwd=self.folder)
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done


COMMANDS: Mapping[str, Callable[[Player, str], str]] = {
    r"mockbot( \w+)? --help$": Player.help,
    r"(\w+=\S+ )*mockbot serve( |$)": Player.serve,
    r"curl ": Player.curl,
    r"export MOCKBOT_\w+=\S+$": Player.export,
    r"mockbot (check|replay|compare)( |$)": Player.prove,
    r"mockbot health( \S+)?$": Player.health,
    r"pytest( test_\w+\.py)*$": Player.test,
    r"python \w+\.py$": Player.python,
    r"node \w+\.mjs$": Player.node,
    r"(\.venv/bin/)?pip install ": Player.install,
}


def _steady(text: str) -> list[str]:
    """Return lines without what differs from run to run: times and how long something took."""
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+(\+00:00|Z)", "<time>", text)
    text = re.sub(r"\b\d+\.\d+(e-\d+)?\b", "<number>", text)
    return [line.strip() for line in text.splitlines() if line.strip()]
