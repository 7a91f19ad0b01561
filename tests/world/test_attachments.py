from mockbot.world.attachments import Attachments
from mockbot.world.clock import EPOCH, FrozenClock
from mockbot.world.ids import Ids
from mockbot.world.records import Attachment


def attachments(items: int = 10, size: int = 100_000) -> Attachments:
    return Attachments(Ids(0), FrozenClock(), items, size)


def stored(held: Attachments, name: str, content: bytes = b"x") -> Attachment:
    return held.store(f"/folder/{name}", "file", content)


def test_an_upload_keeps_its_name_and_bytes() -> None:
    held = attachments()
    record = stored(held, 'odd "name" %20.txt', b"bytes")
    assert record.filename == 'odd "name" %20.txt'
    assert held.content(record) == b"bytes"
    assert held.find(record.id) is record
    assert (held.find("nope"), held.all(), len(held)) == (None, [record], 1)


def test_uploads_of_one_name_share_the_later_bytes() -> None:
    held = attachments()
    first, second = stored(held, "a", b"1"), stored(held, "a", b"2")
    assert first.id != second.id
    assert held.content(first) == held.content(second) == b"2"


def test_a_copy_is_a_file_of_its_own_with_the_same_name() -> None:
    held = attachments()
    record = stored(held, "a.txt", b"1")
    copy = held.copy(record, "/folder/copy.txt")
    stored(held, "a.txt", b"2")
    assert (copy.filename, held.content(copy)) == ("a.txt", b"1")
    assert copy.path.endswith(".txt")


def test_a_file_can_be_lost_without_its_record() -> None:
    held = attachments()
    record = stored(held, "a")
    held.lose(record)
    held.lose(record)
    assert held.content(record) is None
    assert held.find(record.id) is record
    assert held.content(held.copy(record, "/folder/copy.txt")) == b""


def test_a_record_has_a_media_type_a_time_and_the_name_of_its_file() -> None:
    held = attachments()
    record = held.store("/folder/1_a.txt", "file", b"1", filename="a.txt", content_type="text/x")
    assert (record.filename, record.stored_name, record.content_type) == ("a.txt", "1_a.txt", "text/x")
    assert record.created_at == EPOCH
    given = held.add(Attachment("id", "b", "file", "/folder/b", created_at=5.0), b"")
    assert given.created_at == 5.0


def test_a_file_is_found_by_its_path_while_it_is_there() -> None:
    held = attachments()
    first = stored(held, "a")
    assert (held.at(first.path), held.at("/folder/b")) == (first, None)
    second = stored(held, "a")
    assert held.at(first.path) is second
    held.lose(second)
    assert held.at(first.path) is None


def test_the_oldest_are_removed_by_number_and_by_bytes() -> None:
    held = attachments(items=2)
    records = [stored(held, name) for name in "abc"]
    assert held.all() == records[1:]
    heavy = attachments(size=4000)
    for name in "ab":
        stored(heavy, name, b"x" * 3000)
    assert [heavy.content(record) is None for record in heavy.all()] == [True, False]
