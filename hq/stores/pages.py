"""Pages of the slice."""

from flask import Blueprint

pages = Blueprint("stores", __name__, template_folder="templates")
