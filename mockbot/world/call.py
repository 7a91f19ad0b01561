"""A request that reached the API, as the steps and handlers of a profile see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from starlette.types import ASGIApp, Scope

from mockbot.contract.transaction import Transaction, transaction_of
from mockbot.contract.wire.message import pairs_of
from mockbot.dataclass import dataclass
from mockbot.journal.entry import Entry
from mockbot.journal.masking import Masking
from mockbot.journal.recorder import entry_of
from mockbot.openapi.operations import Operation, Operations
from mockbot.settings import Settings
from mockbot.world.wish import SCOPE_WISH, Wish
from mockbot.world.world import World

SCOPE_WORLD = "mockbot.world"


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """A request and the world that it can read and change."""

    world: World
    transaction: Transaction
    entry: Entry
    operation: Operation | None
    """The operation that is called; in `observe` mode a HEAD request calls that of GET."""
    method: str
    path: str
    pairs: Sequence[tuple[str, str]]
    """The names and values of the query, in order."""
    query: Mapping[str, str]
    """Of repeated parameters the one that the server reads."""
    headers: Mapping[str, str]
    """Names in lower case; of repeated headers the first."""
    wish: Wish | None = None
    """What the request asks of its response, if anything."""
    query_string: str = ""
    """The query as sent."""
    base_path: str = ""
    """The prefix of the path that names the world, or the empty string."""

    @property
    def settings(self) -> Settings:
        """Return the world's settings."""
        return self.world.settings

    @property
    def body(self) -> bytes:
        """Return the request's body."""
        return self.transaction.body

    def note_refusal(self, why: str) -> None:
        """Write to the entry why the request is refused, with secrets masked."""
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in self.headers.items()]
        masking = Masking(self.world.journal.callers, self.query_string.encode("latin-1"), headers)
        self.entry.refused = masking.secrets.text(why)

    @property
    def content_type(self) -> str:
        """Return the Content-Type header as sent, or the empty string."""
        return self.headers.get("content-type", "")


Layer: TypeAlias = Callable[[ASGIApp], ASGIApp]
"""Makes a layer around an application."""
ApiStep: TypeAlias = Callable[[Call], ASGIApp | None]
"""Runs before the handler: returns the response that ends the call, or None to continue."""
Handler: TypeAlias = Callable[[Call], ASGIApp]
"""Returns the response of one operation, at once: what takes time is in the response, such as a stream."""


@dataclass(frozen=True, slots=True)
class OfBody:
    """A step that takes as long as the body is large: for a large body it runs in a thread.

    Therefore it changes nothing but the transaction.
    """

    step: ApiStep

    def __call__(self, call: Call) -> ASGIApp | None:
        """Return the response that ends the call, or None to continue."""
        return self.step(call)


def _validate(call: Call) -> None:
    call.transaction.validate()


VALIDATED = OfBody(_validate)
"""Finds the violations of a request with a large body; the steps before it cannot know them, those after it do."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The query and the headers of a request, as a Call has them."""

    query_string: str
    pairs: Sequence[tuple[str, str]]
    query: Mapping[str, str]
    headers: Mapping[str, str]

    @classmethod
    def of(cls, query: bytes, headers: Sequence[tuple[bytes, bytes]], *, last: bool) -> Sent:
        """Read them; with `last`, the last of several query parameters of a name counts, otherwise the first."""
        text = query.decode("latin-1")
        pairs = pairs_of(text)
        found = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in reversed(headers)}
        return cls(text, pairs, dict(pairs if last else reversed(pairs)), found)


def world_of(scope: Scope) -> World:
    """Return the world that a request belongs to."""
    world: World = scope[SCOPE_WORLD]
    return world


def call_of(scope: Scope, operations: Operations, *, last: bool = False) -> Call:
    """Return the call for a scope that the contract layer has processed.

    With `last`, the last of several query parameters of a name counts, otherwise the first.
    """
    sent = Sent.of(scope["query_string"], scope["headers"], last=last)
    world, transaction, method, path = world_of(scope), transaction_of(scope), scope["method"], scope["path"]
    operation = transaction.operation
    if operation is None and method == "HEAD" and world.settings.contract == "observe":
        operation = operations.route(scope, "GET").operation
    return Call(
        world=world,
        transaction=transaction,
        entry=entry_of(scope),
        operation=operation,
        method=method,
        path=path,
        pairs=sent.pairs,
        query=sent.query,
        headers=sent.headers,
        wish=scope.get(SCOPE_WISH),
        query_string=sent.query_string,
        base_path=scope.get("root_path", ""),
    )
