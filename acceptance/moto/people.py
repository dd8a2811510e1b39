"""Asks moto's user pool for what the scenarios ask of theirs, with boto3.

It is told the server's address and a region, and then reads a request per line from its input,
{"operation": "SignUp", "input": {...}, "late": 0}, and answers each with a line: {"output": {...}},
or {"status": 400, "error": "UsernameExistsException"}.

moto has no clock that can be moved. Tokens that should have been issued some seconds ago, late, get
other times and are signed again, with moto's own key.
"""

import base64
import json
import sys

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError
from joserfc import jwk, jwt
from moto.utilities.utils import load_resource

TIMES = ("iat", "auth_time", "exp")
KEY = jwk.RSAKey.import_key(load_resource("cognitoidp/resources/jwks-private.json"))


def decoded(part):
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def issued_before(token, seconds):
    header, claims = (decoded(part) for part in token.split(".")[:2])
    claims.update({name: claims[name] - seconds for name in TIMES})
    return jwt.encode(header, claims, KEY)


def answer(pool, request):
    try:
        output = getattr(pool, xform_name(request["operation"]))(**request["input"])
    except ClientError as refusal:
        return {"status": refusal.response["ResponseMetadata"]["HTTPStatusCode"], "error": refusal.response["Error"]["Code"]}
    tokens = output.get("AuthenticationResult")
    if tokens and request["late"]:
        tokens.update({name: issued_before(tokens[name], request["late"]) for name in ("IdToken", "AccessToken")})
    return {"output": output}


def main():
    endpoint, region = sys.argv[1:]
    pool = boto3.client(
        "cognito-idp", endpoint_url=endpoint, region_name=region, aws_access_key_id="test", aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )
    for line in sys.stdin:
        print(json.dumps(answer(pool, json.loads(line)), default=str), flush=True)


if __name__ == "__main__":
    main()
