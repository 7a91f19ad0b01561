"""Masks what an entry has when it is first read: most entries are never read, and masking takes longer than answering.

What is not yet masked is kept as it was sent, in a `Later`, which shows nothing of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from functools import cached_property
from typing import Any, Generic, TypeVar, overload

from mockbot.journal.credentials import COMMON, Carriers, credentials
from mockbot.journal.key_forms import Found
from mockbot.journal.secrets import Secrets, finder_of

MOST_CALLERS, MOST_KEPT = 8, 1000
"""For how many different credentials a world keeps what masks them, and of how many characters they may be."""
HEADER = 192
"""Bytes of memory of a header besides its characters."""
T = TypeVar("T")
Mask = Callable[[Secrets, Any], T]
"""Masks a value as it was sent."""


class Callers:
    """What masks the exchanges of one world: its keys, and the credentials that its clients send.

    All that `key_pattern` matches is masked, too, and the values that `carriers` name.
    """

    def __init__(
        self, keys: Collection[str] = (), key_pattern: re.Pattern[str] | None = None, carriers: Carriers = COMMON
    ) -> None:
        self.carriers = carriers
        self._keys, self._key_pattern = keys, key_pattern
        self._known: dict[tuple[str, ...], Secrets] = {}
        self._last: tuple[tuple[str, ...], Secrets] | None = None
        """The last ones that are too long to be kept."""

    @cached_property
    def _found(self) -> Found:
        return finder_of(self._keys)

    def prepare(self) -> None:
        """Make what finds the keys, which takes long for many; else the first exchange does so."""
        assert self._found[1]

    def secrets(self, sent: tuple[str, ...]) -> Secrets:
        """Return what masks the exchanges of a client that sends these credentials."""
        secrets = self._known.get(sent)
        if secrets is None and self._last is not None and self._last[0] == sent:
            secrets = self._last[1]
        if secrets is None:
            secrets = Secrets(self._keys, sent, self._key_pattern, self.carriers, self._found)
            if sum(map(len, sent)) <= MOST_KEPT:
                if len(self._known) >= MOST_CALLERS:
                    self._known.clear()
                self._known[sent] = secrets
            else:
                self._last = sent, secrets
        return secrets


class Masking:
    """The secrets of one exchange: the keys of its world, and the credentials of its request."""

    __slots__ = ("_callers", "_over", "_secrets", "headers", "query")

    def __init__(self, callers: Callers, query: bytes, headers: Sequence[tuple[bytes, bytes]]) -> None:
        self._callers, self.query, self.headers = callers, query, headers
        self._secrets: Secrets | None = None
        self._over = False

    @property
    def credentials(self) -> tuple[str, ...]:
        """Return the credentials of the request, unmasked; never to be stored or shown."""
        return credentials(self.query, self.headers, self._callers.carriers)

    @property
    def secrets(self) -> Secrets:
        """Return what masks them."""
        secrets = self._secrets or self._callers.secrets(self.credentials)
        if not self._over:
            self._secrets = secrets
        return secrets

    def release(self) -> None:
        """Note that the exchange is over: what masks it takes more memory than most exchanges, and is made again."""
        self._secrets, self._over = None, True

    @property
    def weight(self) -> int:
        """Return the bytes of memory of the headers, as they were sent and masked."""
        return 2 * weight_of(self.headers)


def weight_of(headers: Sequence[tuple[str | bytes, str | bytes]]) -> int:
    """Return the bytes of memory of headers."""
    return sum([HEADER + len(name) + len(value) for name, value in headers])


class Later(Generic[T]):
    """A value as it was sent, and how it is masked."""

    __slots__ = ("_mask", "_masking", "_value")

    def __init__(self, masking: Masking, mask: Mask[T], value: Any) -> None:
        self._masking, self._mask, self._value = masking, mask, value

    @property
    def sent(self) -> Any:
        """Return the value as it was sent; never to be stored or shown."""
        return self._value

    def masked(self) -> T:
        """Return the value with secrets masked."""
        return self._mask(self._masking.secrets, self._value)

    def __len__(self) -> int:
        return len(self._value)


class Masked(Generic[T]):
    """An attribute that is masked when it is first read; it may also be set to a value that needs no masking."""

    def __init__(self, *default: T) -> None:
        """Take the value of an attribute that is not set; without one, it must be given to the constructor."""
        self._default = default

    def __set_name__(self, owner: type, name: str) -> None:
        self.name, self.kept = name, f"_{name}"
        if self._default:
            setattr(owner, self.kept, self._default[0])

    @overload
    def __get__(self, instance: None, owner: type) -> T: ...
    @overload
    def __get__(self, instance: Any, owner: type) -> T: ...
    def __get__(self, instance: Any, owner: type) -> T:
        if instance is None:
            if not self._default:
                raise AttributeError(self.name)  # the dataclass then knows that there is no default
            return self._default[0]
        value: Any = getattr(instance, self.kept)
        if type(value) is Later:
            value = value.masked()
            setattr(instance, self.kept, value)
        found: T = value
        return found

    def __set__(self, instance: Any, value: T | Later[T]) -> None:
        setattr(instance, self.kept, value)
