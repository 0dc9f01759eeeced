"""``POST /v1/remittances``: what payers answered, taken in to learn from."""

from collections.abc import Callable
from typing import Final

from flask import Response, request

from scrubber.api.problems import Problem
from scrubber.api.routes import Blueprint, add_route, answer, json_content
from scrubber.api.tenants import caller_of, tenant_of
from scrubber.api.uploads import read_upload
from scrubber.batch.remittances import BeingImported, Imported, NotARemittance, import_remittance
from scrubber.batch.submit import UploadEmpty, UploadTooLarge
from scrubber.batch.workshop import Workshop
from scrubber.store.blobs import NoRoom

RETRY_AFTER: Final = 30
"""Seconds after which the other import of the same file is likely to be over."""

_RAW = {"schema": {"type": "string", "format": "binary"}}
_FORM = {
    "type": "object",
    "properties": {"file": {"type": "string", "format": "binary", "description": "The file."}},
    "required": ["file"],
}
BODY = {
    "required": True,
    "description": "An X12 835 (005010X221), plain or as gzip. What it is, is told by its content.",
    "content": {
        **dict.fromkeys(("application/edi-x12", "application/gzip", "application/octet-stream"), _RAW),
        "multipart/form-data": {"schema": _FORM},
    },
}


def remittances_blueprint(configured: Callable[[], Workshop]) -> Blueprint:
    """The routes of remittances. ``configured`` gives what they are worked with, or ends the request."""
    blueprint = Blueprint("remittances", __name__, description="Learn from what payers decided")

    def take_in_remittance() -> Response:
        """Take in a remittance file (835) and match it to the claims that were scrubbed.

        Tells how many claims were matched how surely, what was decided on their lines, and where the file does not
        add up or can't be read. Denial rates are learned anew in the background. The same file again changes
        nothing, and is answered with what was found the first time.
        """
        workshop = configured()
        upload = read_upload(request, workshop.settings.max_upload_bytes, {})
        try:
            imported = import_remittance(
                workshop, upload.content, tenant=tenant_of(request), who=caller_of(request)
            )
        except UploadEmpty:
            raise Problem("upload-empty") from None
        except UploadTooLarge as why:
            raise Problem("body-too-large", str(why)) from None
        except NotARemittance as why:
            raise Problem("remittance-not-understood", str(why)) from None
        except BeingImported as why:
            again = [("Retry-After", str(RETRY_AFTER))]
            raise Problem("remittance-being-imported", str(why), headers=again) from None
        except NoRoom as why:
            raise Problem("no-room", str(why)) from None
        return answer(imported, 200 if imported.imported_before else 201)

    add_route(
        blueprint,
        "/v1/remittances",
        take_in_remittance,
        method="POST",
        status=201,
        body=BODY,
        returns=Imported,
        also={"200": {"description": "It was taken in before", "content": json_content(Imported)}},
        problems=(
            "form-invalid", "remittance-being-imported", "body-too-large", "media-type-unsupported", "upload-empty",
            "remittance-not-understood", "batches-not-configured", "store-unavailable", "no-room",
        ),
    )  # fmt: skip
    return blueprint
