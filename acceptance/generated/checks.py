"""What schemathesis may find, each with its reason.

A refusal of what the document allows is a finding, unless everything that the answer objects to is below: rules that a
schema can't state, or that generators of clients would read wrongly if it did.
"""
import re

import schemathesis
from schemathesis.generation import GenerationMode

# Statuses that say something of the state, and nothing of the input.
STATE = {
    404: "there is no such order or user",
    409: "the userid, the e-mail address or the username is taken; orders are being changed",
    412: "If-Match and If-None-Match are made up",
    422: "the key stands for another order already",
}

# Problems of status 400 that say something of the state, likewise.
STATE_PROBLEMS = {
    "wrong-status": "the order is past that step",
    "too-old": "the order is older than 10 minutes",
    "other-courier": "the order is with somebody already",
}

# Rules of input, by path and message.
RULES = [
    (r"\.(name|note|deliveryAddress|reason|address|username)$", r"control characters|can be seen|white space|visible",
     "a pattern for it would have to list characters, which readers of patterns understand differently"),
    (r"\.(price|totalAmount)$", r"more than 4 decimal places|digits",
     "multipleOf is computed with binary fractions by common validators, which refuse 19.97 then"),
    (r"\.email$", r"is no e-mail address", "format email is read differently from library to library"),
    (r"^query\.nextToken$", r"is not from an answer to this query", "it is opaque, and bound to query and caller"),
    (r"^query\.(from|to)$", r"must be a time", "the pattern doesn't know how many days a month has"),
    (r"^query\.to$", r"must be a later day|at most", "it depends on another parameter"),
    (r"^query\.email$", r"excludes username", "likewise"),
    (r"^query\.from$", r"is needed with to|is in the future", "likewise, or on the day on which it is asked"),
    (r"^header\.Idempotency-Key$", r"printable ASCII", "its length is without quotes and parameters, and with an orderId nobody looks at it"),
    (r"^path\.userid$", r"must be 1 to 128 characters", "one's own username is an alias, and may have other characters"),
    (r"\.(id|restaurantId)$", r"^-?\d+\.0 is not an id", "1.0 is an integer for JSON Schema, and as an id it would be the text 1.0"),
    (r"^\$\.delivery$", r"only with status", "it depends on another member"),
]


def explained(violation):
    return any(re.search(path, violation["path"]) and re.search(message, violation["message"]) for path, message, _ in RULES)


@schemathesis.check
def refusals_are_explained(ctx, response, case):
    if case.meta is None or case.meta.generation.mode != GenerationMode.POSITIVE:
        return
    if response.status_code < 400 or response.status_code in STATE:
        return
    problem = response.json()
    if problem["type"].rsplit(":", 1)[-1] in STATE_PROBLEMS:
        return
    surprising = [v for v in problem.get("violations", [problem]) if "path" not in v or not explained(v)]
    assert not surprising, f"refused without an explanation in checks.py: {surprising}"
