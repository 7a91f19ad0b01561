import json
from pathlib import Path
from typing import Any

import pytest

from mockbot.app import Mockbot, create_app
from mockbot.settings import Settings
from tests.generic.asking import Serve


@pytest.fixture
def serve(tmp_path: Path) -> Serve:
    """Serve a document."""

    def make(document: Any, **options: Any) -> Mockbot:
        path = tmp_path / "spec.json"
        path.write_text(json.dumps(document))
        return create_app(Settings(spec=str(path), pace_ms=0, **options), log=lambda _: None)

    return make
