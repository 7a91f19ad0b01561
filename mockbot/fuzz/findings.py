"""What the failures of a run are reported as."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from mockbot.behaviour import Behaviour
from mockbot.fuzz.case import Case
from mockbot.fuzz.classes import CATALOGUE
from mockbot.fuzz.clients.client import Client
from mockbot.fuzz.report import Finding

MOST_GROWTH = {"memory": 512 * 1024 * 1024, "files": 40}
"""Bytes of memory and file handles by which a client may grow in a run."""


def found(name: str, case: Case) -> Finding:
    """Return the finding of a case that the client fails; `name` is its class, or several joined with `+`."""
    failure = case.failures[0]
    about = [CATALOGUE[each] for each in name.split("+") if each in CATALOGUE]
    return Finding(
        key=f"{name}/{failure.oracle}/{failure.error_type or '-'}",
        bug_class=name,
        kind=about[0].kind if len(about) == 1 else case.behaviour.kind,
        sentence=f"{' and '.join(each.name for each in about) or 'a reply'}: {failure.did}",
        rule="; ".join(each.rule for each in about) or "the contract",
        behaviour=replace(case.behaviour, bug_class=name),
        sent=case.sent,
        did=failure.did,
        should=failure.should,
    )


def leaks(before: Mapping[str, int], after: Mapping[str, int], cases: int) -> Iterator[Finding]:
    """Yield a finding for what has grown too much in a run, by what the client used before and after it."""
    for what, limit in MOST_GROWTH.items():
        grown = after.get(what, 0) - before.get(what, 0)
        if what in before and grown > limit:
            did = f"the client's {what} grew by {grown} in {cases} cases"
            yield Finding(
                key=f"run/leak/{what}",
                bug_class="run",
                kind="legal",
                sentence=did,
                rule="memory and file handles do not grow with the number of exchanges",
                behaviour=Behaviour(),
                sent=(),
                did=did,
                should="free what an exchange needed, also after a failure",
            )


def unseen(client: Client, reports: bool) -> Iterator[str]:
    """Yield a sentence for each thing that cannot be seen of a client; `reports`: whether it reports its events."""
    if not reports:
        yield (
            "The client reports no events (one JSON line for each on stdout), so wrong, missing and doubled events "
            "could not be seen: only its exit codes and its requests were."
        )
    if not client.ops:
        yield (
            "The client begins anew in each case, so it could not be seen whether a good exchange "
            "works after a bad one, nor whether memory or file handles grow."
        )
