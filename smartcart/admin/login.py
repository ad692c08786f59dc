from flask import Blueprint, Flask
from flask_login import LoginManager

login = Blueprint("login", __name__, url_prefix="/admin")


def init_app(app: Flask) -> None:
    LoginManager(app).user_loader(lambda name: None)
