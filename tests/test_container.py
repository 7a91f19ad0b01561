"""The contents of Dockerfile and of the YAML files for containers, checked without a container engine."""

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

import mockbot
from mockbot.cli.main import mockbot as command
from mockbot.settings import Settings
from mockbot.testing import MockBot

ROOT = Path(__file__).parent.parent
PORT = Settings().port
HEALTH = "/__mockbot__/health"
DOCKERFILE = [
    (word, rest.strip())
    for line in re.sub(r"\\\n\s*", " ", (ROOT / "Dockerfile").read_text("utf-8")).splitlines()
    if line and not line.startswith("#")
    for word, _, rest in [line.partition(" ")]
]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
OBJECTS: dict[tuple[str, str], dict[str, Any]] = {
    (each["kind"], each["metadata"]["name"]): each
    for each in yaml.safe_load_all((ROOT / "deploy" / "kubernetes.yaml").read_text("utf-8"))
}


def instructions(word: str) -> list[str]:
    """Return the arguments of an instruction in the last stage."""
    last = max(number for number, (each, _) in enumerate(DOCKERFILE) if each == "FROM")
    return [rest for each, rest in DOCKERFILE[last:] if each == word]


def sources() -> list[str]:
    """Return the paths that are copied from the repository."""
    copies = [shlex.split(rest) for word, rest in DOCKERFILE if word == "COPY" and "--from" not in rest]
    return [source for words in copies for source in words[:-1]]


def test_everything_that_is_copied_exists_and_is_not_ignored() -> None:
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    ignored = [line for line in lines if line and not line.startswith("#")]
    assert ignored[0] == "*"
    for source in sources():
        assert (ROOT / source).exists(), source
        assert f"!{source}" in ignored
    assert {line[1:] for line in ignored if line.startswith("!")} == set(sources())


def test_everything_that_the_wheel_is_built_from_is_copied() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {*wheel["packages"], *wheel["force-include"], "pyproject.toml", project["project"]["readme"]}
    licences = {each for each in project["project"]["license-files"] if not each.startswith("mockbot/")}
    assert needed | licences == set(sources())


def test_the_last_stage_takes_the_environment_and_runs_nothing_as_root() -> None:
    assert instructions("COPY") == ["--from=build /opt/mockbot /opt/mockbot"]
    assert instructions("RUN") == []
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", instructions("USER")[0])
    assert instructions("VOLUME") == instructions("WORKDIR") == ["/fixtures"]


def test_both_stages_have_the_same_python_and_it_is_new_enough() -> None:
    (image,) = {rest.split()[0] for word, rest in DOCKERFILE if word == "FROM"}
    found = re.fullmatch(r"python:3\.(\d+)-slim", image)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert found
    assert int(found[1]) >= int(project["requires-python"].removeprefix(">=3."))


def test_command_port_health_check_and_stop_signal() -> None:
    assert instructions("ENTRYPOINT") == ['["mockbot"]'], "no shell in between, which would keep the signal"
    assert instructions("STOPSIGNAL") == ["SIGTERM"]
    assert instructions("CMD") == ['["serve"]']
    assert instructions("EXPOSE") == [str(PORT)]
    assert instructions("HEALTHCHECK")[0].endswith('CMD ["mockbot", "health"]')
    assert {"serve", "health"} <= command.commands.keys()
    variables = dict(word.split("=") for word in shlex.split(instructions("ENV")[0]))
    assert variables == {"PATH": "/opt/mockbot/bin:$PATH", "MOCKBOT_HOST": "0.0.0.0"}


def test_labels_and_manifests_name_this_version() -> None:
    labels = dict(word.split("=") for word in shlex.split(instructions("LABEL")[0]))
    assert labels["org.opencontainers.image.version"] == mockbot.__version__
    assert container("StatefulSet", "mockbot")["image"] == f"mockbot:{mockbot.__version__}"


def test_compose_serves_on_this_machine_only_from_existing_files() -> None:
    (service,) = COMPOSE["services"].values()
    assert service["build"] == "."
    assert service["ports"] == [f"127.0.0.1:{PORT}:{PORT}"]
    source, target, mode = service["volumes"][0].split(":")
    assert (ROOT / source).is_dir()
    assert (target, mode) == (instructions("VOLUME")[0], "ro")
    assert service["environment"].keys() <= VARIABLES
    assert service["read_only"]


VARIABLES = {f"MOCKBOT_{each.name.upper()}" for each in command.commands["serve"].params if each.name}


def pod(kind: str, name: str) -> Any:
    return OBJECTS[kind, name]["spec"]["template"]["spec"]


def container(kind: str, name: str) -> Any:
    (one,) = pod(kind, name)["containers"]
    return one


WORKLOADS = [("StatefulSet", "mockbot"), ("Deployment", "mockbot-front")]


def test_kubernetes_has_the_tested_nginx_configuration() -> None:
    assert OBJECTS["ConfigMap", "mockbot-front"]["data"]["nginx.conf"] == (ROOT / "deploy/nginx.conf").read_text(
        "utf-8"
    )


def test_each_replica_has_the_address_in_the_nginx_configuration() -> None:
    conf = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")
    replicas = [f"mockbot-{number}" for number in range(OBJECTS["StatefulSet", "mockbot"]["spec"]["replicas"])]
    assert re.findall(r"server ([\w-]+):6185 ", conf) == replicas
    for replica in replicas:
        spec = OBJECTS["Service", replica]["spec"]
        assert spec["selector"] == {"statefulset.kubernetes.io/pod-name": replica}
        assert spec["ports"][0]["port"] == PORT
    assert ("Service", OBJECTS["StatefulSet", "mockbot"]["spec"]["serviceName"]) in OBJECTS
    assert f"listen {container('Deployment', 'mockbot-front')['ports'][0]['containerPort']};" in conf


@pytest.mark.parametrize(("kind", "name"), WORKLOADS)
def test_names_and_labels_fit(kind: str, name: str) -> None:
    spec = OBJECTS[kind, name]["spec"]
    assert spec["selector"]["matchLabels"] == spec["template"]["metadata"]["labels"]
    mounted = {mount["name"] for mount in container(kind, name).get("volumeMounts", [])}
    assert mounted == {volume["name"] for volume in pod(kind, name).get("volumes", [])}
    services = [each["spec"] for (what, _), each in OBJECTS.items() if what == "Service"]
    assert spec["selector"]["matchLabels"] in [service["selector"] for service in services]
    assert {port["targetPort"] for service in services for port in service["ports"]} == {"http"}


@pytest.mark.parametrize(("kind", "name"), WORKLOADS)
def test_nothing_runs_as_root_or_writes_to_its_image(kind: str, name: str) -> None:
    assert pod(kind, name)["securityContext"]["runAsNonRoot"]
    one = container(kind, name)
    assert one["securityContext"]["readOnlyRootFilesystem"]
    assert one["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert one["resources"]["limits"]["memory"]
    if name == "mockbot":
        assert pod(kind, name)["enableServiceLinks"] is False, "the Service mockbot would set MOCKBOT_PORT"
        assert pod(kind, name)["securityContext"]["runAsUser"] == int(instructions("USER")[0].split(":")[0])
        assert {each["name"] for each in one["env"]} <= VARIABLES


def test_probes_use_the_health_check() -> None:
    one = container("StatefulSet", "mockbot")
    assert one["ports"] == [{"name": "http", "containerPort": PORT}]
    asked = {one[probe]["httpGet"]["path"] for probe in ("startupProbe", "readinessProbe")}
    with MockBot() as bot:
        assert asked == {HEALTH}
        assert bot.control.ask("GET", HEALTH.removeprefix("/__mockbot__/")) == {"status": "ok"}
