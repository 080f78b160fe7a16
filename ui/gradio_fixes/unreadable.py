"""Requests that Gradio cannot read: it would answer 500 and print a traceback for each.

Seen with Gradio 6.31: bytes that are no UTF-8 where the content type is not JSON's (FastAPI cannot
put them into its own answer), names of endpoints or of arguments that there are none of. It can go
when Gradio answers these with 4xx.
"""

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

UNREADABLE = (
    "The request cannot be read: post JSON to the name of an endpoint, with its arguments. "
    'The page\'s link "Use via API" shows how.'
)


class RefuseUnreadable:
    """Middleware. What a named endpoint is asked fails, if it does, in its answer, not here."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; answer what could not be read with 400 and a sentence."""
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception:
            if started or scope["type"] != "http" or "/gradio_api/call/" not in scope["path"]:
                raise
            await JSONResponse({"detail": UNREADABLE}, 400)(scope, receive, send)
