"""What was prepared is what would be read now, and is not used for anything else."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mockbot import prepared, resources, source, yamltext
from mockbot.astrbot.versions import VERSIONS, profile_module
from mockbot.contract.formats import check
from mockbot.openapi.document import applied, overlaid_document
from mockbot.source import Source

SHIPPED = sorted(path for path in resources.fixtures("").rglob("*.yaml"))


@pytest.fixture
def unread() -> Iterator[None]:
    """Forget the prepared files before and after a test."""
    prepared.files.cache_clear()
    yield
    prepared.files.cache_clear()


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_a_shipped_file_has_the_value_and_the_lines_of_its_text(path: Path) -> None:
    text = path.read_text("utf-8")
    found = source.load(path)
    node = yamltext.compose(text)
    assert found.format in ("fixture", "script")
    assert found.value == yamltext.value_of(node)
    for pointer in ("", "/version", "/scripts/0", "/keys/1/scopes"):
        assert found.lines.get(pointer) == (None if node is None else yamltext.line_at(node, pointer))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_a_shipped_file_fits_its_format(path: Path) -> None:
    found = source.load(path)
    check(Source(found.name, found.value, found.lines), found.format)


def test_each_value_is_a_new_one() -> None:
    first, second = (source.load(SHIPPED[0]).value for _ in range(2))
    assert first == second
    assert first is not second


def test_a_changed_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_text(resources.fixtures("default.yaml").read_text("utf-8") + "\n# changed\n")
    found = source.load(path)
    assert found.format == ""
    assert found.value == source.load(resources.fixtures("default.yaml")).value


@pytest.mark.parametrize("version", VERSIONS)
def test_an_effective_contract_is_that_of_its_files(version: str) -> None:
    files = profile_module(version).SOURCES
    known = prepared.document(f"astrbot-{version}", [path.read_bytes() for path in files])
    assert known is not None
    assert known.document == applied(*files)
    assert overlaid_document(f"astrbot-{version}", *files).effective == known.document


def test_changed_files_have_no_effective_contract(tmp_path: Path) -> None:
    published, overlay, events = profile_module("4.19.4").SOURCES
    changed = tmp_path / "overlay.yaml"
    changed.write_text(overlay.read_text("utf-8") + '  - {target: "$.info", update: {title: changed}}\n')
    assert prepared.document("astrbot-4.19.4", [each.read_bytes() for each in (published, changed, events)]) is None
    assert overlaid_document("astrbot-4.19.4", published, changed, events).effective["info"]["title"] == "changed"


@pytest.mark.usefixtures("unread")
@pytest.mark.parametrize("content", [None, b"", b"{", b"[]", b"\xff"])
def test_without_what_is_prepared_the_files_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    monkeypatch.setattr(resources, "prepared", lambda name: tmp_path / name)
    for name in (prepared.FILES, "astrbot-4.19.4.json"):
        if content is not None:
            (tmp_path / name).write_bytes(content)
    assert source.load(resources.fixtures("default.yaml")).format == ""
    assert overlaid_document("astrbot-4.19.4", *profile_module("4.19.4").SOURCES).effective["openapi"] == "3.1.0"
