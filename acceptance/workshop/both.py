"""Runs the workshop's test_api.py and conftest.py, both unchanged, twice in a row.

What they ask of AWS beside the service itself is answered by moto: stacks of CloudFormation
whose outputs are literals, taken from the environment, and a random password of Secrets Manager.
The user pool and the tables are where AWS_ENDPOINT_URL_... says.
"""

import json
import logging
import os
import subprocess
import sys

os.environ["MOTO_ALLOW_NONEXISTENT_REGION"] = "true"  # a local user pool's region is no region

import boto3  # noqa: E402
from moto.server import ThreadedMotoServer  # noqa: E402

STACKS = {
    "users": {"UserPool": "COMANDA_USER_POOL_ID", "UserPoolClient": "COMANDA_CLIENT_ID"},
    "orders": {"Module3ApiEndpoint": "COMANDA_URL", "OrdersTable": "COMANDA_ORDERS_TABLE"},
}


def create_stack(endpoint, name, outputs):
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Resources": {"Nothing": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {key: {"Value": os.environ[variable]} for key, variable in outputs.items()},
    }
    cloudformation = boto3.client("cloudformation", endpoint_url=endpoint)
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(template))


def main():
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line per request otherwise
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        endpoint = "http://%s:%d" % server.get_host_and_port()
        for name, outputs in STACKS.items():
            create_stack(endpoint, name, outputs)
        environment = dict(
            os.environ,
            USERS_STACK_NAME="users",
            ORDERS_STACK_NAME="orders",
            AWS_ENDPOINT_URL_CLOUDFORMATION=endpoint,
            AWS_ENDPOINT_URL_SECRETS_MANAGER=endpoint,
            PYTHONDONTWRITEBYTECODE="1",
        )
        workshop = os.environ["WORKSHOP"]
        tests = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", workshop, workshop + "/test_api.py"]
        return max(subprocess.run(tests, env=environment, check=False).returncode for _ in range(2))
    finally:
        server.stop()


if __name__ == "__main__":
    sys.exit(main())
