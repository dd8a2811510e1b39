#!/usr/bin/env bash
# The AWS CLI, and curl.
set -euo pipefail
name=$NAME@example.com password=Correct-Horse-7
order='{"orderId": "first", "restaurantId": 1, "orderItems": [{"id": 1, "name": "Spaghetti", "price": 9.99, "quantity": 1}, {"id": 2, "name": "Pizza - SMALL", "price": 4.99, "quantity": 2}], "totalAmount": 19.97}'
aws cognito-idp sign-up --client-id "$COMANDA_CLIENT_ID" --username "$name" --password "$password" >/dev/null
aws cognito-idp admin-confirm-sign-up --user-pool-id "$COMANDA_USER_POOL_ID" --username "$name"
tokens=$(aws cognito-idp initiate-auth --auth-flow USER_PASSWORD_AUTH --client-id "$COMANDA_CLIENT_ID" --auth-parameters "USERNAME=$name,PASSWORD=$password")
token() { python3 -c 'import json, sys; print(json.load(sys.stdin)["AuthenticationResult"][sys.argv[1]])' "$1"; }
place() { curl -s --fail "$COMANDA_URL/orders" -H "Authorization: $1" -d "$order" >/dev/null; }
place "$(token IdToken <<<"$tokens")"
fresh=$(aws cognito-idp get-tokens-from-refresh-token --client-id "$COMANDA_CLIENT_ID" --refresh-token "$(token RefreshToken <<<"$tokens")" | token IdToken)
place "$fresh"
curl -s --fail "$COMANDA_URL/orders" -H "Authorization: $fresh" | python3 -c '
import base64, json, sys
part = sys.argv[1].split(".")[1]
claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
orders = ["{orderId} {status} {totalAmount}".format(**o) for o in json.load(sys.stdin)["orders"]]
print(json.dumps({"email": claims["email"], "verified": claims["email_verified"], "orders": orders}, separators=(",", ":")))' "$fresh"
