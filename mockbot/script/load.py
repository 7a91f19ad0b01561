"""Read script files: each rule that the schema cannot express is checked here, with file, line and pointer."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from mockbot import source
from mockbot.contract.contract import Contract
from mockbot.contract.formats import check
from mockbot.duration import seconds
from mockbot.errors import UserError
from mockbot.expression import ExpressionError
from mockbot.jsontext import JSON
from mockbot.matching import Matcher, matcher
from mockbot.reads import SUFFIXES, note_folder
from mockbot.script.actions import ActionReader
from mockbot.script.answers import ReplyReader
from mockbot.script.inline import inline
from mockbot.script.model import Answer, Command, Script
from mockbot.script.template import NAMES, REQUEST_NAMES, mistakes
from mockbot.script.when import AttachmentsMatcher, When
from mockbot.source import Source

CHAT_KINDS = ("run", "command", "frames", "title")
KINDS = (*CHAT_KINDS, "answer", "events")
CALL_FIELDS = ("operation", "path", "query", "header", "body")
"""What only the `when` of a script for an operation has."""
MOST_MISTAKES = 100
"""How many mistakes of a file are described."""
MATCHED = ("username", "session_id", "config_id", "provider", "model")


def read(
    file: Source, contract: Contract | None = None, folder: Path | None = None, skipped: Collection[int] = ()
) -> tuple[Script, ...]:
    """Return the scripts of a file in its order; raise UserError with file and line of every mistake in it.

    Scripts for operations are validated against `contract`, if it is given. Their files are in `folder`; without it,
    they cannot name any. The items at the indexes `skipped` are no scripts.
    """
    if isinstance(file.value, dict) and "scripts" not in file.value and {"when", *KINDS} & file.value.keys():
        raise UserError(f"{file.place('')}: a script file is a list, even with one script: begin each with `- `")
    check(file, "script")
    return _File(file, contract, folder).scripts(skipped)


def load(path: Path, contract: Contract | None = None) -> tuple[Script, ...]:
    """Return the scripts of a file, or of all YAML and JSON files in a directory, sorted by name.

    Raise UserError as `read` does, and when the path cannot be read or the directory has no script files.
    """
    return tuple(script for file in files(path) for script in read(source.load(file), contract, file.parent))


def files(path: Path) -> list[Path]:
    """Return the script files that a path stands for: itself, or those in the directory, sorted by name.

    Raise UserError if the directory has none, or cannot be read.
    """
    try:
        if not path.is_dir():
            return [path]
        note_folder(path)
        found = sorted(file for file in path.iterdir() if file.suffix in SUFFIXES)
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None
    if not found:
        raise UserError(f"{path}: no script files here; a script file ends in .yaml, .yml or .json")
    return found


class _File:
    """A file that its schema accepts. The schema decides the types of the values; here they are Any."""

    def __init__(self, file: Source, contract: Contract | None, folder: Path | None) -> None:
        self._source, self._contract, self._folder = file, contract, folder
        self._mistakes: list[str] = []
        self._more = 0
        """How many mistakes are only counted."""
        self._actions = ActionReader(self._report)
        self._replies = ReplyReader(contract, folder, self._report, self._matcher, seconds)

    def scripts(self, skipped: Collection[int] = ()) -> tuple[Script, ...]:
        value: Any = self._source.value
        written, at = (value["scripts"], "/scripts") if isinstance(value, dict) else (value, "")
        if isinstance(value, dict) and "usage" in value:
            written = [_with_usage(item, value["usage"]) for item in written]
        scripts = {
            index: self._script(item, f"{at}/{index}") for index, item in enumerate(written) if index not in skipped
        }
        first: dict[str, Script] = {}
        for index, script in scripts.items():
            if "name" in written[index] and first.setdefault(script.name, script) is not script:
                taken = first[script.name].place
                self._report(f"{at}/{index}/name", f"the script at {taken} already has the name {script.name!r}")
        if self._mistakes:
            more = [f"{self._source.name}: and {self._more} more mistakes"] if self._more else []
            raise UserError("\n".join([*self._mistakes, *more]))
        return tuple(scripts.values())

    def _report(self, at: str, sentence: str) -> None:
        if len(self._mistakes) < MOST_MISTAKES:
            self._mistakes.append(f"{self._source.place(at)}: {at}: {sentence}")
        else:
            self._more += 1

    def _script(self, item: Any, at: str) -> Script:
        kinds = [kind for kind in KINDS if kind in item]
        place = self._source.place(at)
        if len(kinds) != 1:
            found = f"has {' and '.join(kinds)}" if kinds else "has none of them"
            self._report(at, f"a script has exactly one of {', '.join(KINDS)}; this one {found}")
        if kinds and kinds[0] not in CHAT_KINDS:
            return self._for_operation(item, kinds[0], at, place)
        self._check_chat(item, at)
        when = self._when(item.get("when", {}), f"{at}/when")
        groups = when.names
        for name in sorted(groups & NAMES):
            self._report(f"{at}/when", f"the regex group {name!r} has the name of a placeholder; rename the group")
        known = groups | (REQUEST_NAMES if kinds == ["title"] else NAMES)
        for kind in kinds:
            for pointer, sentence in mistakes(item[kind], known, f"{at}/{kind}"):
                self._report(pointer, sentence)
        return Script(
            name=item.get("name", place),
            action=self._actions.action(kinds[0], item[kinds[0]], f"{at}/{kinds[0]}") if kinds else Command(),
            when=when,
            times=item.get("times"),
            requires=item.get("requires", {}),
            sets=item.get("sets", {}),
            place=place,
            written=item,
        )

    def _for_operation(self, item: Any, kind: str, at: str, place: str) -> Script:
        for name in item.get("when", {}):
            if name not in CALL_FIELDS:
                self._report(f"{at}/when/{name}", f"{name} is for chat requests; use {', '.join(CALL_FIELDS)}")
        reply = self._replies.reply(item, kind, at)
        media_type = reply.sends.media_type if reply and isinstance(reply.sends, Answer) else ""
        return Script(
            name=item.get("name", place),
            action=Command(),
            times=item.get("times"),
            requires=item.get("requires", {}),
            sets=item.get("sets", {}),
            place=place,
            written=inline(item, self._folder, media_type),
            reply=reply,
        )

    def _check_chat(self, item: Any, at: str) -> None:
        """Report what only scripts for operations have, and a script for chat requests where there is no chat."""
        for name in CALL_FIELDS:
            if name in item.get("when", {}):
                self._report(f"{at}/when/{name}", "a script with an operation has answer or events")
        if item.get("violates"):
            self._report(f"{at}/violates", "only a script with answer or events has it; frames are never validated")
        if self._contract is not None and self._contract.chat is None:
            self._report(
                at,
                "this document has no chat operation that the script could be for; name an operation "
                "(when: {operation: GET /things}) and give it an answer",
            )

    def _when(self, item: Any, at: str) -> When:
        fields: dict[str, Any] = {name: item.get(name) for name in ("turn", "streaming", "admin")}
        for name in ("message", *MATCHED):
            if name in item:
                fields[name] = self._matcher(item[name], f"{at}/{name}")
        match item.get("attachments"):
            case list(types):
                fields["attachments"] = AttachmentsMatcher(tuple(types))
            case {"count": count}:
                fields["attachments"] = AttachmentsMatcher(count=count)
        return When(**fields)

    def _matcher(self, item: Any, at: str) -> Matcher:
        how: Any
        ((how, text),) = item.items() if isinstance(item, dict) else (("equals", item),)
        try:
            return matcher(how, text)
        except ExpressionError as error:
            self._report(f"{at}/{how}", str(error))
            return matcher("equals", text)


def _with_usage(item: Any, usage: JSON) -> Any:
    """Return a script whose run reports the file's usage unless it has its own.

    The script is then complete without its file, so that a snapshot can contain it.
    """
    if "run" not in item or any("usage" in step for step in item["run"]):
        return item
    return item | {"run": [*item["run"], {"usage": usage}]}
