"""A handler that takes its password from the environment, as usual. It does not know about paramexec."""

import os

# Read once, at initialization, and used by every invocation of this instance.
password = os.environ["DB_PASSWORD"]


def handler(event, context):
    return {"order": event["order"], "password_length": len(password)}
