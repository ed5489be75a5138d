"""Makes an IAM user for each policy of a JSON list: users.py ENDPOINT < POLICIES; answers a JSON list of their credentials."""

import json
import sys
import uuid

import boto3

iam = boto3.client("iam", endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="test",
                   aws_secret_access_key="test")


def user(document):
    name = f"look-{uuid.uuid4()}"
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="printed", PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}


json.dump([user(document) for document in json.load(sys.stdin)], sys.stdout)
