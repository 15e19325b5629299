"""What is answered to a request that goes no further: one sentence."""

from starlette.responses import JSONResponse, PlainTextResponse, Response

API = "/gradio_api/"


class Refused(Exception):  # noqa: N818 (a request that is refused is no error of the page)
    """A request goes no further: the status, and one sentence on what was wrong and is allowed.

    `about` is what of a call the sentence is about.
    """

    def __init__(self, status: int, sentence: str, about: str = "") -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.about = about

    def answer(self, path: str) -> Response:
        """The sentence as the clients of this path show it."""
        # The rest of a body that comes too slowly is not waited for; that of one that is too large
        # is thrown away as it comes, since who still sends does not read an answer.
        closing = {"Connection": "close"} if self.status == 408 else {}
        if self.status == 422:
            return JSONResponse(in_form(self.sentence, self.about), 422)
        if path.startswith(API):
            return JSONResponse({"detail": self.sentence}, self.status, closing)
        return PlainTextResponse(self.sentence, self.status, closing)


class Gone(Exception):  # noqa: N818
    """The visitor left in the middle of the request; nobody waits for an answer."""


def in_form(sentence: str, about: str) -> dict[str, object]:
    """A sentence on a call in the one form of which Gradio's Python client shows the message."""
    told = {"parameter_name": about or "call", "message": sentence}
    return {"detail": [{"__type__": "validate", "is_valid": False, **told}]}
