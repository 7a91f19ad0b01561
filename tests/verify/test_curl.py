"""The commands that repeat a finding can be pasted, and never contain a key."""

import subprocess

import pytest

from mockbot.verify.curl import curl_line, masked

URL = "http://127.0.0.1:6185/api/v1/chat"


def test_a_simple_request_is_a_simple_command() -> None:
    headers = [("X-API-Key", "abk_1"), ("Content-Type", "application/json"), ("User-Agent", "x"), ("X-Empty", "")]
    assert curl_line("POST", URL, headers, b'{"a": 1}', "abk_1") == (
        f"curl -X POST {URL} -H 'X-API-Key: '\"$MOCKBOT_KEY\" -H 'Content-Type: application/json' -H 'X-Empty;'"
        " --data-raw '{\"a\": 1}'"
    )


def test_head_and_a_missing_content_type_use_curls_options() -> None:
    assert curl_line("HEAD", URL, [], None, "") == f"curl --head {URL}"
    assert curl_line("POST", URL, [], b"x", "") == f"curl -X POST {URL} -H Content-Type: --data-raw x"


def test_a_key_is_masked_everywhere() -> None:
    line = curl_line("GET", f"{URL}?key=abk_1", [("Authorization", "Bearer abk_1")], b"abk_1 and abk_1", "abk_1")
    assert "abk_1" not in line
    assert line.count('"$MOCKBOT_KEY"') == 4
    assert masked("it was abk_1", "abk_1") == "it was $MOCKBOT_KEY"


@pytest.mark.parametrize(
    "body", [b"it's", b"a\r\nb\\c\x1b", "grüße \u2028".encode(), b"\xff\xfe", b"\0\xff%s\\n'\r\n", b"@file"]
)
def test_the_shell_sends_the_same_bytes(body: bytes) -> None:
    line = curl_line("POST", URL, [("Content-Type", "x/y")], body, "")
    # in place of curl a function that shows its last argument, or what is piped into it
    show = 'curl() { case "${@: -1}" in @-) cat;; *) printf %s "${@: -1}";; esac; }\n'
    assert subprocess.run(["bash", "-c", show + line], capture_output=True, check=True, timeout=20).stdout == body
