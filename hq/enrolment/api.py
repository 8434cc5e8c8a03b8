"""`POST /sync/v1/enrol`: the one request that a device makes before HQ knows its key."""

from __future__ import annotations

from flask import Blueprint, Response, request

from hq.enrolment import actions
from hq.ingest.answers import refuse_in_json
from hq.web import hq, open_to_all
from retail.errors import ProtocolError
from schemas import wire
from schemas.wire.session import EnrolRequest

api = Blueprint("enrolment_api", __name__, url_prefix=wire.PREFIX)
refuse_in_json(api)
REQUEST_BYTES_MAX = 8 * 1024


@api.post("/enrol")
@open_to_all
def enrol() -> Response:
    """Pending until the fingerprint was confirmed, then the signed record."""
    raw = request.get_data()
    if len(raw) > REQUEST_BYTES_MAX:
        raise ProtocolError("wire.too_large", bytes=len(raw))
    return Response(
        wire.encode(actions.ask(hq(), wire.decode(raw, EnrolRequest))), mimetype="application/json"
    )
