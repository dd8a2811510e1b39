"""Signs in with pycognito's USER_SRP_AUTH at the server that the environment names."""

import os
import secrets

import boto3
import requests
from pycognito.aws_srp import AWSSRP
from pycognito.exceptions import ForceChangePasswordException

POOL = os.environ["COMANDA_USER_POOL_ID"]
CLIENT = os.environ["COMANDA_CLIENT_ID"]
cognito = boto3.client("cognito-idp")


def srp(username, password):
    return AWSSRP(username=username, password=password, pool_id=POOL, client_id=CLIENT, client=cognito)


def orders_status(result):
    token = result["AuthenticationResult"]["IdToken"]
    return requests.get(os.environ["COMANDA_URL"] + "/orders", headers={"Authorization": token}, timeout=10).status_code


def sign_up(username, password):
    cognito.sign_up(ClientId=CLIENT, Username=username, Password=password)
    cognito.admin_confirm_sign_up(UserPoolId=POOL, Username=username)


def sign_in_as(username, alias, password, times):
    # Many times, because numbers with leading zeros, one in 256 each, are where clients and servers differ.
    for _ in range(times):
        status = orders_status(srp(alias, password).authenticate_user())
        assert status == 200, f"{username} signed in as {alias}: got {status} from GET /orders, want 200"
    print(f"srp: signed in {times} times as {alias}")


def refused(username, password):
    try:
        srp(username, password).authenticate_user()
    except cognito.exceptions.NotAuthorizedException:
        print("srp: a wrong password was refused")
        return
    raise AssertionError("a wrong password was accepted")


def temporary(username):
    first, second = "First-1" + secrets.token_hex(8), "Second-2" + secrets.token_hex(8)
    cognito.admin_create_user(UserPoolId=POOL, Username=username, TemporaryPassword=first, MessageAction="SUPPRESS")
    try:
        srp(username, first).authenticate_user()
    except ForceChangePasswordException:
        status = orders_status(srp(username, first).set_new_password_challenge(second))
        assert status == 200, f"after the new password: got {status} from GET /orders, want 200"
        sign_in_as(username, username, second, 1)
        return
    raise AssertionError("a temporary password was enough to sign in")


def main():
    password = "Pässwört-1" + secrets.token_hex(8)
    sign_up("srp-user", password)
    sign_in_as("srp-user", "srp-user", password, 100)
    sign_in_as("srp-user", "SRP-User", password, 1)
    sign_up("srp@example.com", password)
    sign_in_as("srp@example.com", "srp@example.com", password, 1)
    refused("srp-user", password + "x")
    temporary("srp-temporary")


main()
