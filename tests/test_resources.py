"""The shipped files are found from a checkout and from a wheel alike."""

from pathlib import Path

from mockbot import resources


def test_a_checkout_has_the_files_beside_the_package() -> None:
    assert resources.openapi() == Path(__file__).parent.parent / "openapi.json"
    assert resources.contracts("astrbot-4.19.4/overlay.yaml").is_file()
    assert resources.formats("script.schema.json").is_file()
    assert resources.fixtures("default.yaml").is_file()


def test_a_wheel_has_the_files_inside_the_package(tmp_path: Path) -> None:
    assert resources.root(tmp_path / "mockbot") == tmp_path
    (tmp_path / "mockbot" / "data").mkdir(parents=True)
    (tmp_path / "mockbot" / "data" / "openapi.json").touch()
    assert resources.root(tmp_path / "mockbot") == tmp_path / "mockbot" / "data"
