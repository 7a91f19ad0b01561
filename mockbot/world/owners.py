"""Which worlds have a key, and which world the keys of a request lead to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field

from mockbot.contract.media_types import parse_cookies
from mockbot.dataclass import dataclass
from mockbot.journal.credentials import Carriers, query_pairs
from mockbot.journal.key_forms import SHORTEST


@dataclass(slots=True)
class _Owners:
    """The names of the worlds that have one key."""

    names: set[str] = field(default_factory=set)
    shared: bool = False
    """Whether two worlds have had the key at once; it then leads nowhere, also when only one of them is left."""


class KeyOwners:
    """The worlds that have each key."""

    def __init__(self) -> None:
        self._by_key: dict[str, _Owners] = {}

    def add(self, world: str, keys: Iterable[str]) -> None:
        """Add the keys of a world."""
        for key in keys:
            owners = self._by_key.setdefault(key, _Owners())
            owners.names.add(world)
            owners.shared = owners.shared or len(owners.names) > 1

    def remove(self, world: str, keys: Iterable[str]) -> None:
        """Remove the keys of a world."""
        for key in keys:
            owners = self._by_key.get(key, _Owners())
            owners.names.discard(world)
            if not owners.names:
                self._by_key.pop(key, None)

    def any_in(self, name: str) -> bool:
        """Return whether a name contains the key of a world; short keys may be ordinary words, and do not count.

        It looks up every part of the name, which is short, since there may be very many keys.
        """
        size = len(name)
        starts = range(size - SHORTEST + 1)
        return any(name[start:end] in self._by_key for start in starts for end in range(start + SHORTEST, size + 1))

    def world_of(self, credentials: Iterable[str]) -> str | None:
        """Return the only world that the credentials of a request can be for, or None.

        At least one of them must be a key that no other world has. Those that are keys of other worlds only, such as
        a second key for another world, lead nowhere; those that are no key of any world do not count.
        """
        known = [owners for each in credentials if (owners := self._by_key.get(each))]
        own = {name for owners in known if not owners.shared for name in owners.names} if known else ()
        if len(own) != 1:
            return None
        (name,) = own
        return name if len(known) == 1 or all(name in owners.names for owners in known) else None


def sent_keys(query: bytes, headers: Iterable[tuple[bytes, bytes]], carriers: Carriers) -> list[str]:
    """Return what may be a key: parameters, cookies, and headers whole or after a word such as `Bearer`."""
    found: list[str] = []
    for name, value in headers:
        if name in carriers.headers:
            text = value.decode("latin-1").strip()
            found.append(text)
            if name == b"cookie":
                found.extend(parse_cookies(text).values())
            elif " " in text:
                found.append(text.partition(" ")[2].strip())
    if query:
        found.extend(value.strip() for name, value in query_pairs(query) if name.lower() in carriers.query)
    return found
