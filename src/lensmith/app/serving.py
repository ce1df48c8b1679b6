"""Serves a page to this machine's browser, and to nobody else unless asked; the page fetches nothing from elsewhere."""

import os
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from ipaddress import ip_address
from typing import TYPE_CHECKING

from lensmith.errors import Problem, RecipeError, RunError

if TYPE_CHECKING:
    from gradio import Blocks
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

OLDEST_GRADIO = 6

# What the browser may load, whatever Gradio's own files or a picture's name say.
POLICY = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; connect-src 'self'; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)


def check_gradio() -> None:
    """Refuses to go on without Gradio.

    Raises:
        RecipeError: it is not there, or too old.
    """
    try:
        found = version("gradio")
    except PackageNotFoundError:
        found = ""
    if not found or int(found.partition(".")[0]) < OLDEST_GRADIO:
        told = f"Gradio {found} is installed" if found else "Gradio is not installed"
        expected = f"Gradio {OLDEST_GRADIO} or newer"
        raise RecipeError(
            Problem("app/not-installed", "lensmith app", told, expected, fix="pip install 'lensmith[app]'")
        )


def is_local(host: str) -> bool:
    """True where only this machine can reach the host.

    >>> is_local("127.0.0.1"), is_local("localhost"), is_local("0.0.0.0"), is_local("my-machine")
    (True, True, False, False)
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True, slots=True)
class Served:
    """A page that is being served.

    Attributes:
        url: where.
        page: what.
    """

    url: str
    page: "Blocks"

    def close(self) -> None:
        """Ends it."""
        self.page.close(verbose=False)


def serve(page: "Blocks", host: str, port: int | None) -> Served:
    """Begins to serve and returns.

    Args:
        page: what `lensmith.app.page.build_page` made.
        host: which address to listen at.
        port: None: the first free one from 7860.

    Raises:
        RunError: the address or the port cannot be used.
    """
    from gradio.themes import Soft
    from starlette.middleware import Middleware

    from lensmith.app.page import STYLE

    fonts = ["system-ui", "sans-serif"]
    try:
        _, url, _ = page.queue(default_concurrency_limit=1).launch(
            server_name=host,
            server_port=port,
            share=False,
            inbrowser=False,
            quiet=True,
            prevent_thread_lock=True,
            ssr_mode=False,
            pwa=False,
            mcp_server=False,
            enable_monitoring=False,
            footer_links=[],
            theme=Soft(font=fonts, font_mono=["ui-monospace", "monospace"]),
            css=STYLE,
            app_kwargs={"middleware": [Middleware(_Policy)]},
        )
    except (OSError, ValueError) as error:
        fix = "give a free one with --port, or leave it out" if port else "give another --host"
        found = f"it cannot be listened at: {error}"
        raise RunError(Problem("app/address", f"{host}:{port or 7860}", found, fix=fix)) from error
    return Served(url, page)


def silence_analytics() -> None:
    """Tells Gradio to call nobody, before it is imported."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"


class _Policy:
    """Says with every answer what the browser may load."""

    def __init__(self, app: "ASGIApp") -> None:
        self.app = app

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        async def send_with_policy(message: "Message") -> None:
            if message["type"] == "http.response.start":
                added = [(b"content-security-policy", POLICY.encode()), (b"referrer-policy", b"no-referrer")]
                message = {**message, "headers": [*message.get("headers", []), *added]}
            await send(message)

        await self.app(scope, receive, send_with_policy)
