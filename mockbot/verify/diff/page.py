"""The differences between two versions as a page in Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from mockbot.verify.diff.report import Group, VersionDiff


def page(found: VersionDiff) -> str:
    """Return the page."""
    return "\n\n".join(_parts(found)) + "\n"


def _parts(found: VersionDiff) -> Iterator[str]:
    old, new = found.old, found.new
    yield f"# From AstrBot {old} to {new}"
    yield (
        f"What a client that works with AstrBot {old} meets in {new}. `mockbot diff {old} {new}` writes this page: it "
        f"sends the requests of all recorded exchanges of both versions to mockbot as either version, and compares the "
        f"responses."
    )
    if not found.groups:
        yield f"All {found.exchanges} exchanges have the same responses."
        return
    yield (
        f"Of {found.exchanges} exchanges, {found.same} have the same responses, apart from the notation of JSON. The "
        f"differences have {len(found.groups)} causes."
    )
    yield (
        "Ids, times and paths are not compared, nor are the texts of built-in commands and the prompts of the model. "
        "Sections are those of `BEHAVIOUR.md` of the newer version. Each cause has its smallest example; a stream is "
        "shown as the order of its frames."
    )
    rows = [f"| [{each.name}](#{each.name}) | {each.sentence} | {each.exchanges} |" for each in found.groups]
    yield "\n".join(["| cause | difference | exchanges |", "|---|---|---|", *rows])
    for group in found.groups:
        yield from _group(group, found)


def _group(group: Group, found: VersionDiff) -> Iterator[str]:
    example, difference = group.example, group.example.difference
    yield f"## {group.name}"
    where = f" Section {group.section}." if group.section else ""
    yield f"{group.sentence}{where}"
    yield f"```http\n{example.request}\n```"
    lines = [f"{found.old}: {example.old}", f"{found.new}: {example.new}"]
    if difference.at != "answer":
        lines.append(f"{difference.at.strip()}: {difference.old or 'none'} | {difference.new or 'none'}")
    yield "```text\n" + "\n".join(lines) + "\n```"
