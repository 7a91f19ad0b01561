import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbot.world.attachments import FOLDER, FOLDERS, Attachments, Unstorable, media_type, place
from mockbot.world.ids import Ids
from mockbot.world.records import Attachment


def attachments(items: int = 10, size: int = 100_000) -> Attachments:
    return Attachments(Ids(0), items, size)


def stored(held: Attachments, name: str, content: bytes = b"x") -> Attachment:
    record = held.store(name, "file", content)
    assert isinstance(record, Attachment)
    return record


def test_an_upload_keeps_its_name_and_bytes() -> None:
    held = attachments()
    record = stored(held, 'odd "name" %20.txt', b"bytes")
    assert record.filename == 'odd "name" %20.txt'
    assert held.content(record) == b"bytes"
    assert held.find(record.id) is record
    assert (held.find("nope"), held.all(), len(held)) == (None, [record], 1)


def test_an_empty_name_becomes_a_random_one() -> None:
    assert len(stored(attachments(), "").filename) == 36


def test_uploads_of_one_name_share_the_later_bytes() -> None:
    held = attachments()
    first, second = stored(held, "a", b"1"), stored(held, "a", b"2")
    assert first.id != second.id
    assert held.content(first) == held.content(second) == b"2"


def test_a_copy_is_a_file_of_its_own_with_the_same_name() -> None:
    held = attachments()
    record = stored(held, "a.txt", b"1")
    copy = held.copy(record)
    stored(held, "a.txt", b"2")
    assert (copy.filename, held.content(copy)) == ("a.txt", b"1")
    assert copy.path.endswith(".txt")


def test_a_file_can_be_lost_while_its_record_stays() -> None:
    held = attachments()
    record = stored(held, "a")
    held.lose(record)
    held.lose(record)
    assert held.content(record) is None
    assert held.find(record.id) is record
    assert held.content(held.copy(record)) == b""


def test_the_oldest_go_by_number_and_by_bytes() -> None:
    held = attachments(items=2)
    records = [stored(held, name) for name in "abc"]
    assert held.all() == records[1:]
    heavy = attachments(size=2000)
    for name in "ab":
        stored(heavy, name, b"x" * 1500)
    assert [heavy.content(record) is None for record in heavy.all()] == [True, False]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a.txt", f"{FOLDER}/a.txt"),
        ("../a", "/AstrBot/data/a"),
        ("/a", "/a"),
        ("/../../a", "/a"),
        ("./a", f"{FOLDER}/a"),
        ("../attachments/a", f"{FOLDER}/a"),
        ("a\\b", f"{FOLDER}/a\\b"),
        ("é" * 127, f"{FOLDER}/{'é' * 127}"),
    ],
)
def test_names_are_placed_as_a_disk_would(name: str, path: str) -> None:
    assert place(name) == path


@pytest.mark.parametrize(
    "name",
    ["a/b", ".", "..", "/", "a/", "../..", "/AstrBot", "../attachments", "/etc/passwd", "a\0b", "x" * 256, "é" * 128],
)
def test_names_that_no_disk_takes(name: str) -> None:
    assert isinstance(place(name), Unstorable)


@given(st.text(alphabet="./\\a\0é\ud800", max_size=12))
def test_every_place_lies_in_a_folder_that_exists(name: str) -> None:
    path = place(name)
    if not isinstance(path, Unstorable):
        folder, _, last = path.rpartition("/")
        assert (folder or "/") in FOLDERS
        assert last not in ("", ".", "..")


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [("image/png", "image"), ("audio/x", "record"), ("video/mp4", "video"), ("", "file"), ("IMAGE/PNG", "file")],
)
def test_the_content_type_decides(content_type: str, kind: str) -> None:
    assert media_type(content_type) == kind
