"""Pages of the slice."""

from flask import Blueprint

pages = Blueprint("settings", __name__, template_folder="templates")
