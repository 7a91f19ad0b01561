"""schemathesis' own checks of state: a deleted resource is gone, a created one is there."""

from pathlib import Path

import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import CHECKS, load_all_checks

from mockbot.testing import MockBot
from tests.generic.stateful.petstore import PETSTORE



@pytest.mark.parametrize("stateful", [True, False])
def test_the_checks_of_state_pass_with_stateful_only(tmp_path: Path, stateful: bool) -> None:
    path = tmp_path / "petstore.yaml"
    path.write_text(yaml.safe_dump(PETSTORE, sort_keys=False))
    load_all_checks()
    wanted = CHECKS.get_by_names(["use_after_free", "ensure_resource_availability", "not_a_server_error"])
    with MockBot(spec=str(path), stateful=stateful) as bot:
        schema = schemathesis.openapi.from_url(f"{bot.base_url}/openapi.json").include(path_regex="^/pets")
        schema.config.update(base_url=bot.base_url)
        machine = schema.as_state_machine()

        class Checked(machine):  # type: ignore[misc,valid-type]  # made at run time
            def validate_response(self, response, case, additional_checks=(), **options):  # type: ignore[no-untyped-def]
                super().validate_response(response, case, checks=wanted, **options)

        def run() -> None:
            Checked.run(
                settings=settings(
                    max_examples=25,
                    stateful_step_count=6,
                    deadline=None,
                    derandomize=True,
                    database=None,
                    phases=[Phase.generate],
                    suppress_health_check=list(HealthCheck),
                )
            )

        if stateful:
            run()
        else:
            with pytest.raises(BaseException, match=r"(?i)use after free|resource is not available|not available"):
                run()
