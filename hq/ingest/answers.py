"""Answers to nodes: signed bytes, and refusals as JSON with the status of the protocol (SYNC §14)."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from hq.web import hq
from kit.web import error_body, status_of
from retail.errors import LianpuError, Unavailable
from sync.calls import signature_header

STATUS_OF_CODE = {
    "sync.no_session": 401,
    "wire.too_large": 413,
}


def signed_answer(body: bytes, purpose: str, mimetype: str = "application/json") -> Response:
    """The bytes with HQ's signature over exactly them."""
    return answer_with(body, hq().key.sign(purpose, body), mimetype)


def answer_with(body: bytes, signature: bytes, mimetype: str = "application/json") -> Response:
    """The bytes with a signature that was made before."""
    return Response(body, mimetype=mimetype, headers=signature_header(signature))


def refuse_in_json(blueprint: Blueprint) -> None:
    """Every refusal of this blueprint has the one JSON shape; a node reads code and status only."""

    @blueprint.errorhandler(LianpuError)
    def refused(error: LianpuError) -> tuple[Response, int, dict[str, str]]:
        headers = {}
        if isinstance(error, Unavailable):
            headers["Retry-After"] = str(error.retry_after_seconds or 1)
        status = STATUS_OF_CODE.get(error.code, status_of(error))
        return jsonify(error_body(error.code, error.code)), status, headers
