"""Pages of the slice."""

from flask import Blueprint

pages = Blueprint("people", __name__, template_folder="templates")
