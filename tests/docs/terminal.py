"""The commands of a page, run by a reader at a terminal; ports are replaced by free ones."""

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
from packaging.requirements import Requirement

from mockbot import cli
from mockbot.astrbot import versions
from mockbot.cli.greeting import greeting
from mockbot.cli.main import mockbot
from mockbot.testing import MockBot
from tests.docs.pages import ROOT
from tests.processes import run

FEW = {
    "check": ["--max-examples", "1"],
    "compare": ["--max-examples", "1", "--only", "GET /api/v1/im/bots"],
    "replay": ["--only", "sessions"],
    "fuzz": ["--max-examples", "0", "--deadline", "4"],
}
"""Options for short runs; the options of a page come later and take precedence."""
QUIET = ["-q", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", "-p", "no:schemathesis", "-p", "no:xdist"]
SECONDS = 240


@dataclass
class Terminal:
    """A terminal in `folder`; `shared` is the server of tests that start none."""

    folder: Path
    shared: MockBot
    patch: pytest.MonkeyPatch
    stack: ExitStack
    servers: dict[int, MockBot] = field(default_factory=dict)
    """The started servers, by the port in the page."""
    tested: set[str] = field(default_factory=set)
    """The names of the test files that were run."""
    failed: bool = False
    """Whether tests failed or a verb found something; the next block of the page must show that."""

    def run(self, command: str) -> str | None:
        """Run a command and return its output; None if the command is unknown."""
        action = next((action for pattern, action in COMMANDS.items() if re.match(pattern, command)), None)
        return None if action is None else action(self, command)

    def serve(self, command: str) -> str:
        """Start a server with the options and variables of a command, on a free port, and return its first lines."""
        variables, _, options = command.rstrip("& ").partition("mockbot serve")
        with pytest.MonkeyPatch.context() as patch:
            for variable in shlex.split(variables):
                patch.setenv(*variable.split("=", 1))
            given = mockbot.commands["serve"].make_context("serve", shlex.split(options)).params
        port = given["port"]
        chosen = {**given, "port": 0, "pace": 0.0, "cors": given["cors"] or None}
        if port in self.servers:
            self.servers.pop(port).stop()
        server = self.servers[port] = self.stack.enter_context(MockBot(**chosen))
        if given["spec"] is not None:
            return ""
        return self._elsewhere(f"{greeting(server.base_url, server.key, versions.profile(given['astrbot']))}\n")

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

    def verify(self, command: str) -> str:
        """Run a short `check`, `replay` or `compare` in this process; the page must show what it finds."""
        _, verb, *options = shlex.split(self._here(command))
        printed = io.StringIO()
        with redirect_stdout(printed), pytest.raises(SystemExit) as ended:
            cli.main([verb, *FEW[verb], *options])
        assert ended.value.code in (None, 0, 1), printed.getvalue()
        self.failed |= ended.value.code == 1
        return self._elsewhere(printed.getvalue())

    def fuzz(self, command: str) -> str:
        """Run `mockbot fuzz` in this process, with this Python as `python`; the page must show what it finds."""
        self.patch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
        return self.verify(command)

    def control(self, command: str) -> str:
        """Run `mockbot health` or `mockbot reload` for the page's server; a file of the page may have a mistake."""
        words = shlex.split(self._here(command))
        url = [] if words[-1].startswith("http") else [self.servers[6185].base_url]
        done = self._run([sys.executable, "-m", "mockbot", *words[1:], *url], check=False)
        assert done.returncode in (0, 1), done.stdout + done.stderr
        return self._elsewhere(done.stdout + done.stderr)

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
        self.failed = done.returncode == 1
        return self._elsewhere(done.stdout)

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
                assert word in ("httpx", "pytest", "zensical"), word
        return ""

    def help(self, command: str) -> str:
        """Print the help of a verb."""
        printed = io.StringIO()
        with redirect_stdout(printed), pytest.raises(SystemExit) as ended:
            cli.main(shlex.split(command)[1:])
        assert not ended.value.code
        return printed.getvalue()

    def show_config(self, command: str) -> str:
        """Print the settings for the options and variables of a command."""
        variables, _, options = command.partition("mockbot ")
        with pytest.MonkeyPatch.context() as patch:
            for variable in shlex.split(variables):
                patch.setenv(*variable.split("=", 1))
            return self.help(f"mockbot {options}")

    def print_or_write(self, command: str) -> str:
        """Run `mockbot init` or `mockbot schema`; what it prints may go into a file."""
        words, _, file = command.partition(" > ")
        printed = self.help(words)
        if not file:
            return printed
        (self.folder / file).write_text(printed, encoding="utf-8")
        return ""

    def change_folder(self, command: str) -> str:
        """Go into a folder."""
        self.folder = self.folder / shlex.split(command)[1]
        self.patch.chdir(self.folder)
        return ""

    def _here(self, text: str) -> str:
        """Replace the ports in a page by the real ones."""
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
        # a module that a page writes twice within a second would be the first one again, from its bytecode
        environment = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **clean, **(variables or {})}
        done = run(words, timeout=SECONDS, env=environment, cwd=self.folder)
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done


COMMANDS: Mapping[str, Callable[[Terminal, str], str]] = {
    r"mockbot( \w+)? --help$": Terminal.help,
    r"(\w+=\S+ )*mockbot serve .*--show-config$": Terminal.show_config,
    r"mockbot (init|schema) ": Terminal.print_or_write,
    r"cd \S+$": Terminal.change_folder,
    r"(\w+=\S+ )*mockbot serve( |$)": Terminal.serve,
    r"curl ": Terminal.curl,
    r"export MOCKBOT_\w+=\S+$": Terminal.export,
    r"mockbot (check|replay|compare)( |$)": Terminal.verify,
    r"mockbot fuzz ": Terminal.fuzz,
    r"mockbot (health|reload)( |$)": Terminal.control,
    r"pytest( test_\w+\.py)*$": Terminal.test,
    r"python \w+\.py$": Terminal.python,
    r"node \w+\.mjs$": Terminal.node,
    r"(\.venv/bin/)?pip install ": Terminal.install,
}
