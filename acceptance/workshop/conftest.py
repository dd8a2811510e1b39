"""Lets the workshop's own test_api.py run, unchanged, against the embedded server.

The workshop's conftest.py is loaded from the folder that WORKSHOP names. Three
of its helpers need AWS services that one binary doesn't have, and only those are replaced:

- get_stack_outputs asks CloudFormation; here `comanda env` has the answers.
- clear_dynamo_tables empties a table; here every run starts on a new directory.
- acknowledge_order_hook writes an order into the table and deletes it again; here one is
  placed, and an administrator acknowledges it, through the API. Since orders are never deleted
  there, its row is taken out of the store's file afterwards, behind the service's back, as the
  workshop's fixture does.

Its random password comes from Secrets Manager; that one call is answered here too.
Everything else, signing up, confirming and signing in included, is the workshop's own code
talking to the server through boto3.
"""

import contextlib
import importlib.util
import os
import secrets
import sqlite3
import uuid

import boto3
import pytest
import requests

spec = importlib.util.spec_from_file_location("workshop", os.path.join(os.environ["WORKSHOP"], "conftest.py"))
workshop = importlib.util.module_from_spec(spec)
spec.loader.exec_module(workshop)

API = os.environ["COMANDA_URL"]


def get_stack_outputs(stack_name):
    return {
        "UserPool": os.environ["COMANDA_USER_POOL_ID"],
        "UserPoolClient": os.environ["COMANDA_CLIENT_ID"],
        "Module3ApiEndpoint": API,
    }


class Secrets:
    def get_random_password(self, **_):
        return {"RandomPassword": "Aa1-" + secrets.token_urlsafe(20)}


def client(service, *args, **kwargs):
    return Secrets() if service == "secretsmanager" else boto3.client(service, *args, **kwargs)


class Boto3:
    client = staticmethod(client)


workshop.get_stack_outputs = get_stack_outputs
workshop.clear_dynamo_tables = lambda: None
workshop.boto3 = Boto3
global_config = workshop.global_config


def administrator_token():
    """Makes an administrator the way the workshop's pages do, and signs in."""
    idp, pool = boto3.client("cognito-idp"), os.environ["COMANDA_USER_POOL_ID"]
    name, password = "admin-" + uuid.uuid4().hex, "Aa1-" + secrets.token_urlsafe(20)
    idp.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
    idp.admin_set_user_password(UserPoolId=pool, Username=name, Password=password, Permanent=True)
    idp.admin_add_user_to_group(UserPoolId=pool, Username=name, GroupName="apiAdmins")
    answer = idp.initiate_auth(
        ClientId=os.environ["COMANDA_CLIENT_ID"],
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": password},
    )
    return answer["AuthenticationResult"]["IdToken"]


@pytest.fixture(scope="function")
def acknowledge_order_hook(global_config):
    """Sets up an ACKNOWLEDGED order for one test, and removes it afterwards."""
    order_id, user = str(uuid.uuid4()), global_config["user1UserSub"]
    order = {
        "restaurantId": 2,
        "orderId": order_id,
        "orderItems": [{"name": "Artichoke Ravioli", "price": 9.99, "id": 1, "quantity": 1}],
        "totalAmount": 9.99,
    }
    headers = {"Authorization": global_config["user1UserIdToken"]}
    assert requests.post(API + "/orders", json=order, headers=headers).status_code == 200
    status = f"{API}/users/{user}/orders/{order_id}/status"
    admin = {"Authorization": administrator_token()}
    assert requests.put(status, json={"status": "ACKNOWLEDGED"}, headers=admin).status_code == 200
    global_config["ackOrderId"] = order_id
    yield
    remove(order_id)


def remove(order_id):
    """Deletes an order's row, and its changes, from the store's file."""
    with contextlib.closing(sqlite3.connect(os.path.join(os.environ["COMANDA_DATA"], "comanda.db"))) as db, db:
        (row,) = db.execute("SELECT id FROM record_orders WHERE sort = ?", (uuid.UUID(order_id).bytes,)).fetchone()
        db.execute("DELETE FROM feed_orders WHERE record = ?", (row,))
        db.execute("DELETE FROM record_orders WHERE id = ?", (row,))
