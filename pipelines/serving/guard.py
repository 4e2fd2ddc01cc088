"""Who may speak to the server: this machine's own browser, by the link that the terminal printed.

The link holds a one-time token: the first browser that opens it gets a session of its own, in a cookie that no script
reads, and the terminal prints a new link for a second browser. Every request is refused that names another host,
comes from another page, or has no session; and every answer forbids the page to load anything from elsewhere.
"""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
READING = ("GET", "HEAD")


@dataclass(slots=True)
class Keys:
    """The one-time token of the next browser, and the sessions of those that came."""

    port: int
    report: Callable[[str], None]
    """Is given every new link."""
    command: str = "tregate review"
    """What printed the link."""
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    sessions: set[str] = field(default_factory=set)

    @property
    def link(self) -> str:
        return f"http://127.0.0.1:{self.port}/?token={self.token}"

    @property
    def cookie(self) -> str:
        return f"tregate-{self.port}"

    def admit(self, token: str) -> str:
        """A new session for the right token, which is used up by it; "" for any other."""
        if not hmac.compare_digest(token.encode(), self.token.encode()):
            return ""
        session = secrets.token_urlsafe(32)
        self.sessions.add(session)
        self.token = secrets.token_urlsafe(32)
        self.report(self.link)
        return session

    def knows(self, headers: Headers) -> bool:
        """Whether the request has a session of this server."""
        try:
            held = SimpleCookie(headers.get("cookie", "")).get(self.cookie)
        except CookieError:
            return False
        return held is not None and held.value in self.sessions


class Guard:
    """Stands before the application."""

    def __init__(self, app: ASGIApp, keys: Keys) -> None:
        self.app, self.keys = app, keys
        self.hosts = frozenset({f"127.0.0.1:{keys.port}", f"localhost:{keys.port}"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = {name.lower() for name, _ in message.get("headers", [])}
                own = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                own = [(name, value) for name, value in own if name not in said]  # a page may bring a policy of its own
                message = {**message, "headers": [*message.get("headers", []), *own]}
            await send(message)

        answer = self._answer(scope)
        await (self.app if answer is None else answer)(scope, receive, guarded)

    def _answer(self, scope: Scope) -> Response | None:
        """The refusal, or the redirection of a browser that came with the token; None where the way is free."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if host not in self.hosts:
            return PlainTextResponse("This address is not the server's own.", 421)
        origin, site = headers.get("origin"), headers.get("sec-fetch-site", "none")
        if origin is not None and origin != f"http://{host}":
            return PlainTextResponse("Requests of other pages are refused.", 403)
        if scope["method"] not in READING and origin is None:
            return PlainTextResponse("A change needs the page's own origin.", 403)
        token = self._token(scope)
        if token:
            session = self.keys.admit(token)
            if session:
                answer = RedirectResponse("/", 303)
                answer.set_cookie(self.keys.cookie, session, httponly=True, samesite="strict", path="/")
                return answer
        if site not in ("none", "same-origin"):
            return PlainTextResponse("Requests of other pages are refused.", 403)
        if not self.keys.knows(headers):
            return PlainTextResponse(
                f"Open the link that `{self.keys.command}` printed; it works once per browser.", 401
            )
        return None

    def _token(self, scope: Scope) -> str:
        """The token of a link that a browser opens."""
        from urllib.parse import parse_qs

        if scope["method"] != "GET" or scope["path"] != "/":
            return ""
        return str(parse_qs(scope["query_string"].decode("ascii", "replace")).get("token", [""])[0])
