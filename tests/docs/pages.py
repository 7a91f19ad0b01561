"""The Markdown files of the repository, and the fenced blocks in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
GENERATED = DOCS / "reference"
FENCE = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"(?:#|//|<!--) (\S+\.\w+)(?: -->)?$")


@dataclass(frozen=True)
class Block:
    """A fenced block."""

    page: str
    line: int
    language: str
    text: str
    name: str
    """The name of the block's file: its title, or its first line if that is a comment; or empty."""

    @property
    def commands(self) -> list[str]:
        """The commands of a shell block; a backslash at the end continues a line."""
        lines = self.text.replace("\\\n", " ").splitlines()
        return [line for line in lines if line.strip() and not line.startswith("#")]

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def markdown_files() -> list[Path]:
    """Return every Markdown file whose links are checked."""
    found = [*ROOT.glob("*.md"), *DOCS.rglob("*.md"), ROOT / "deploy" / "README.md", *ROOT.glob("examples/*/README.md")]
    return sorted(found)


def runnable() -> list[str]:
    """Return the pages whose blocks are run, by their path from the root; generated pages have none."""
    pages = [ROOT / "README.md", *DOCS.rglob("*.md"), ROOT / "deploy" / "README.md"]
    pages += ROOT.glob("examples/*/README.md")
    return sorted(str(page.relative_to(ROOT)) for page in pages if page.parent != GENERATED and blocks_of(page))


def blocks_of(path: Path) -> list[Block]:
    """Return the fenced blocks of a page."""
    return list(_blocks(str(path.relative_to(ROOT)), path.read_text("utf-8")))


def _blocks(page: str, text: str) -> Iterator[Block]:
    for found in FENCE.finditer(text):
        language, title, content = found.groups()
        named = COMMENT.match(content.partition("\n")[0])
        line = text.count("\n", 0, found.start()) + 1
        yield Block(page, line, language, content, title or (named[1] if named else ""))


def fences(text: str) -> int:
    """Return how many lines begin or end a fenced block, including indented ones."""
    return len(re.findall(r"^\s*(?:```|~~~)", text, re.MULTILINE))


def anchors(text: str) -> set[str]:
    """Return the anchors of the headings of a page, which are the same on GitHub and on the site."""
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    titles = re.findall(r"^#+ (.*)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-") for title in titles}
