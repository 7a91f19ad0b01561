"""What is probably a mistake in a client or in its test, but breaks no rule: notes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice

from mockbot.contract.contract import Contract
from mockbot.contract.undocumented import Undocumented
from mockbot.fault.armed import Armed
from mockbot.journal.entry import Entry
from mockbot.journal.finding import Finding
from mockbot.journal.parsed import ParsedEntry, RequestKey
from mockbot.jsontext import pointer
from mockbot.turns import Work
from mockbot.wording import cut

MAX_FIELDS = 20
"""How many unknown fields of one request are read, and how many have a note of their own."""
LONGEST_BODY = 64 * 1024
"""How many bytes of a body are searched for unknown fields; longer ones are not."""
OTHERS = "further fields that the contract does not have"
REFUSED_FIELDS = ("additionalProperties", "unevaluatedProperties")
"""The rules of violations that name unknown fields already."""


def unknown_fields(entries: Sequence[ParsedEntry], contract: Contract, ignored: Collection[str]) -> Work[list[Finding]]:
    """Fields in queries and bodies that the contract does not describe, grouped by operation and place: note.

    A server ignores such fields, so that one that is misspelt has no effect and no error. Not certain: the server may
    know more than its document does. Of more than `MAX_FIELDS`, the rest are one note. `ignored` are names in queries,
    in lower case, that carry credentials.
    """
    found: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    sentences: dict[tuple[str, str], str] = {}
    known: dict[RequestKey, list[Undocumented]] = {}
    for parsed in entries:
        key = parsed.request_key
        if key not in known:
            known[key] = list(islice(_unknown(parsed.entry, contract, ignored), MAX_FIELDS))
        for field in known[key]:
            place = "/".join("*" if isinstance(step, int) else step for step in field.path)
            group = (parsed.entry.operation or "", f"{field.part} {place}")
            if group not in found and len(found) >= MAX_FIELDS:
                group = ("", "")
            if group not in found:
                sentences[group] = _sentence(field) if group[1] else OTHERS
            found[group].append(parsed.entry)
        yield None
    return [
        Finding.shown_by("unknown-field", "note", sentences[group], *dict.fromkeys(shown_by))
        for group, shown_by in found.items()
    ]


def unused_faults(armed: Iterable[Armed]) -> Iterator[Finding]:
    """Faults that are armed and have changed no response yet: note.

    A test that arms a fault for the wrong operation, or too late, tests nothing. Disarmed faults are not reported.
    """
    for each in armed:
        if each.used == 0:
            before = f"; {each.skip} more must come before" if each.skip else ""
            sentence = f"the fault {each.id} (`{each.fault.name}`) is armed, but no response has had it{before}"
            yield Finding("fault-unused", "note", sentence, (), each.operation)


def _unknown(entry: Entry, contract: Contract, ignored: Collection[str]) -> Iterator[Undocumented]:
    operation = contract.operations.by_name.get(entry.operation or "")
    if operation is None or any(violation.rule in REFUSED_FIELDS for violation in entry.violations):
        return iter(())
    body = entry.body if entry.body_size <= LONGEST_BODY else b""
    content_type = entry.header("content-type") or ""
    query = entry.query.encode("utf-8", "replace")
    return contract.validation.undocumented(operation, query, content_type, body, ignored)


def _sentence(field: Undocumented) -> str:
    place = f"{field.part} {pointer(field.path)}"
    place = place if place.isprintable() else ascii(place)[1:-1]  # a name from a client must stay on its line
    meant = f"; did you mean `{field.nearest}`?" if field.nearest else ""
    return f"{cut(place)}: the contract has no such field{meant}"
