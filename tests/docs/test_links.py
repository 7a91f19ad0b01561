"""Every link has an existing target, including its anchor."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, ROOT, anchors, markdown_files

LINK = re.compile(r"(?<!`)\]\(([^)\s]+)\)|src=\"([^\"]+)\"")


@pytest.mark.parametrize("path", markdown_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_have_targets(path: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in ("".join(found) for found in LINK.findall(text)):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        linked = path.parent / name if name else path
        assert linked.exists(), target
        assert DOCS not in path.parents or DOCS in linked.resolve().parents, f"{target} is not part of the site"
        if anchor:
            assert anchor in anchors(linked.read_text("utf-8")), target


def test_every_page_of_the_site_is_in_its_navigation() -> None:
    config = (ROOT / "zensical.toml").read_text("utf-8")
    named = set(re.findall(r'"([\w/.-]+\.md)"', config))
    assert named == {str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md")}


def test_every_path_of_the_repository_that_is_named_exists() -> None:
    named = {
        (str(path.relative_to(ROOT)), name)
        for path in markdown_files()
        for name in re.findall(r"`((?:contracts|deploy|examples|fixtures)/[\w./-]*)`", path.read_text("utf-8"))
    }
    assert named
    assert [(page, name) for page, name in sorted(named) if not (ROOT / name).exists()] == []
