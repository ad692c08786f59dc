"""The admin's products: what is sold, at what price, how many are left."""

import logging
import re
import unicodedata
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select, update

from smartcart.admin.access import LARGEST_ID, require_login
from smartcart.admin.products import pictures
from smartcart.admin.products.forms import LARGEST_STOCK, ProductForm
from smartcart.admin.products.picture_files import LARGEST_UPLOAD
from smartcart.database.queues import queue_for
from smartcart.database.session import db, writing
from smartcart.money import parse
from smartcart.rules import tax
from smartcart.shop.models import Product

products = Blueprint("products", __name__, url_prefix="/admin/products")
products.before_request(require_login)

log = logging.getLogger(__name__)

ONE = f"/<int(max={LARGEST_ID}):product_id>"


class StockGone(Exception):
    """Fewer are left than the change takes away. `left` says how many."""

    def __init__(self, left: int) -> None:
        super().__init__(f"only {left} left")
        self.left = left


@products.url_value_preprocessor
def allow_pictures(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Before anything reads the body, and for the signed-in admin's two product forms alone."""
    if endpoint in ("products.add", "products.change") and current_user.is_authenticated:
        request.max_content_length = LARGEST_UPLOAD


@products.get("")
def index() -> ResponseReturnValue:
    found = db.session.scalars(select(Product).order_by(Product.id)).all()
    return render_template("admin/products.html", products=found)


@products.route("/new", methods=["GET", "POST"])
def add() -> ResponseReturnValue:
    form = ProductForm(data={"currency": current_app.config["SETTINGS"].currency})
    if not form.validate_on_submit():
        return _form_page(form)
    with writing():
        queue_for("catalogue")
        product = Product(slug=_free_slug(str(form.name.data)), currency=form.currency.data)
        product.stock = form.stock_difference()
        _fill(product, form)
        db.session.add(product)
    return _saved(form)


@products.route(ONE, methods=["GET", "POST"])
def change(product_id: int) -> ResponseReturnValue:
    product = db.session.get(Product, product_id) or abort(404)
    form = ProductForm(data=_shown(product))
    form.currency.data = product.currency  # carts hold one currency, so a product keeps its own
    if not form.validate_on_submit():
        return _form_page(form, product)
    try:
        with writing():
            queue_for("catalogue")
            _change_stock(product_id, form.stock_difference())
            before = product.price
            _fill(product, form)
            db.session.flush()
            pictures.forget_unused()
            if product.price != before:
                changed = (product.slug, before, product.price, product.currency)
                log.info("the price of %s was changed from %d to %d minor units of %s by admin", *changed)
    except StockGone as gone:
        _explain(form, gone.left)
        return _form_page(form, product)
    return _saved(form)


@products.post(ONE + "/sale")
def set_sale(product_id: int) -> ResponseReturnValue:
    """Take off sale, or put on sale again: field `on_sale`, yes or no."""
    if request.form.get("on_sale") not in ("yes", "no"):
        abort(400)
    with writing():
        product = db.session.get(Product, product_id) or abort(404)
        product.on_sale = request.form["on_sale"] == "yes"
        flash(f"{product.name} is {'on' if product.on_sale else 'off'} sale now.", "good")
    return redirect(url_for("products.index"), 303)


def _fill(product: Product, form: ProductForm) -> None:
    product.name = str(form.name.data)
    product.description = str(form.description.data)
    product.price = form.price_in_minor()
    product.is_sent = form.is_sent.data
    product.tax_rate = tax.to_rate(str(form.tax_rate.data))
    if form.cleaned_picture:
        product.picture = pictures.store(form.cleaned_picture)
    elif form.sent_picture.data:
        product.picture = form.sent_picture.data


def _change_stock(product_id: int, difference: int) -> None:
    """Add to the stock, or take away.

    A difference and not a number: while the form was open, orders may have taken some, and those must stay taken.
    Raises StockGone.
    """
    changed = db.session.execute(
        update(Product)
        .where(Product.id == product_id, (Product.stock + difference).between(0, LARGEST_STOCK))
        .values(stock=Product.stock + difference)
        .execution_options(synchronize_session=False)
    )
    if not changed.rowcount:  # type: ignore[attr-defined]
        raise StockGone(db.session.scalar(select(Product.stock).where(Product.id == product_id)) or 0)


def _explain(form: ProductForm, left: int) -> None:
    form.stock.errors = [f"The stock has changed while this page was open: {left} are left now. Please give it again."]
    form.shown_stock.data = str(left)


def _shown(product: Product) -> dict[str, Any]:
    """A product as the form shows it."""
    return {
        "name": product.name,
        "description": product.description,
        "price": parse.to_text(product.price, product.currency),
        "stock": str(product.stock),
        "shown_stock": str(product.stock),
        "is_sent": product.is_sent,
        "tax_rate": tax.to_text(product.tax_rate) if product.tax_rate else "",
    }


def _free_slug(name: str) -> str:
    """The name in an address: small letters, digits and hyphens, with a number when it is taken."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:70] or "product"
    taken = set(db.session.scalars(select(Product.slug).where(Product.slug.startswith(slug))))
    numbered = (f"{slug}-{number}" for number in range(2, len(taken) + 3))
    return slug if slug not in taken else next(other for other in numbered if other not in taken)


def _form_page(form: ProductForm, product: Product | None = None) -> ResponseReturnValue:
    if form.cleaned_picture:
        with writing():
            form.sent_picture.data = pictures.store(form.cleaned_picture)
    return render_template("admin/product.html", form=form, product=product), 422 if form.is_submitted() else 200


def _saved(form: ProductForm) -> ResponseReturnValue:
    flash(f"{form.name.data} is saved.", "good")
    return redirect(url_for("products.index"), 303)
