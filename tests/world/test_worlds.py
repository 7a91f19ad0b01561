import pytest

from mockbot.settings import Settings
from mockbot.world.blueprint import Blueprint
from mockbot.world.clock import FrozenClock
from mockbot.world.fixture import Fixture
from mockbot.world.world import World
from mockbot.world.worlds import DEFAULT, NAME, Worlds


def make(name: str) -> World:
    return World(name, Fixture(), seed=name, clock=FrozenClock(), settings=Settings(), blueprint=Blueprint())


def test_worlds_are_made_on_first_use_only() -> None:
    worlds = Worlds(make, 3)
    assert worlds.find("a") is None
    assert worlds.get("a") is worlds.get("a") is worlds.find("a")
    assert [world.name for world in worlds] == ["a"]


def test_the_least_recently_used_is_evicted_and_never_the_default_one() -> None:
    worlds = Worlds(make, 2)
    for name in (DEFAULT, "a", "b", "a", "c"):
        worlds.get(name)
    assert {world.name for world in worlds} == {DEFAULT, "a", "c"}
    assert worlds.evicted == 1


def test_an_evicted_world_starts_anew_and_is_marked() -> None:
    worlds = Worlds(make, 1)
    first = worlds.get("a")
    worlds.get("b")
    assert worlds.get("a") is not first
    slot = worlds.slot("a")
    assert slot is not None
    assert slot.evicted
    assert worlds.slot("b") is None


def test_a_world_can_be_removed_and_replaced() -> None:
    worlds = Worlds(make, 2)
    worlds.get("a")
    assert (worlds.remove("a"), worlds.remove("a"), len(worlds)) == (True, False, 0)
    worlds.get("a")
    mine = make("a")
    worlds.put(mine)
    assert worlds.get("a") is mine
    assert [slot.world for slot in worlds.slots()] == [mine]


@pytest.mark.anyio
async def test_an_evicted_world_ends_its_streams() -> None:
    worlds = Worlds(make, 1)
    stream = worlds.get("a").live.open("s", "1")
    other = worlds.get(DEFAULT).live.open("s", "2")
    worlds.get("b")
    assert stream.frames.take() is stream.STOP
    assert len(other.frames) == 0
    await worlds.close()
    assert other.frames.take() is other.STOP


@pytest.mark.parametrize("name", ["ci-7", "A.b_c", "x" * 64, "..."])
def test_valid_names(name: str) -> None:
    assert NAME.fullmatch(name)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a b", "é", "a\n", "x" * 65])
def test_invalid_names(name: str) -> None:
    assert not NAME.fullmatch(name)


def test_the_least_recently_used_are_evicted_when_all_together_are_too_large() -> None:
    worlds = Worlds(make, 9, size=100_000)
    for name in (DEFAULT, "a", "b"):
        worlds.get(name).attachments.store("same", "file", bytes(40_000))
        worlds.get(name)
    assert {world.name for world in worlds} == {DEFAULT, "b"}
    worlds.remove("b")
    assert worlds.size == worlds.get(DEFAULT).size < 100_000


def test_a_single_world_that_is_too_large_is_not_evicted() -> None:
    worlds = Worlds(make, 9, size=1_000)
    worlds.get("a").attachments.store("same", "file", bytes(4_000))
    assert worlds.get("a") is worlds.get("a")
    assert worlds.evicted == 0
