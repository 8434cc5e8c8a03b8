"""How another device comes to trust this computer: the store's certificate, its fingerprint, the steps.

Open to every browser that reaches the node, for nobody is paired yet, and free of secrets: what it serves is what
every TLS handshake shows. The fingerprint proves itself only against the one on the node's own page, which the
first till reads over loopback.
"""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template

from edge import lan
from edge.office.view import Words, page_language
from edge.web import node
from kit.i18n import NAMES
from kit.qr import Picture, picture
from retail.errors import NotFound

pages = Blueprint("trust", __name__, template_folder="templates")
DEVICES = {"windows": "Windows", "android": "Android", "ipad": "iPad", "linux": "Linux · Chromium"}
PATH = "/pair/trust"


@pages.get("/pair/trust")
def show() -> str:
    """The steps for each kind of device."""
    language = page_language()
    return render_template(
        "office/trust.html",
        t=Words(node(), language),
        language=language,
        names=NAMES,
        fingerprint=_files().fingerprint,
        devices=DEVICES,
    )


@pages.get("/pair/lianpu-store.crt")
def certificate() -> Response:
    """The certificate of the store's authority, as a file that every system knows how to open."""
    response = make_response(_files().authority.read_bytes())
    response.headers["Content-Type"] = "application/x-x509-ca-cert"
    response.headers["Content-Disposition"] = 'attachment; filename="lianpu-store.crt"'
    return response


def address_shown() -> Picture | None:
    """The address of these steps on the store's network, to be read by another device's camera."""
    config = node().config
    if not config.lan or not config.host_names:
        return None
    return picture(f"https://{config.host_names[0]}:{config.lan_port}{PATH}")


def fingerprint_shown() -> str:
    """What the other device must show before somebody trusts it; empty without a LAN."""
    return _files().fingerprint if node().config.lan else ""


def _files() -> lan.LanFiles:
    config = node().config
    if not config.lan:
        raise NotFound("office.no_lan")
    return lan.ensure(node().home / "keys", config.host_names, node().clock.now_ms())
