"""What is probably a mistake in a fixture, though the imitated server accepts it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from mockbot.source import Source
from mockbot.wording import closest
from mockbot.world.blueprint import FixtureRow

IDS = {
    "bots": "id",
    "configs": "id",
    "providers": "id",
    "provider_sources": "id",
    "personas": "persona_id",
    "plugins": "name",
}
"""The lists whose items are found by an identifier, and its property."""


def doubts(rows: FixtureRow, source: Source, sessions: Collection[str], scopes: Collection[str]) -> Iterator[str]:
    """Yield a sentence with file, line and pointer for each doubtful value in a fixture.

    `sessions` are the ids of all its sessions, those of the fixture that it extends included.
    """
    for at, sentence in (*_keys(rows, scopes), *_repeated(rows), *_history(rows, sessions)):
        yield f"{source.place(at)}: {at}: {sentence}"


def _keys(rows: FixtureRow, scopes: Collection[str]) -> Iterator[tuple[str, str]]:
    for index, row in enumerate(rows.get("keys", ())):
        for number, scope in enumerate(row.get("scopes") or ()):
            if scopes and scope not in (*scopes, "*"):
                meant = closest(scope, scopes)
                hint = f"did you mean {meant}?" if meant else f"the scopes are {', '.join(sorted(scopes))}"
                yield f"/keys/{index}/scopes/{number}", f'the scope "{scope}" allows nothing; {hint}'


def _repeated(rows: FixtureRow) -> Iterator[tuple[str, str]]:
    for name, key in IDS.items():
        seen: set[str] = set()
        for index, row in enumerate(rows.get(name, ())):
            if (identifier := row.get(key)) and identifier in seen:
                sentence = f'"{identifier}" is already the {key} of another item; only the first counts'
                yield f"/{name}/{index}/{key}", sentence
            elif identifier:
                seen.add(identifier)


def _history(rows: FixtureRow, sessions: Collection[str]) -> Iterator[tuple[str, str]]:
    for index, row in enumerate(rows.get("history", ())):
        if row["conversation"] not in sessions:
            yield f"/history/{index}/conversation", f'there is no session "{row["conversation"]}", so no list shows it'
