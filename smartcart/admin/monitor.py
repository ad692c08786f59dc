from flask import Blueprint

monitor = Blueprint("admin", __name__, url_prefix="/admin")
