"""boto3. The endpoint, the region and the keys are found by their variables."""
import json
import os

import boto3
import jwt
import requests

url, pool, client = (os.environ[k] for k in ("COMANDA_URL", "COMANDA_USER_POOL_ID", "COMANDA_CLIENT_ID"))
name, password = os.environ["NAME"] + "@example.com", "Correct-Horse-7"
order = {
    "orderId": "first", "restaurantId": 1, "totalAmount": 19.97,
    "orderItems": [
        {"id": 1, "name": "Spaghetti", "price": 9.99, "quantity": 1},
        {"id": 2, "name": "Pizza - SMALL", "price": 4.99, "quantity": 2},
    ],
}


def orders(token):
    for _ in range(2):
        requests.post(url + "/orders", json=order, headers={"Authorization": token}, timeout=10).raise_for_status()
    listed = requests.get(url + "/orders", headers={"Authorization": token}, timeout=10)
    listed.raise_for_status()
    return [f"{o['orderId']} {o['status']} {o['totalAmount']}" for o in listed.json()["orders"]]


cognito = boto3.client("cognito-idp")
cognito.sign_up(ClientId=client, Username=name, Password=password)
cognito.admin_confirm_sign_up(UserPoolId=pool, Username=name)
tokens = cognito.initiate_auth(
    ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": name, "PASSWORD": password}
)["AuthenticationResult"]
placed = orders(tokens["IdToken"])
refreshed = cognito.get_tokens_from_refresh_token(ClientId=client, RefreshToken=tokens["RefreshToken"])["AuthenticationResult"]
assert refreshed["IdToken"] != tokens["IdToken"] and orders(refreshed["IdToken"]) == placed

claims = jwt.decode(refreshed["IdToken"], options={"verify_signature": False})  # verify.py does
print(json.dumps({"email": claims["email"], "verified": claims["email_verified"], "orders": placed}, separators=(",", ":")))
