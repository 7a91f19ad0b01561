"""The documentation on CI and containers, run as far as possible without a container engine."""

import json
import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from types import ModuleType
from typing import Any, Self

import pytest
import yaml

from mockbot.astrbot.versions import VERSIONS
from mockbot.cli.main import mockbot
from mockbot.testing import Backend, MockBot
from tests.docs.pages import blocks_of
from tests.processes import run as run_process

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
PAGES = (
    *("README.md", "docs/how-to/use-in-ci.md", "docs/how-to/run-in-containers.md", "deploy/README.md"),
    "docs/how-to/choose-the-version.md",
)
BLOCKS = [block for page in PAGES for block in blocks_of(ROOT / page)]
FILES = {block.name: block.text for block in BLOCKS}
DOCKER = [line for block in BLOCKS for line in block.commands if line.startswith(("docker ", "kubectl "))]
VARIABLES = {f"MOCKBOT_{each.name.upper()}" for each in mockbot.commands["serve"].params if each.name}
WORKFLOW: dict[str, Any] = yaml.safe_load(FILES["workflow.yaml"])
MATRIX: dict[str, Any] = yaml.safe_load(FILES["matrix.yaml"])["jobs"]["test"]


def command_in(folder: Path) -> dict[str, str]:
    """Write the command `mockbot` into a folder, and return an environment with it and a free port."""
    (folder / "mockbot").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m mockbot "$@"\n')
    (folder / "mockbot").chmod(0o755)
    return os.environ | {"PATH": f"{folder}:{os.environ['PATH']}", "MOCKBOT_PORT": "0"}


@pytest.mark.parametrize("shell", ["bash", "sh"])
def test_the_step_fails_if_the_server_cannot_start(tmp_path: Path, shell: str) -> None:
    run = yaml.safe_load(FILES["plain.yaml"])["steps"][0]["run"]
    environment = command_in(tmp_path) | {"MOCKBOT_FIXTURE": "nope", "MOCKBOT_URL": "http://127.0.0.1:9"}
    done = run_process([shell, "-e", "-c", run], cwd=tmp_path, env=environment, timeout=30)
    assert done.returncode == 3  # no server answers the last command
    assert "nope" in done.stderr
    assert done.stdout.startswith("http://127.0.0.1:9: no response")


def test_the_step_starts_a_mockbot_that_is_ready(tmp_path: Path) -> None:
    run, test = yaml.safe_load(FILES["plain.yaml"])["steps"]
    assert test["env"] == {"MOCKBOT_URL": "http://127.0.0.1:6185"}
    script, asked = run["run"].rsplit("\n", 2)[:2]
    assert asked == "mockbot health"
    environment = command_in(tmp_path)
    # the port is a free one here, so `health` gets the URL in the ready file; and the script stops the server
    url = """$(python3 -c 'import json; print(json.load(open("ready.json"))["base_url"])')"""
    script += f"\nmockbot health {url}; status=$?; kill $!; wait $!; exit $status"
    done = run_process(["bash", "-c", script], cwd=tmp_path, env=environment, timeout=30)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(": ok\n")
    assert not (tmp_path / "ready.json").exists()


def test_docker_commands_name_existing_files_and_options() -> None:
    build, run, compose = DOCKER[:3]
    assert build == "docker build -t mockbot ."
    assert compose == "docker compose up --build --wait"
    words = shlex.split(run)
    source, target, _ = words[words.index("-v") + 1].split(":")
    options = words[words.index("mockbot") + 2 :]
    assert target == "/fixtures"
    assert (ROOT / source / options[options.index("--fixture") + 1]).is_file()
    mockbot.commands["serve"].make_context("serve", options)


def test_the_commands_for_kubernetes_fit_its_manifests() -> None:
    push, secret, apply = DOCKER[3:6]
    assert push == "docker build -t REGISTRY/mockbot . && docker push REGISTRY/mockbot"
    *create, kind, name, literal = shlex.split(secret)
    assert (*create, kind) == ("kubectl", "create", "secret", "generic")
    manifests = (ROOT / shlex.split(apply)[-1]).read_text("utf-8")
    key = literal.removeprefix("--from-literal=").partition("=")[0]
    assert f"secretKeyRef: {{name: {name}, key: {key}}}" in manifests


def test_the_readme_shows_the_same_step() -> None:
    assert len({block.text for block in BLOCKS if block.name == "plain.yaml"}) == 1


def test_the_workflow_names_what_exists() -> None:
    build = WORKFLOW["jobs"]["image"]["steps"][-1]["run"]
    service = WORKFLOW["jobs"]["test"]["services"]["mockbot"]
    last = WORKFLOW["jobs"]["test"]["steps"][-1]
    assert build == f"docker build -t {service['image']} . && docker push {service['image']}"
    assert service["ports"] == ["6185:6185"]
    assert service["env"].keys() <= VARIABLES
    assert last["env"]["MOCKBOT_CONTROL_TOKEN"] == service["env"]["MOCKBOT_CONTROL_TOKEN"]
    assert "HEALTHCHECK" in (ROOT / "Dockerfile").read_text("utf-8"), "`options:` of the service rely on it"


def test_the_version_of_a_container_is_a_variable() -> None:
    words = shlex.split(DOCKER[6])
    name, _, version = words[words.index("-e") + 1].partition("=")
    composed = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]["mockbot"]["environment"]
    assert name in VARIABLES
    assert name in composed
    assert version in VERSIONS
    assert any(line == f"{name}={version} {DOCKER[2]}" for block in BLOCKS for line in block.commands)


def test_the_matrix_has_every_version() -> None:
    assert MATRIX["strategy"]["matrix"] == {"astrbot": list(VERSIONS)}
    assert MATRIX["env"] == {"MOCKBOT_ASTRBOT": "${{ matrix.astrbot }}"}
    assert MATRIX["steps"][-1]["env"] == {"MOCKBOT_URL": "http://127.0.0.1:6185"}


@pytest.mark.parametrize("version", ["", *VERSIONS])
def test_the_step_of_the_matrix_starts_the_version(tmp_path: Path, version: str) -> None:
    run = next(step["run"] for step in MATRIX["steps"] if "mockbot serve" in step.get("run", ""))
    assert run == yaml.safe_load(FILES["plain.yaml"])["steps"][0]["run"]
    script = run.rsplit("\n", 2)[0] + "\nkill $!; wait $!"
    environment = command_in(tmp_path) | {"MOCKBOT_ASTRBOT": version}
    done = run_process(["bash", "-c", script], cwd=tmp_path, env=environment, timeout=30)
    assert done.returncode == 0, done.stderr
    assert f"as AstrBot {version or '4.19.4'} at http" in done.stdout


@pytest.fixture(scope="module")
def contained() -> Iterator[MockBot]:
    """A mockbot with the address and token of one in a container."""
    with MockBot(host="0.0.0.0", control_token="ci") as bot:
        yield bot


@pytest.mark.parametrize("host", ["localhost:6185", "mockbot:6185", "172.17.0.1:49153", "docker:32768", "mockbot"])
def test_the_control_api_answers_under_every_name_a_container_may_have(contained: MockBot, host: str) -> None:
    def status(path: str, **headers: str) -> int:
        connection = HTTPConnection(contained.base_url.removeprefix("http://"), timeout=10)
        connection.request("GET", path, headers={"Host": host, **headers})
        with connection.getresponse() as response:
            response.read()
        connection.close()
        return response.status

    assert status("/__mockbot__/version", Authorization="Bearer ci") == 200
    assert status("/__mockbot__/version") == 401
    assert status("/__mockbot__/health") == 200


class Container:
    """The methods of Testcontainers' DockerContainer that the documentation uses, with a mockbot in a thread."""

    def __init__(self, image: str) -> None:
        assert image == "mockbot"
        self.settings: dict[str, Any] = {}

    def with_env(self, name: str, value: str) -> Self:
        assert name in VARIABLES
        self.settings[name.removeprefix("MOCKBOT_").lower()] = value
        return self

    def with_exposed_ports(self, port: int) -> Self:
        assert port == 6185
        return self

    def waiting_for(self, strategy: tuple[int, str]) -> Self:
        assert strategy == (6185, "/__mockbot__/health")
        return self

    def __enter__(self) -> Self:
        self.bot = MockBot(host="0.0.0.0", **self.settings).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bot.stop()

    def get_container_host_ip(self) -> str:
        return "localhost"

    def get_exposed_port(self, port: int) -> int:
        return int(self.bot.base_url.rpartition(":")[2])


def test_the_python_snippet_gives_each_test_a_world(monkeypatch: pytest.MonkeyPatch) -> None:
    modules = {name: ModuleType(f"testcontainers.core.{name}") for name in ("container", "wait_strategies")}
    monkeypatch.setattr(modules["container"], "DockerContainer", Container, raising=False)
    monkeypatch.setattr(modules["wait_strategies"], "HttpWaitStrategy", lambda *given: given, raising=False)
    for parent in ("testcontainers", "testcontainers.core"):
        monkeypatch.setitem(sys.modules, parent, ModuleType(parent))
    for module in modules.values():
        monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(pytest, "fixture", lambda *given, **_: given[0] if given else lambda function: function)
    names: dict[str, Any] = {}
    exec(compile(FILES["conftest.py"], "conftest.py", "exec"), names)

    running = names["backend"]()
    backend: Backend = next(running)
    using = names["world"](backend)
    world = next(using)
    assert world.key.startswith("abk_")
    assert world.key != "abk_demo"  # a key of its own, which leads to it
    assert world.base_url.startswith(f"{backend.base_url}/w/")
    for generator in (using, running):
        assert next(generator, None) is None


FAKE = """
export const Wait = { forHttp: (path, port) => [path, port] };
export class GenericContainer {
  constructor(image) { this.calls = [image]; }
  withEnvironment(variables) { this.calls.push(variables); return this; }
  withExposedPorts(port) { this.calls.push(port); return this; }
  withWaitStrategy(strategy) { this.calls.push(strategy); return this; }
  async start() { console.log(JSON.stringify(this.calls)); return this; }
  getHost() { return "localhost"; }
  getMappedPort() { return Number(process.env.PORT); }
  async stop() { console.log("stopped"); }
}
"""
USE = """
import { makeWorld, startMockbot } from "./mockbot.mjs";
const { url, stop } = await startMockbot();
console.log(JSON.stringify(await makeWorld(url, "from-node")));
await stop();
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_the_node_snippet_makes_a_world(contained: MockBot, tmp_path: Path) -> None:
    package = tmp_path / "node_modules" / "testcontainers"
    package.mkdir(parents=True)
    (package / "package.json").write_text('{"type": "module", "exports": "./index.js"}')
    (package / "index.js").write_text(FAKE)
    (tmp_path / "mockbot.mjs").write_text(FILES["mockbot.mjs"])
    (tmp_path / "use.mjs").write_text(USE)
    port = contained.base_url.rpartition(":")[2]
    command = ["node", str(tmp_path / "use.mjs")]
    done = run_process(command, timeout=30, env=os.environ | {"PORT": port})
    assert done.returncode == 0, done.stderr
    calls, world, stopped = done.stdout.splitlines()
    assert json.loads(calls) == ["mockbot", {"MOCKBOT_CONTROL_TOKEN": "ci"}, 6185, ["/__mockbot__/health", 6185]]
    assert json.loads(world) == {"url": f"http://localhost:{port}/w/from-node", "key": "abk_demo"}
    assert stopped == "stopped"
