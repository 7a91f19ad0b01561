"""Requests and responses against the effective contract: compiled where that is enough to accept, else in full."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

from mockbot.contract.direction import Direction
from mockbot.contract.directions import without_required
from mockbot.contract.media_types import strict_integer
from mockbot.contract.parts import Parts
from mockbot.jsontext import JSON
from mockbot.openapi.document import Document
from mockbot.openapi.operations import Operation
from mockbot.violation import Violation

if TYPE_CHECKING:
    from mockbot.contract.full import Full
    from mockbot.contract.undocumented import Undocumented


class Validation:
    """Validates whole messages; every method returns all violations and never raises, whatever the bytes."""

    def __init__(
        self, document: Document, integer: Callable[[str], int] = strict_integer, *, compiled: bool = True
    ) -> None:
        """Build the validators; `integer` reads the text of an integer, or raises ValueError.

        Without `compiled`, every message is validated in full; the violations are the same.
        """
        requests = responses = document.effective
        if document.one_way:
            requests = without_required(document.effective, "readOnly")
            responses = without_required(document.effective, "writeOnly")
        self._asked = Direction(requests, integer)
        self._answered = self._asked if requests is responses else Direction(responses, integer)
        self._compiled = compiled
        self._loading, self._loaded = Lock(), list["Full"]()

    @property
    def loaded(self) -> bool:
        """Return whether the validation in full is loaded, which takes half a second."""
        return bool(self._loaded)

    def load(self) -> None:
        """Load the validation in full."""
        self._full  # noqa: B018  # kept from now on

    @property
    def _full(self) -> Full:
        """Return the validation in full, made once, when the first message is not accepted: openapi-core is large."""
        if not self._loaded:
            from mockbot.contract.full import Full

            with self._loading:
                if not self._loaded:
                    self._loaded.append(Full(self._asked, self._answered))
        return self._loaded[0]

    def request(
        self,
        operation: Operation,
        query: bytes,
        headers: Sequence[tuple[bytes, bytes]],
        body: bytes,
        path_parameters: Mapping[str, str] | None = None,
        parts: Parts | None = None,
    ) -> list[Violation]:
        """Validate a request: its parameters, media type and body. Unknown parameters are allowed.

        `parts` are those of the body, if it is a form that others read, too.
        """
        values = path_parameters or {}
        if self._compiled and self.accepts_request(operation, query, headers, body, values, parts):
            return []
        return self._full.request(operation, query, headers, body, values, parts)

    def accepts_request(
        self,
        operation: Operation,
        query: bytes,
        headers: Sequence[tuple[bytes, bytes]],
        body: bytes,
        path_parameters: Mapping[str, str],
        parts: Parts | None = None,
    ) -> bool:
        """Return whether a request is certain to be valid, without its validation in full."""
        return self._asked.compiled.requests(operation).accepts(query, headers, body, path_parameters, parts)

    def response(
        self, operation: Operation, status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes
    ) -> list[Violation]:
        """Validate a whole response: status, headers, media type and body."""
        if self._compiled and self.accepts_response(operation, status, headers, body):
            return []
        return self._full.response(operation, status, headers, body)

    def accepts_response(
        self, operation: Operation, status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes
    ) -> bool:
        """Return whether a response is certain to be valid, without its validation in full."""
        compiled = self._answered.compiled.responses(operation, status)
        return compiled is not None and compiled.accepts(headers, body)

    def accepts_value(
        self, operation: Operation, status: int, headers: Sequence[tuple[bytes, bytes]], value: JSON
    ) -> bool:
        """Return what `accepts_response` returns for a JSON body that has this value."""
        compiled = self._answered.compiled.responses(operation, status)
        return compiled is not None and compiled.accepts_value(headers, value)

    def value(self, operation: Operation, content_type: str, body: bytes, parts: Parts | None = None) -> Any:
        """Return the JSON value of a request's body, with the bytes of files in it; None where it cannot be read."""
        return self._full.value(operation, content_type, body, parts)

    def undocumented(
        self,
        operation: Operation,
        query: bytes,
        content_type: str,
        body: bytes,
        ignored: Collection[str] = (),
    ) -> Iterator[Undocumented]:
        """Yield the fields of a request that the contract does not describe, without `ignored` names in the query."""
        return self._full.undocumented(operation, query, content_type, body, ignored)

    def undocumented_in_response(
        self, operation: Operation, status: int, content_type: str, body: bytes
    ) -> Iterator[Undocumented]:
        """Yield the properties in the body of a response that the contract does not describe."""
        return self._full.undocumented_in_response(operation, status, content_type, body)

    def cast(self, text: str, schema: Any) -> Any:
        """Return a text on the wire as a value of a schema of the document; as text where none fits."""
        return self._asked.caster.cast([text], schema)
