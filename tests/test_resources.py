"""The shipped files are found from a checkout and from a wheel alike."""

from pathlib import Path

import pytest

from mockbot import resources


def test_checkout_has_them_beside_the_package() -> None:
    assert resources.openapi() == Path(__file__).parent.parent / "openapi.json"
    assert resources.contracts("astrbot-4.19.4/overlay.yaml").is_file()
    assert resources.formats("script.schema.json").is_file()
    assert resources.fixtures("default.yaml").is_file()


def test_wheel_has_them_inside_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "openapi.json").touch()
    monkeypatch.setattr(resources, "PACKAGE", tmp_path)
    assert resources.root() == tmp_path / "data"
    assert resources.fixtures("empty.yaml") == tmp_path / "data" / "fixtures" / "empty.yaml"
