"""Places and reads orders with the client that openapi-python-client makes."""
import os
import sys

from api import AuthenticatedClient
from api.api.orders import get_order, list_orders, place_order
from api.models import Courier, Item, Placement, Problem

client = AuthenticatedClient(base_url=os.environ["COMANDA_URL"], token=os.environ["ID_TOKEN"])


def checked(answer):
    return sys.exit(f"refused: {answer}") if answer is None or isinstance(answer, Problem) else answer


def place(name, total):
    checked(place_order.sync(client=client, body=Placement(
        order_id=name, restaurant_id=999999999999999, total_amount=total, delivery=Courier("999999999999999", "Luca"),
        order_items=[Item(-999999999999999, "Banquet", 617283.945, quantity=2), Item("9" * 64, "Wine", 999999.9999)],
    )))


def shown(v):
    return f"number:{v}" if isinstance(v, int) else f"text:{v}"


place("python-largest", 99999999.9999)
place("python", 1234567.89)
largest = checked(get_order.sync("python-largest", client=client))
o = checked(get_order.sync("python", client=client))
listed = checked(list_orders.sync(client=client, limit=1))
banquet, wine = o.order_items
print("restaurant", shown(o.restaurant_id), "items", shown(banquet.id), shown(wine.id), "courier", shown(o.delivery.id),
      "prices", repr(banquet.price), repr(wine.price), "total", repr(o.total_amount),
      "largest", repr(largest.total_amount), "listed", len(listed.orders))
