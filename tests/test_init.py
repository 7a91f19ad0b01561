"""What the package hands out."""

import mockbot


def test_public_names_are_there_and_sorted() -> None:
    assert mockbot.__all__ == sorted(mockbot.__all__)
    assert callable(mockbot.create_app)
    assert {name: hasattr(mockbot, name) for name in mockbot.__all__} == dict.fromkeys(mockbot.__all__, True)


def test_another_name_is_not_there() -> None:
    assert not hasattr(mockbot, "nope")
