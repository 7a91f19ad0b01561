"""The console is a page for browsers; its files are open, and its policy lets nothing run that is not ours."""

from pathlib import Path

import pytest

from mockbot.console.assets import FOLDER
from tests.conftest import KEY, Client, make_client

pytestmark = pytest.mark.anyio
HTML = ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")


@pytest.fixture
def client() -> Client:
    return make_client(contract="enforce")


@pytest.mark.parametrize("path", ["/", "/w/mine", "/w/mine/", "/__mockbot__", "/__mockbot__/"])
async def test_a_browser_gets_the_page_and_the_journal_does_not(client: Client, path: str) -> None:
    reply = await client.get(path, headers=[HTML])
    assert (reply.status, reply.header("content-type")) == (200, "text/html; charset=utf-8")
    assert client.entries == []


@pytest.mark.parametrize("contract", ["enforce", "observe"])
@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/event-stream"])
async def test_a_client_never_gets_the_page(contract: str, accept: str) -> None:
    reply = await make_client(contract=contract).get("/", headers=[KEY, ("Accept", accept)])
    assert b"console.css" not in reply.body


async def test_every_file_of_the_page_is_served_and_named_by_another(client: Client) -> None:
    folder = FOLDER / "console"
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    texts = "".join((folder / name).read_text("utf-8") for name in names)
    for name in names - {"index.html", "lit/LICENSE"}:
        assert Path(name).name in texts, f"nothing loads {name}"
        reply = await client.get(f"/__mockbot__/console/{name}", headers=[])
        assert (reply.status, reply.header("x-content-type-options")) == (200, "nosniff")


async def test_the_policy_allows_only_files_of_this_server(client: Client) -> None:
    policy = (await client.get("/", headers=[HTML])).header("content-security-policy")
    assert policy is not None
    allowed = dict(each.split(" ", 1) for each in policy.split("; "))
    assert (allowed["default-src"], allowed["script-src"], allowed["connect-src"]) == ("'none'", "'self'", "'self'")
    assert (allowed["frame-ancestors"], allowed["style-src"]) == ("'none'", "'self'")
    page = (FOLDER / "console" / "index.html").read_text("utf-8")
    assert "http://" not in page
    assert "https://" not in page


@pytest.mark.parametrize(
    "name", ["nope.js", "..%2Fdocs%2Fpage.js", "../docs/page.js", "../../page.py", "%2e%2e/%2e%2e/page.py"]
)
async def test_no_other_file_is_served(client: Client, name: str) -> None:
    assert (await client.get(f"/__mockbot__/console/{name}", headers=[])).status == 404


async def test_only_get_and_head_lead_to_the_page(client: Client) -> None:
    assert (await client.request("POST", "/", headers=[HTML])).status == 404
    head = await client.request("HEAD", "/", headers=[HTML])
    assert (head.status, head.body) == (200, b"")
