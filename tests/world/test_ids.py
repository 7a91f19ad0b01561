from uuid import UUID

from mockbot.world.ids import Ids


def test_ids_are_version_4_and_repeat_with_the_seed() -> None:
    ids = Ids("seed")
    first = [ids.uuid() for _ in range(50)]
    again = Ids("seed")
    assert [again.uuid() for _ in range(50)] == first
    assert len(set(first)) == 50
    assert {UUID(text).version for text in first} == {4}
    assert Ids("other").uuid() != first[0]


def test_a_continued_sequence_repeats_no_id() -> None:
    ids = Ids(7)
    before = {ids.uuid() for _ in range(5)}
    later = Ids(7, ids.given)
    assert before.isdisjoint(later.uuid() for _ in range(5))
    assert later.given == 10
