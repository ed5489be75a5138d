"""A handler that takes its password from the environment, as any does: it knows nothing of paramexec."""

import os

# Once, at initialization: every invocation of this instance uses it.
password = os.environ["DB_PASSWORD"]


def handler(event, context):
    return {"order": event["order"], "password_length": len(password)}
