"""`tregate review`: who may speak to it, and that no path of a request is a path of a file."""

import socket

import pytest
from review_server import Server


def test_only_the_page_itself_is_answered(standing: Server) -> None:
    server = standing
    own = {"cookie": server.cookie}
    assert server.ask("GET", "/api/run", headers=own)[0] == 200
    refused = [
        ("GET", "/api/run", {}, 401),
        ("GET", "/", {}, 401),
        ("GET", "/start.js", {}, 401),
        ("GET", "/?token=" + "x" * 43, {}, 401),
        ("GET", "/api/run", {"cookie": server.cookie + "x"}, 401),
        ("GET", "/api/run", {**own, "host": "evil.example"}, 421),
        ("GET", "/api/run", {**own, "host": f"127.0.0.1:{server.port + 1}"}, 421),
        ("GET", "/api/run", {**own, "host": "127.0.0.1"}, 421),
        ("GET", "/api/run", {**own, "origin": "http://evil.example"}, 403),
        ("GET", "/api/run", {**own, "origin": f"http://127.0.0.1:{server.port + 1}"}, 403),
        ("GET", "/api/run", {**own, "origin": "null"}, 403),
        ("GET", "/api/run", {**own, "sec-fetch-site": "cross-site"}, 403),
        ("GET", "/api/run", {**own, "sec-fetch-site": "same-site"}, 403),
        ("POST", "/api/mark", own, 403),
        ("POST", "/api/mark", {**own, "origin": "http://evil.example"}, 403),
        ("POST", "/api/mark", {"origin": server.origin}, 401),
    ]
    for method, path, headers, status in refused:
        assert server.ask(method, path, headers=headers)[0] == status, (method, path, headers)


def test_the_token_works_once_and_the_next_one_is_another(server: Server) -> None:
    first = server.link
    other = Server(server.process, server.printed)
    other.enter()
    assert other.cookie != server.cookie
    assert server.link != first
    assert server.ask("GET", first.partition(str(server.port))[2])[0] == 401
    assert server.get("/api/run")[0] == other.get("/api/run")[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/../../../etc/passwd", "/..%2f..%2fetc/passwd", "/%2e%2e/run.json", "/run.json", "/audit.jsonl",
        "/page/app.js", "//etc/passwd", "/api/tube/../run.json", "/api/tube/-1", "/api/tube/9999", "/api/tube/1%00",
        "/app.js/../app.py", "/api/sheet?kind=../..&population=x",
    ],
)  # fmt: skip
def test_no_file_is_reached_by_a_path(standing: Server, path: str) -> None:
    status, answer = standing.get(path)
    assert status == 404 or (status == 200 and answer.get("cards") == []), answer
    assert "root:" not in str(answer)


def test_every_answer_has_a_strict_policy(standing: Server) -> None:
    for path, cookie in (
        ("/", standing.cookie),
        ("/api/run", standing.cookie),
        ("/api/run", ""),
        ("/nowhere", standing.cookie),
    ):
        headers = standing.ask("GET", path, headers={"cookie": cookie})[2]
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "unsafe" not in policy
        assert "http" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


def test_it_listens_on_this_machine_only(standing: Server) -> None:
    outside = next((a[4][0] for a in socket.getaddrinfo(socket.gethostname(), None) if a[4][0][:4] != "127."), "")
    if not outside:
        pytest.skip("this machine has no address but its own")
    with pytest.raises(OSError):
        socket.create_connection((outside, standing.port), timeout=2).close()
