"""A body that was read already, handed on."""

from starlette.types import Message, Receive


def replay(body: bytes, receive: Receive) -> Receive:
    """Hand a body that was read already to the app; after it the connection speaks for itself."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def once() -> Message:
        return waiting.pop() if waiting else await receive()

    return once
