"""The differences between two versions as a page in Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from mockbot.verify.diff.report import Group, VersionDiff


def page(found: VersionDiff) -> str:
    """Return the page."""
    return "\n\n".join(_parts(found)) + "\n"


def _parts(found: VersionDiff) -> Iterator[str]:
    yield f"# From AstrBot {found.old} to {found.new}"
    yield (
        f"What a client that works with AstrBot {found.old} meets in {found.new}. `mockbot diff {found.old} {found.new}` "
        f"writes this page: it sends the requests of all recorded exchanges of both versions to mockbot as either "
        f"version, and compares the answers."
    )
    yield (
        f"Of {found.exchanges} exchanges, {found.same} have the same answers. The others differ for "
        f"{len(found.groups)} reasons."
        if found.groups
        else f"All {found.exchanges} exchanges have the same answers."
    )
    if found.groups:
        yield (
            "Ids, times and paths are not compared, nor are the texts of built-in commands and the prompts of the "
            "model. Sections are those of `BEHAVIOUR.md` of the newer version. Each reason has its smallest example; "
            "a stream is shown as the order of its frames."
        )
        rows = [f"| [{each.name}](#{_anchor(each)}) | {each.sentence} | {each.exchanges} |" for each in found.groups]
        yield "\n".join(["| name | difference | exchanges |", "|---|---|---|", *rows])
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


def _anchor(group: Group) -> str:
    return group.name
