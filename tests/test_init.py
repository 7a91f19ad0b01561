"""The public names of the package."""

import mockbot


def test_public_names_exist_and_are_sorted() -> None:
    assert mockbot.__all__ == sorted(mockbot.__all__)
    assert callable(mockbot.create_app)
    assert {name: hasattr(mockbot, name) for name in mockbot.__all__} == dict.fromkeys(mockbot.__all__, True)


def test_other_names_do_not_exist() -> None:
    assert not hasattr(mockbot, "nope")
