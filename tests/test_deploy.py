"""Two mockbots behind nginx with deploy/nginx.conf: each world has one replica, and streams are not buffered."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse, IncompleteRead
from pathlib import Path
from typing import Any

import pytest

from mockbot.errors import UserError
from mockbot.testing import Backend
from tests.processes import started

CONF = (Path(__file__).parent.parent / "deploy" / "nginx.conf").read_text("utf-8")
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
TOKEN = "s3cret"
KEY = {"X-API-Key": "abk_demo"}
WORLDS = [f"ci-{number}" for number in range(20)]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("deploy"),  # one worker, so that the servers start once
    pytest.mark.skipif(NGINX is None, reason="nginx is not installed (Debian: apt-get install nginx-light)"),
]


@dataclass
class Replica:
    process: subprocess.Popen[str]
    port: int

    @property
    def direct(self) -> Backend:
        """The replica at its own address, not through nginx."""
        return Backend(f"http://127.0.0.1:{self.port}", TOKEN)

    def entries(self) -> dict[str, int]:
        """Return the number of exchanges in each of its worlds."""
        return {row["name"]: row["entries"] for row in self.direct.control.ask("GET", "worlds")["worlds"]}

    def has(self, world: str) -> bool:
        return world in self.entries()


@dataclass
class Front:
    """The one address that clients use."""

    base_url: str
    replicas: tuple[Replica, Replica]
    folder: Path
    """Where nginx and the replicas write their logs."""

    def logs(self) -> str:
        """Return the ends of all logs."""
        return "\n".join(f"{path.name}:\n{path.read_text()[-2000:]}" for path in sorted(self.folder.glob("*.log")))

    @property
    def backend(self) -> Backend:
        return Backend(self.base_url, TOKEN)

    def open(self, method: str, path: str, body: Any = None, **headers: str) -> HTTPResponse:
        connection = HTTPConnection(self.base_url.removeprefix("http://"), timeout=30)
        headers = {name.replace("_", "-"): value for name, value in headers.items()} | KEY | {"Connection": "close"}
        if body is not None and not isinstance(body, bytes):
            body, headers["Content-Type"] = json.dumps(body), "application/json"
        connection.request(method, path, body, headers)
        return connection.getresponse()

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        response = self.open(method, path, body, **headers)
        text = response.read()
        return response.status, json.loads(text) if response.headers["Content-Type"].endswith("json") else text

    def chat(self, world: str, message: str = "hello") -> HTTPResponse:
        return self.open("POST", f"/w/{world}/api/v1/chat", {"username": "ada", "message": message})

    def sessions(self, world: str) -> int:
        status, envelope = self.ask("GET", f"/w/{world}/api/v1/chat/sessions?username=ada")
        assert status == 200, envelope
        return int(envelope["data"]["total"])

    def home(self, world: str) -> Replica:
        (home,) = [replica for replica in self.replicas if replica.has(world)]
        return home


@contextmanager
def replica(log: Path) -> Iterator[Replica]:
    """A mockbot as a process, with the options for use behind a proxy."""
    command = [sys.executable, "-m", "mockbot", "serve", "--port", "0", "--pace", "0"]
    environment = os.environ | {"MOCKBOT_CONTROL_TOKEN": TOKEN}
    with (
        log.open("w") as file,
        started(command, stdout=subprocess.PIPE, stderr=file, env=environment) as process,
    ):
        assert process.stdout
        yield Replica(process, int(process.stdout.readline().rpartition(":")[2]))


@contextmanager
def nginx(folder: Path, ports: list[int]) -> Iterator[str]:
    """Nginx with deploy/nginx.conf; only addresses and the folder of its files are replaced."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        conf = CONF.replace("listen 8080;", f"listen 127.0.0.1:{port};").replace(" /tmp/nginx", f" {folder}/nginx")
        for number, other in enumerate(ports):
            conf = conf.replace(f"server mockbot-{number}:6185 ", f"server 127.0.0.1:{other} ")
        assert "6185" not in conf
        assert "8080" not in conf
        (folder / "nginx.conf").write_text(conf)
        # nginx inherits the open socket, so that the port is not taken by others and no request comes too early
        environment = {"NGINX": f"{listener.fileno()};", "PATH": os.environ.get("PATH", "")}
        command = [str(NGINX), "-c", str(folder / "nginx.conf"), "-p", str(folder)]
        command += ["-e", str(folder / "error.log"), "-g", "daemon off;"]
        with started(command, pass_fds=[listener.fileno()], env=environment):
            yield f"http://127.0.0.1:{port}"


@contextmanager
def front(folder: Path) -> Iterator[Front]:
    with ExitStack() as stack:
        first, second = [stack.enter_context(replica(folder / f"replica-{number}.log")) for number in range(2)]
        yield Front(stack.enter_context(nginx(folder, [first.port, second.port])), (first, second), folder)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with front(tmp_path_factory.mktemp("front")) as running:
        yield running


def test_each_world_has_one_replica(shared: Front) -> None:
    for message in ("one", "two", "three"):
        for world in WORLDS:
            assert shared.chat(world, message).read().endswith(b"\n\n")
    first, second = (replica.entries() for replica in shared.replicas)
    found = [world for world in (*first, *second) if world in WORLDS]
    assert sorted(found) == sorted(WORLDS)
    assert all({**first, **second}[world] == 3 for world in WORLDS)
    assert [shared.sessions(world) for world in WORLDS] == [3] * len(WORLDS)
    assert 0 < len(first.keys() & set(WORLDS)) < len(WORLDS), "both have some of them"


def test_every_way_to_name_a_world_reaches_the_same_replica(shared: Front) -> None:
    for world in WORLDS:
        name = f"named-{world}"
        assert shared.backend.world(name).snapshot()["version"] == 1
        assert shared.ask("GET", "/api/v1/im/bots", X_Mockbot_World=name)[0] == 200
        assert shared.ask("GET", f"/w/%6E{name[1:]}/api/v1/im/bots")[0] == 200
        assert shared.home(name).entries()[name] == 2


def test_the_default_world_has_one_replica_too(shared: Front) -> None:
    for path in ("/api/v1/im/bots", "/w/default/api/v1/im/bots", "//api/v1/im/bots", "//w/x/api/v1/im/bots"):
        shared.ask("GET", path)
    shared.ask("GET", "/api/v1/im/bots", X_Mockbot_World="default")
    assert sorted(replica.entries().get("default", 0) for replica in shared.replicas) == [0, 5]
    assert shared.backend.default.key == "abk_demo"


@pytest.mark.parametrize("path", ["/w/a/../b/api/v1/im/bots", "/w/a/%2E%2e/b", "/w/./a", "/w/a/.", "/w/a/..?x"])
def test_a_path_that_could_mean_two_worlds_is_refused(shared: Front, path: str) -> None:
    assert shared.ask("GET", path)[0] == 400


@pytest.mark.parametrize("path", ["/w/a/api/v1/chat?x=/../", "/w/a/.../", "/w/a..b/", "/w/.a/"])
def test_a_path_with_other_dots_is_passed_on(shared: Front, path: str) -> None:
    assert shared.ask("GET", path)[0] in (404, 405)


def test_frames_arrive_one_by_one(shared: Front) -> None:
    script = {"when": {"message": "slowly"}, "run": [{"say": "first"}, {"wait": "10m"}, {"say": "last"}]}
    world = shared.backend.world("slow", scripts=[script], frozen=False)
    stream = shared.chat("slow", "slowly")
    assert stream.status == 200
    assert b'"session_id"' in stream.readline()
    assert stream.readline() == b"\n"
    assert b"first" in stream.readline()
    # the client has these frames before the stream ends
    (entry,) = world.journal.entries()
    assert entry.ended == "open"
    assert len(entry.chunks) == 2
    assert shared.backend.control.ask("GET", "worlds/slow")["streams"] == 1
    world.delete()
    try:
        with pytest.raises(IncompleteRead) as caught:
            stream.read()
    except TimeoutError:
        pytest.fail(f"the stream goes on\n{shared.logs()}")
    assert caught.value.partial == b"\n"


def test_a_cut_stream_is_seen_as_cut(shared: Front) -> None:
    world = shared.backend.world("broken")
    world.faults.arm("cut", after=2)
    with pytest.raises(IncompleteRead) as caught:
        shared.chat("broken").read()
    assert caught.value.partial.count(b"\n\n") == 2
    assert world.journal.entries()[0].ended == "cut"


def test_a_client_that_disconnects_is_noticed(shared: Front) -> None:
    script = {"when": {"message": "slowly"}, "run": [{"say": "first"}, {"wait": "10m"}]}
    world = shared.backend.world("left", scripts=[script], frozen=False)
    shared.chat("left", "slowly").close()
    asked = (world.journal.entries()[0].ended for _ in range(5000))
    assert next(ended for ended in asked if ended != "open") == "client left"
    world.delete()


def test_a_large_upload_passes(shared: Front) -> None:
    """Larger than the default limit of nginx."""
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
    body = head + bytes(3_000_000) + b"\r\n--x--\r\n"
    status, envelope = shared.ask("POST", "/w/big/api/v1/file", body, Content_Type="multipart/form-data; boundary=x")
    assert (status, envelope["status"]) == (200, "ok")


def test_the_control_api_requires_the_token_though_nginx_is_local(shared: Front) -> None:
    assert shared.ask("GET", "/__mockbot__/version")[0] == 401
    assert shared.ask("GET", "/__mockbot__/health") == (200, {"status": "ok"})
    with pytest.raises(UserError, match="requires its control token"):
        Backend(shared.base_url).control.ask("GET", "version")


@pytest.mark.parametrize(("method", "path"), [("POST", "shutdown"), ("POST", "reload"), ("GET", "worlds")])
def test_requests_about_one_replica_are_refused_by_nginx(shared: Front, method: str, path: str) -> None:
    with pytest.raises(UserError, match="This is about one replica; ask each at its own address"):
        shared.backend.control.ask(method, path)


def test_a_dead_replica_loses_only_its_own_worlds(tmp_path: Path) -> None:
    with front(tmp_path) as running:
        for world in WORLDS:
            running.chat(world).read()
        dead, alive = running.replicas
        lost = [world for world in WORLDS if dead.has(world)]
        kept = [world for world in WORLDS if alive.has(world)]
        script = {"when": {"message": "slowly"}, "run": [{"say": "first"}, {"wait": "10m"}]}
        streams = {}
        for world in (lost[0], kept[0]):
            running.backend.control.ask("POST", f"worlds/{world}/scripts", [script])
            streams[world] = running.chat(world, "slowly")
            streams[world].readline()

        dead.process.send_signal(signal.SIGKILL)
        dead.process.wait()

        with pytest.raises(IncompleteRead):
            streams[lost[0]].read()
        assert running.backend.control.ask("GET", f"worlds/{kept[0]}")["streams"] == 1
        for world in lost:
            status, envelope = running.ask("POST", f"/w/{world}/api/v1/chat", {"username": "ada", "message": "hello"})
            assert (status, envelope["status"], envelope["data"]) == (502, "error", None)
            assert "is gone" in envelope["message"]
        assert not [world for world in lost if alive.has(world)], "requests for the dead replica reached the other one"
        assert [running.sessions(world) for world in kept] == [2, *[1] * (len(kept) - 1)]


def test_the_file_has_each_replaced_address_once() -> None:
    """These tests replace addresses in the file; there must be no others."""
    assert re.findall(r"server (\S+) max_fails=0;", CONF) == ["mockbot-0:6185", "mockbot-1:6185"]
    assert CONF.count("listen ") == 1
