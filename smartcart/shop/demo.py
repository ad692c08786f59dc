"""A small demo catalogue, so that a fresh shop has something to buy."""

from flask import current_app
from sqlalchemy import select

from smartcart.database.queues import queue_for
from smartcart.database.session import db, writing
from smartcart.database.upsert import insert_new
from smartcart.shop.delivery_models import ShippingPrice
from smartcart.shop.models import Product

# Slug, name, price in minor units, stock, description. Enough of the first for many tries; one last blanket for two
# shoppers to want at once; the notebooks are sold out.
PRODUCTS = (
    (
        "stoneware-mug",
        "Stoneware mug",
        2400,
        60,
        "Thrown by hand, with a deep blue glaze that runs differently on each one. Holds 350 ml.",
    ),
    (
        "linen-tea-towel",
        "Linen tea towel",
        1450,
        80,
        "Washed linen with rust-red stripes. Dries glasses without a trace. 50 × 70 cm.",
    ),
    (
        "enamel-coffee-pot",
        "Enamel coffee pot",
        4200,
        18,
        "Steel under two coats of red enamel, with a knob of walnut. 1.2 litres, for every hob.",
    ),
    (
        "beeswax-candle",
        "Beeswax candle",
        3250,
        24,
        "Burns for about 20 hours and smells of honey. Comes with a brass holder.",
    ),
    (
        "olive-wood-spoons",
        "Olive wood spoons",
        2800,
        15,
        "Two spoons and a turner, each cut from one piece, in the crock you see.",
    ),
    (
        "reading-lamp",
        "Reading lamp",
        9600,
        5,
        "A warm circle of light where you want it: the arm turns, the shade tilts, and both stay.",
    ),
    (
        "wool-blanket",
        "Wool blanket",
        12900,
        1,
        "Heavy, soft and the last of its batch. Pure new wool, 140 × 200 cm.",
    ),
    (
        "pocket-notebook",
        "Pocket notebook",
        1100,
        0,
        "Ninety-six smooth pages, bound with thread so that it lies flat, and a pencil.",
    ),
    (
        "potted-rosemary",
        "Potted rosemary",
        1900,
        40,
        "Grown out of doors, in a pot of terracotta. It comes to your door, so you are asked where that is.",
    ),
)
# Of all but this nobody is asked for an address.
SENT = "potted-rosemary"
# What it costs to send something, in minor units.
SHIPPING = {"DE": 490, "FR": 990, "GB": 1490, "US": 2490}


def fill_empty_catalogue() -> int:
    """Put the demo products into a shop that has none, in its own currency. Gives back how many were put there."""
    currency = current_app.config["SETTINGS"].currency
    with writing():
        queue_for("catalogue")
        if db.session.scalar(select(Product.id).limit(1)) is not None:
            return 0
        db.session.add_all(
            Product(
                slug=slug,
                name=name,
                price=price,
                currency=currency,
                stock=stock,
                description=description,
                picture=f"catalogue/{slug}.svg",
                is_sent=slug == SENT,
            )
            for slug, name, price, stock, description in PRODUCTS
        )
        for country, price in SHIPPING.items():
            insert_new(ShippingPrice, currency=currency, country=country, price=price)
    return len(PRODUCTS)
