"""A service that checks ID tokens with PyJWT, by the key set below their issuer."""
import json
import os

import jwt

token, issuer, client_id = (os.environ[name] for name in ("ID_TOKEN", "COMANDA_TOKEN_ISSUER", "COMANDA_CLIENT_ID"))

keys = jwt.PyJWKClient(issuer + "/.well-known/jwks.json")
key = keys.get_signing_key_from_jwt(token)
claims = jwt.decode(token, key, algorithms=["RS256"], audience=client_id, issuer=issuer)
assert claims["token_use"] == "id"

for wrong in ({"audience": "another", "issuer": issuer}, {"audience": client_id, "issuer": "http://127.0.0.1:1/another"}):
    try:
        jwt.decode(token, key, algorithms=["RS256"], **wrong)
    except jwt.InvalidTokenError:
        continue
    raise SystemExit(f"a token was accepted with {wrong}")
print(json.dumps({"email": claims["email"]}, separators=(",", ":")))
