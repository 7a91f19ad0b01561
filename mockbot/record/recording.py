"""A recording: the fixture and the scripts that play it again, what drifted, and what cannot be played."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from mockbot.dataclass import dataclass
from mockbot.journal.secrets import Secrets
from mockbot.jsontext import JSON
from mockbot.profile import Profile
from mockbot.record.answers import conditions, distinguished, key_of, written
from mockbot.record.chats import Chat, Scriptwriter
from mockbot.record.check import check
from mockbot.record.drift import Drift, drift
from mockbot.record.exchange import Exchange
from mockbot.record.folder import SCRIPTS, Names
from mockbot.record.masking import masked, masker
from mockbot.record.playback import MOST, differing
from mockbot.record.rehearsal import Rehearsal, accepted
from mockbot.record.rows import KEY, rows, uploads
from mockbot.record.texts import Texts, identifiers
from mockbot.record.titles import titles

Scripts = dict[str, list[dict[str, JSON]]]
"""Script files by their names."""
MOST_LEVELS = 100
"""Levels of lists and objects in a file that is written."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What is written, and what is reported."""

    fixture: Mapping[str, JSON]
    scripts: Scripts
    drift: Sequence[Drift] = ()
    left_out: Sequence[str] = ()
    """Exchanges that are not in the scripts, each with the reason."""
    unlike: Sequence[str] = ()
    """Exchanges that the scripts answer in another way."""
    violating: bool = False
    """Whether a request broke the contract."""


async def recording(profile: Profile, exchanges: Iterable[Exchange]) -> Recording:
    """Return the recording of exchanges with the server that `profile` describes.

    An exchange that cannot be written, whatever the error, is left out and noted.
    """
    known = sorted(exchanges, key=lambda exchange: exchange.number)
    found, failed = await _written(profile, known)
    notes = [f"{_line(exchange)}: it cannot be written ({type(error).__name__})" for exchange, error in failed]
    return replace(found, left_out=[*found.left_out, *notes])


async def _written(profile: Profile, known: Sequence[Exchange]) -> tuple[Recording, list[tuple[Exchange, Exception]]]:
    """Return the recording of all exchanges that can be written, and the others with their errors."""
    try:
        return await _whole(profile, known), []
    except Exception as error:
        failed = [(known[0], error)] if len(known) == 1 else await _failing(profile, known)
    numbers = {exchange.number for exchange, _ in failed}
    rest = [exchange for exchange in known if exchange.number not in numbers]
    try:
        return await _whole(profile, rest), failed
    except Exception as error:  # each half can be written, but not both together
        return Recording({"version": 1}, {}), [*failed, *((exchange, error) for exchange in rest)]


async def _failing(profile: Profile, known: Sequence[Exchange]) -> list[tuple[Exchange, Exception]]:
    """Return the exchanges that cannot be written even alone, found by halving."""
    found = []
    for half in (known[: len(known) // 2], known[len(known) // 2 :]):
        try:
            await _whole(profile, half)
        except Exception as error:
            found += [(half[0], error)] if len(half) == 1 else await _failing(profile, half)
    return found


async def _whole(profile: Profile, known: Sequence[Exchange]) -> Recording:
    """Return the recording of exchanges; raise whatever error one of them leads to."""
    for exchange in known:
        if not exchange.checked:
            check(exchange, profile.contract, profile.blueprint.carriers.query)
    secrets = masker(known, profile.blueprint.key_pattern, profile.blueprint.carriers)
    found = await _Writer(profile, known, secrets).recording()
    if _is_deep([dict(found.fixture), *found.scripts.values()]):
        raise RecursionError
    return found


def _is_deep(value: Any) -> bool:
    """Return whether a value has more than MOST_LEVELS levels, which a YAML file cannot have."""
    level = [value]
    for _ in range(MOST_LEVELS):
        level = [item for each in level for item in _items(each)]
    return bool(level)


def _items(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


@dataclass(slots=True)
class _Writer:
    profile: Profile
    all: Sequence[Exchange]
    secrets: Secrets
    left_out: list[str] = field(default_factory=list)
    names: Names = field(default_factory=Names)

    async def recording(self) -> Recording:
        usable = [exchange for exchange in self.all if self._is_usable(exchange)]
        chats = [chat for exchange in usable if exchange.operation == self.profile.chat and (chat := Chat.of(exchange))]
        fixture: dict[str, Any] = {"version": 1}
        if self.profile.chat is not None and self.profile.handlers:
            fixture, mistakes = accepted(self.profile, {**fixture, "server": self.profile.name, **rows(usable, chats)})
            self.left_out += [f"a row of the fixture: {mistake}" for mistake in mistakes]
        rehearsed = {**fixture, "attachments": [*fixture.get("attachments", ()), *uploads(usable)]}
        if not rehearsed["attachments"]:
            del rehearsed["attachments"]
        key = KEY if "keys" in fixture else ""
        scripts = await self._chats(chats, Rehearsal(self.profile, rehearsed, key), fixture)
        spoken = {chat.exchange.number for chat in chats}
        others = [exchange for exchange in usable if exchange.number not in spoken]
        rehearsal = Rehearsal(self.profile, fixture, key)
        scripts = self._use(scripts, rehearsal)
        unlike = {exchange.number for exchange in await differing(rehearsal, usable, key)}
        scripts |= self._answers([each for each in others if each.operation], unlike)
        final = Rehearsal(self.profile, fixture, key)
        scripts = self._use(scripts, final)
        if len(usable) > MOST:
            self.left_out.append(f"{len(usable) - MOST} exchanges were not played to compare their answers")
        still = [_line(exchange) for exchange in await differing(final, usable, key)]
        fixture["scripts"] = [f"{SCRIPTS}/{name}" for name in scripts]
        if not scripts:
            del fixture["scripts"]
        kept_keys = fixture.pop("keys", None)
        clean: Any = masked(fixture, self.secrets)
        if kept_keys is not None:
            clean = {"version": 1, **{k: clean[k] for k in ("server",) if k in clean}, "keys": kept_keys, **clean}
        files: Any = {name: masked([*file], self.secrets) for name, file in scripts.items()}
        violating = any(exchange.violations for exchange in usable if exchange.operation)
        return Recording(clean, files, drift(self.all), self.left_out, still, violating)

    def _is_usable(self, exchange: Exchange) -> bool:
        """Return whether an exchange can be played again; note why not."""
        why = ""
        if exchange.ended == "refused":
            return False
        if exchange.too_large:
            why = "a body is too large to be kept"
        elif exchange.ended != "complete":
            why = f"the response is not complete ({exchange.ended})"
        elif exchange.operation is None and exchange.violations:
            why = "the document does not have it"
        elif exchange.status == 401:
            why = "it was refused for its key, which a recording does not have"
        if why:
            self.left_out.append(f"{_line(exchange)}: {why}")
        return not why

    def _use(self, scripts: Scripts, rehearsal: Rehearsal) -> Scripts:
        """Let `rehearsal` play scripts; return them without files that cannot be used, which are noted."""
        if rehearsal.scripts([each for file in scripts.values() for each in file]) is None:
            return scripts
        found = {name: (file, rehearsal.scripts(file)) for name, file in scripts.items()}
        self.left_out += [f"{SCRIPTS}/{name}: {why}" for name, (_, why) in found.items() if why is not None]
        usable = {name: file for name, (file, why) in found.items() if why is None}
        rehearsal.scripts([each for file in usable.values() for each in file])
        return usable

    def _name(self, text: str, fallback: str) -> str:
        """Return a name for a script, without keys; also one that would only be a key in lower case."""
        words = self.secrets.text(self.secrets.text(text).lower())
        name = Names().new(words, fallback)
        return self.names.new(words if self.secrets.text(name) == name else "", fallback)

    async def _chats(self, chats: Sequence[Chat], rehearsal: Rehearsal, fixture: Mapping[str, Any]) -> Scripts:
        """Return the scripts for chat messages, one file for each message."""
        groups: dict[tuple[str, tuple[str, ...]], list[Chat]] = {}
        for chat in chats:
            if chat.message or chat.attachments:
                groups.setdefault((chat.message, chat.attachments), []).append(chat)
        writer = Scriptwriter(rehearsal, self.profile.blueprint.pace, identifiers(json.dumps(fixture)))
        shown = titles(self.all, chats)
        common = shown(chats)
        files: Scripts = {}
        for (message, attachments), group in sorted(groups.items(), key=_slash_first):
            when: dict[str, JSON] = {"message": message}
            if attachments:
                when["attachments"] = [*attachments]
            elif any(other == message and kinds for other, kinds in groups):
                when["attachments"] = {"count": 0}
            name = self._name(message, "attachment")
            found = await writer.scripts(group)
            file: list[dict[str, JSON]] = []
            for number, script in enumerate(found, 1):
                more: Any = script.pop("when", {}) if "when" in script else {}
                called = name if number == 1 else self.names.new(f"{name}-{number}", name)
                file.append({"name": called, "when": {**when, **more}, **script})
            own = shown(group) if len(common) > 1 else []
            file += [{"name": self.names.new(f"{name}-title", name), "when": when, **each} for each in own]
            files[f"{name}.yaml"] = file
        if len(common) == 1:
            name = self.names.new("title", "title")
            files[f"{name}.yaml"] = [{"name": name, **common[0]}]
        return files

    def _answers(self, exchanges: Sequence[Exchange], unlike: set[int]) -> Scripts:
        """Return the scripts for operations whose exchanges are not played without them."""
        carriers = self.profile.blueprint.carriers
        groups: dict[str, list[Exchange]] = {}
        whens: dict[str, dict[str, Any]] = {}
        for exchange in exchanges:
            if not str(exchange.operation).startswith(f"{exchange.method} "):
                continue  # HEAD has the answer of GET
            when = conditions(exchange, self.profile.contract, carriers)
            if masked(when.get("body"), self.secrets) != when.get("body"):
                del when["body"]  # it has a secret, which is not written
            key = key_of(when)
            whens.setdefault(key, when)
            groups.setdefault(key, []).append(exchange)
        handled = self.profile.handlers
        needed = {
            key
            for key, group in groups.items()
            if whens[key]["operation"] not in handled or any(each.number in unlike for each in group)
        }
        asked = {found for each in self.all for found in identifiers(_request_text(each))}
        files: Scripts = {}
        ordered = sorted(groups, key=lambda key: "header" not in whens[key])
        for operation in dict.fromkeys(whens[key]["operation"] for key in ordered if key in needed):
            keys = [key for key in ordered if whens[key]["operation"] == operation]
            for key, when in zip(keys, distinguished([whens[key] for key in keys]), strict=True):
                if key in needed:
                    words = f"{operation} {' '.join(map(str, (when.get('path') or {}).values()))}"
                    name = self._name(words, "answer")
                    files[f"{name}.yaml"] = self._sequence(name, when, groups[key], asked)
        return files

    def _sequence(
        self, name: str, when: dict[str, Any], group: Sequence[Exchange], asked: set[str]
    ) -> list[dict[str, JSON]]:
        """Return the scripts for equal requests: each answer as often as it came in a row, the last one without end."""
        runs: list[tuple[dict[str, JSON], int]] = []
        for exchange in group:
            given = b"".join(piece.data for piece in exchange.pieces).decode("utf-8", "replace")
            kept = asked | (identifiers(given) if exchange.method in ("GET", "HEAD") else set())
            sent = written(exchange, Texts({}, kept, exchange.began))
            if sent is None:
                self.left_out.append(f"{_line(exchange)}: its content coding cannot be decoded")
            elif runs and runs[-1][0] == sent:
                runs[-1] = sent, runs[-1][1] + 1
            else:
                runs.append((sent, 1))
        scripts: list[dict[str, JSON]] = []
        for number, (sent, times) in enumerate(runs, 1):
            called = name if number == 1 else self.names.new(f"{name}-{number}", name)
            limit: dict[str, JSON] = {"times": times} if number < len(runs) else {}
            scripts.append({"name": called, "when": when, **limit, **sent})
        return scripts


def _slash_first(group: tuple[tuple[str, tuple[str, ...]], Any]) -> bool:
    """Sort messages with a slash first: a script for the message without one would match them, too."""
    return not group[0][0].startswith("/")


def _request_text(exchange: Exchange) -> str:
    return f"{exchange.path} {exchange.query.decode('latin-1')} {exchange.body.decode('utf-8', 'replace')}"


def _line(exchange: Exchange) -> str:
    return f"{exchange.method} {exchange.path} ({exchange.status or 'no response'})"
