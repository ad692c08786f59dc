"""One search for all that an owner may know of an order: its number, a name, an e-mail address, an id, a reference.

It is sent by POST: names and addresses would be kept with a page's address by browsers, proxies and their logs.
"""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from smartcart.admin import lookup
from smartcart.admin.access import PAGE, require_login
from smartcart.ids import may_be_looked_up
from smartcart.shop import order_search
from smartcart.shop.order_search import Found

search = Blueprint("search", __name__, url_prefix="/admin/search")
search.before_request(require_login)


@search.get("")
def index() -> ResponseReturnValue:
    return render_template("admin/found.html", wanted="")


@search.post("")
def find() -> ResponseReturnValue:
    """What is found by its number, id or reference is that; all else is looked for by words. The only one is shown."""
    wanted = request.form.get("q", "").strip()
    sessions = lookup.sessions_called(wanted)
    found = Found(()) if sessions or not may_be_looked_up(wanted) else order_search.find(wanted, PAGE)
    orders = lookup.orders_of_ids(found.order_ids)
    if len(sessions) == 1:
        return redirect(url_for("admin.session", session_id=sessions[0].id), 303)
    if len(orders) == 1 and not (found.unknown or found.is_cut_off):
        return redirect(url_for("orders.show", number=orders[0].number), 303)
    return render_template("admin/found.html", wanted=wanted, sessions=sessions, orders=orders, found=found)
