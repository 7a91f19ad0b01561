"""Runs a page as a reader would: writes its files, runs its commands, compares their output."""

import json
import re
import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path

import yaml

from mockbot.exchange.load import read_files
from mockbot.verify.replay.replay import replay
from tests.docs.elsewhere import ELSEWHERE, FILES_ELSEWHERE, SET_UP
from tests.docs.pages import ROOT, Block
from tests.docs.terminal import Terminal


@dataclass
class Player:
    """A reader of a page, with a terminal."""

    terminal: Terminal
    output: str = ""
    """The output of the last shell block."""

    def play(self, blocks: list[Block]) -> None:
        """Run the blocks of a page from top to bottom."""
        home = (ROOT / blocks[0].page).parent
        if home.parent == ROOT / "examples":
            shutil.copytree(home, self.terminal.folder, dirs_exist_ok=True)
        self.terminal.patch.chdir(self.terminal.folder)
        before = None
        for block in blocks:
            if block.name in FILES_ELSEWHERE:
                assert (ROOT / FILES_ELSEWHERE[block.name]).is_file()
            else:
                kind = getattr(self, f"_{block.language}", None)
                assert kind, f"{block}: no test knows what to do with a `{block.language}` block"
                if block.language == "text":
                    assert before == "sh", f"{block}: a `text` block shows what the `sh` block before it prints"
                assert not self.terminal.failed or block.language == "text", f"{block}: tests failed:\n{self.output}"
                kind(block)
            before = block.language
        assert not self.terminal.failed, f"tests failed:\n{self.output}"
        for block in blocks:
            if block.language in ("python", "js") and block.name not in FILES_ELSEWHERE:
                assert self._is_run(block, blocks), f"{block}: no command of the page runs {block.name}"

    def _is_run(self, block: Block, blocks: list[Block]) -> bool:
        """Return whether a command names a program, or a program that is run imports it."""
        if block.name.startswith("test_"):
            return block.name in self.terminal.tested
        module = block.name.partition(".")[0]
        commands = [command for each in blocks if each.language == "sh" for command in each.commands]
        run = self.terminal.tested
        imported = any(f"from {module} import" in each.text for each in blocks if each.name in run)
        return imported or any(block.name in command.split() for command in commands)

    def _sh(self, block: Block) -> None:
        self.output = ""
        for command in block.commands:
            if command in SET_UP or command in ELSEWHERE:
                continue
            try:
                printed = self.terminal.run(command)
            except AssertionError as error:
                raise AssertionError(f"{block}: {command}\n{error}") from None
            assert printed is not None, f"{block}: no test knows the command `{command}`"
            self.output += printed

    def _text(self, block: Block) -> None:
        shown = re.search(r"\s(error|failed|expected|differences|FAILS|new)\b", block.text)
        assert not self.terminal.failed or shown, f"{block}: {self.output}"
        self.terminal.failed = False
        got = iter(_steady(self.output))
        for line in _steady(block.text):
            pattern = re.compile(re.escape(line).replace(re.escape("..."), ".*"))
            if line != "...":
                assert any(pattern.fullmatch(each) for each in got), f"{block}: `{line}` is not in:\n{self.output}"

    def _yaml(self, block: Block) -> None:
        assert block.name, f"{block}: a file needs a name, in a comment in its first line or as its title"
        path = self._write(block)
        read = yaml.safe_load(block.text)
        if isinstance(read, dict) and "exchanges" in read:
            replayed = replay(exchanges=read_files([path]))
            assert replayed.ok, replayed.differed
        elif isinstance(read, list) and any("operation" in script.get("when", {}) for script in read):
            pass  # a command of the page serves it with the document that it is for
        elif isinstance(read, list) or ("scripts" in read and "keys" not in read):
            with self.terminal.shared.world(pace=None) as world:
                world.scripts.add(path)
        elif "openapi" not in read and "resources" not in read:  # which need their document
            with self.terminal.shared.world(fixture=path):
                pass

    _json = _yaml

    def _toml(self, block: Block) -> None:
        assert block.name, f"{block}: a file needs a name, in a comment in its first line"
        self._write(block)
        tomllib.loads(block.text)

    def _python(self, block: Block) -> None:
        assert block.name, f"{block}: a program needs a name, in a comment in its first line"
        self._write(block)
        if not block.name.startswith("test_"):
            compile(block.text, block.name, "exec")

    def _jsonl(self, block: Block) -> None:
        for line in block.text.splitlines():
            json.loads(line)

    def _js(self, block: Block) -> None:
        assert block.name, f"{block}: a program needs a name, in a comment in its first line"
        self._write(block)

    def _html(self, block: Block) -> None:
        self._write(block)

    def _write(self, block: Block) -> Path:
        path = self.terminal.folder / block.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")
        return path


def _steady(text: str) -> list[str]:
    """Return lines without times and durations, which differ from run to run."""
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+(\+00:00|Z)", "<time>", text)
    text = re.sub(r"\b\d+\.\d+(e-\d+)?\b", "<number>", text)
    return [line.strip() for line in text.splitlines() if line.strip()]
