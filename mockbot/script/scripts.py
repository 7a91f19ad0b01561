"""The scripts of a world: which one is chosen for a request, how often each was used, and their states."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from itertools import count

from mockbot.bounded import ITEM, owned
from mockbot.dataclass import dataclass
from mockbot.errors import UserError
from mockbot.jsontext import JSON, texts
from mockbot.matching import Miss
from mockbot.script.calls import ApiRequest
from mockbot.script.chosen import Chosen, NearMiss, nearest
from mockbot.script.model import Script, Title
from mockbot.script.states import SIZE_LIMIT, States
from mockbot.script.template import fill
from mockbot.script.turn import request_values
from mockbot.script.when import ChatRequest, Prepared

LIMIT = 1000
LONGEST = 190
"""Characters of a name to which a number is added."""


@dataclass(slots=True)
class _Entry:
    script: Script
    used: int = 0
    weight: int = 0
    added: bool = False
    """Whether a client added it; the others are from the start."""
    when: Prepared = field(init=False)
    _asks: bool | None = None

    def __post_init__(self) -> None:
        self.when = Prepared(self.script.when)

    @property
    def asks(self) -> bool:
        """Return whether the script may name the request to the model."""
        if self._asks is None:
            self._asks = self.script.written is None or any("{request" in text for text in texts(self.script.written))
        return self._asks

    @property
    def left(self) -> int | None:
        return None if self.script.times is None else max(self.script.times - self.used, 0)


class Scripts:
    """An ordered list of scripts, how often each was used, and `states`, the named states that they require and set."""

    has_replies: bool
    """Whether there are scripts for operations, and not for chat messages."""

    def __init__(
        self, scripts: Iterable[Script] = (), states: Mapping[str, str] | None = None, limit: int = LIMIT
    ) -> None:
        """Start with `scripts`; `add` refuses more than `limit`, and only the newest `limit` states are kept."""
        self.limit = limit
        self._entries = [_Entry(script) for script in scripts]
        self._count()
        self._states = States(states or {}, limit)

    def __iter__(self) -> Iterator[Script]:
        return (entry.script for entry in self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, request: ChatRequest) -> Chosen | None:
        """Return what `choose` would return, without counting the use or setting states."""
        found = self._first(self._chats, request)
        return found and found[1]

    def choose(self, request: ChatRequest) -> Chosen | None:
        """Return the first matching script that is not a title, or None; count the use and set its states."""
        return self._use(self._first(self._chats, request))

    def title(self, request: ChatRequest) -> str | None:
        """Return the title that the first matching title script gives the session; None leaves the session untitled."""
        chosen = self._use(self._first(self._titles, request)) if self._titles else None
        if chosen is None or not isinstance(chosen.script.action, Title) or chosen.script.action.text is None:
            return None
        return fill(chosen.script.action.text, request_values(request, chosen.groups, chosen.number))

    def nearest(self, request: ChatRequest) -> NearMiss | None:
        """Return the script with the fewest misses; among several, the one that matches most, or whose miss is closest.

        A script whose message matches is nearer than one of which nothing does.
        """
        return nearest((entry.script, entry.script.when, self._misses(entry, request)) for entry in self._chats)

    def reply(self, request: ApiRequest) -> Chosen | None:
        """Return the first matching script for the request's operation, or None; count the use and set its states."""
        for entry in self._replies:
            assert entry.script.reply is not None  # narrows the type
            if not self._ready(entry):
                continue
            groups = entry.script.reply.when.groups(request)
            if groups is not None:
                return self._use((entry, Chosen(entry.script, groups, entry.used + 1)))
        return None

    def nearest_reply(self, request: ApiRequest) -> NearMiss | None:
        """Return the script for the request's operation that is nearest to matching; None if it has no script."""
        return nearest(
            (entry.script, entry.script.reply.when, entry.script.reply.when.misses(request) + self._not_ready(entry))
            for entry in self._entries
            if entry.script.reply is not None and entry.script.reply.when.operation == request.operation
        )

    def named(self, operation: str, chat: bool) -> dict[str, Script]:
        """Return the scripts that can be played for an operation, by name; `chat` adds those for chat requests."""
        return {
            script.name: script
            for script in reversed(list(self))
            if (script.reply.when.operation == operation if script.reply else chat and not _is_title(script))
        }

    def play(self, name: str, request: ChatRequest | ApiRequest) -> Chosen | None:
        """Return the script of that name whatever its conditions, or None; count the use and set its states.

        Named groups of conditions that do not hold are empty.
        """
        for entry in self._entries:
            script = entry.script
            if script.name != name or _is_title(script):
                continue
            if isinstance(request, ApiRequest):
                if script.reply is None or script.reply.when.operation != request.operation:
                    continue
                groups, names = script.reply.when.groups(request), script.reply.when.names
            else:
                if script.reply is not None:
                    continue
                groups, names = script.when.groups(request, script.is_command), script.when.names
            return self._use((entry, Chosen(script, dict.fromkeys(names, "") | (groups or {}), entry.used + 1)))
        return None

    def uses(self) -> list[tuple[Script, int, int | None]]:
        """Return each script, how often it was chosen, and how often it can still be chosen (None: no limit)."""
        return [(entry.script, entry.used, entry.left) for entry in self._entries]

    def unused(self) -> list[Script]:
        """Return the scripts that were never chosen, and those with some of their `times` left."""
        return [entry.script for entry in self._entries if not entry.used or entry.left]

    def add(self, *scripts: Script) -> None:
        """Put scripts before all others, in the order given; raise UserError when there would be too many of them."""
        if len(self._entries) + len(scripts) > self.limit:
            raise UserError(f"a world holds {self.limit} scripts at most; remove some first")
        added = [_Entry(script, weight=ITEM + owned(script), added=True) for script in scripts]
        if self._added + sum(entry.weight for entry in added) > SIZE_LIMIT:
            raise UserError(f"a world holds {SIZE_LIMIT} bytes of added scripts at most; remove some first")
        self._entries[:0] = added
        self._count()

    def replace(self, name: str | None, scripts: Sequence[Script]) -> None:
        """Put scripts in the place of those with that name, which are removed, or before all others; else as `add`."""
        place = next((index for index, entry in enumerate(self._entries) if entry.script.name == name), 0)
        before, self._entries = self._entries, [entry for entry in self._entries if entry.script.name != name]
        self._count()
        try:
            self.add(*scripts)
        except UserError:
            self._entries = before
            self._count()
            raise
        count = len(scripts)
        self._entries = [*self._entries[count : count + place], *self._entries[:count], *self._entries[count + place :]]

    def restart(self, scripts: Iterable[Script]) -> None:
        """Put `scripts` in the place of those from the start; the states, and scripts that were added, stay.

        A script that is written as before has been used as often as before.
        """
        started: dict[tuple[str, bytes], list[int]] = {}
        for entry in self._entries:
            if not entry.added:
                started.setdefault(entry.script.identity, []).append(entry.used)
        entries = [entry for entry in self._entries if entry.added]
        for script in scripts:
            used = started.get(script.identity)
            entries.append(_Entry(script, used.pop(0) if used else 0))
        self._entries = entries
        self._count()

    def _count(self) -> None:
        """Set what is asked for with every request."""
        self._added = sum(entry.weight for entry in self._entries)
        self._replies = [entry for entry in self._entries if entry.script.reply is not None]
        self._titles = [entry for entry in self._entries if _is_title(entry.script)]
        self._chats = [entry for entry in self._entries if entry.script.reply is None and not _is_title(entry.script)]
        self.has_replies = bool(self._replies)

    @property
    def size(self) -> int:
        """Return the bytes of the states and of the scripts that were added; those from the start are shared."""
        return self._added + self._states.size

    @property
    def states(self) -> dict[str, str]:
        """Return the states that are set."""
        return self._states.values

    def put_states(self, states: Mapping[str, str]) -> None:
        """Replace the states; raise UserError if there are too many of them."""
        self._states.replace(states)

    def remove(self, name: str | None = None) -> int:
        """Remove the scripts of that name, or all, and return how many there were."""
        before = len(self._entries)
        self._entries = [entry for entry in self._entries if name not in (None, entry.script.name)]
        self._count()
        return before - len(self._entries)

    def clear(self) -> None:
        """Remove all scripts and states."""
        self.remove()
        self._states.replace({})

    def snapshot(self) -> list[JSON]:
        """Return the scripts as a script file writes them, with the `times` that are left; omit used-up scripts.

        Those whose name another one before them has get a number, because the names in a file are unique.
        """
        rows: list[JSON] = []
        names = {entry.script.name for entry in self._entries}
        given = set[str]()
        for entry in self._entries:
            written, name = entry.script.written, entry.script.name
            if not isinstance(written, dict) or entry.left == 0:
                continue
            if name in given and "name" in written:
                name = next(free for number in count(2) if (free := f"{name[:LONGEST]} {number}") not in names)
                names.add(name)
                written = written | {"name": name}
            given.add(name)
            rows.append(written if entry.left is None else written | {"times": entry.left})
        return rows

    def _first(self, entries: Iterable[_Entry], request: ChatRequest) -> tuple[_Entry, Chosen] | None:
        for entry in entries:
            script = entry.script
            groups = entry.when.groups(request, script.is_command) if self._ready(entry) else None
            if groups is not None:
                return entry, Chosen(script, groups, entry.used + 1, entry.asks)
        return None

    def _use(self, found: tuple[_Entry, Chosen] | None) -> Chosen | None:
        if found is None:
            return None
        entry, chosen = found
        entry.used += 1
        if entry.script.sets:
            self._states.set(entry.script.sets)
        return chosen

    def _misses(self, entry: _Entry, request: ChatRequest) -> list[Miss]:
        return entry.script.when.misses(request, entry.script.is_command) + self._not_ready(entry)

    def _ready(self, entry: _Entry) -> bool:
        """Return whether nothing but the request decides: `_not_ready` says what else is missing."""
        script = entry.script
        if script.times is not None and entry.used >= script.times:
            return False
        return not script.requires or all(self.states.get(name) == wanted for name, wanted in script.requires.items())

    def _not_ready(self, entry: _Entry) -> list[Miss]:
        """Return the misses that do not depend on the request: the script is used up, or a state differs."""
        misses = [Miss("times", entry.script.times, entry.used)] if entry.left == 0 else []
        for name, wanted in entry.script.requires.items():
            if self.states.get(name) != wanted:
                misses.append(Miss(f"requires/{name}", wanted, self.states.get(name)))
        return misses


def _is_title(script: Script) -> bool:
    return script.reply is None and isinstance(script.action, Title)
