"""A drawing on its way in: the one form that a component of the page takes."""

from collections.abc import Callable

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.types import Receive, Scope

from page.serving.calls import session_of
from page.serving.refusals import Refused

FIELDS = 8  # the browser sends six beside the file


async def check_form(scope: Scope, replayed: Receive, offers: Callable[[int, str], bool]) -> None:
    """Raises Refused where a form is not one that a component of the page offers to take.

    `offers(component, function)` knows what the page's components take.
    """
    try:
        async with Request(scope, replayed).form(max_files=1, max_fields=FIELDS) as form:
            said = {name: None if isinstance(v, UploadFile) else v for name, v in form.items()}
    except (MultiPartException, HTTPException):  # the latter where the scope knows its app
        raise Refused(400, "This is no form with one file, which is what is taken here.") from None
    session_of(said, needed=True)
    component, function = said.get("component_id") or "", said.get("fn_name") or ""
    if not (component.isascii() and component.isdecimal() and len(component) < 10):
        raise Refused(422, "component_id must be a whole number.", "component_id")
    if not offers(int(component), function):
        raise Refused(404, "No part of this page takes such a form.")
