"""What both emulators hold when the tests begin. Read only from then on, so that tests can run side by side."""

import json

import boto3
from botocore.config import Config

HOME = "eu-west-1"
AWAY = "us-east-1"
BUCKET = "shop-settings"

# One of everything that quoting, splitting or trimming could spoil.
SESSION_SECRET = "two\nlines, \"double\" 'single' $HOME #no=comment \\n ünï "

EVERY_BYTE = bytes(range(256))

STAGING_ENV = """\
# settings of staging
RAILS_ENV=production
export GREETING="two words"
SINGLE='a # b'
EMPTY=
DOTENV_PASSWORD=ssm:///shop/staging/db/password
DOTENV_TOKEN=secretsmanager://shop/staging/api#token
"""


def parameters(ssm):
    def put(name, value, kind="String", **more):
        ssm.put_parameter(Name=name, Value=value, Type=kind, **more)

    put("/shop/staging/db/password", "staging-one", "SecureString")
    put("/shop/staging/db/password", "staging-two", "SecureString", Overwrite=True)
    put("/shop/staging/db/password", "staging-three", "SecureString", Overwrite=True)
    ssm.label_parameter_version(Name="/shop/staging/db/password", ParameterVersion=2, Labels=["blue"])
    put("/shop/production/db/password", "production-one", "SecureString")
    put("/shop/staging/json", json.dumps({"user": "shop", "limit": 5}), "SecureString")
    put("plain-name", "plain")

    put("/shop/staging/app/db/host", "db.staging.example")
    put("/shop/staging/app/db/port", "5432")
    put("/shop/staging/app/session-secret", SESSION_SECRET, "SecureString")

    # Three pages, and a level below.
    for number in range(1, 26):
        put(f"/many/setting-{number:02}", f"value {number:02}", "SecureString" if number % 2 else "String")
    put("/many/nested/deep/leaf", "leaf")


def secrets(manager):
    def create(name, value):
        return manager.create_secret(Name=name, SecretString=value)["ARN"]

    # The JSON is written by hand: its numbers must arrive as they stand here.
    arn = create("shop/staging/api", '{"token": "token-before"}')
    manager.put_secret_value(SecretId="shop/staging/api", SecretString=
        '{"token": "token-now", "limit": 1000000, "ratio": 1e+06, "tls": true, "none": null, "tags": {"a": [1, "b"]}}')
    create("shop/staging/plain", "not JSON")
    manager.create_secret(Name="shop/staging/key", SecretBinary=EVERY_BYTE)
    return arn


def objects(s3):
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": HOME})
    s3.put_object(Bucket=BUCKET, Key="staging.env", Body=STAGING_ENV.encode())
    s3.put_object(Bucket=BUCKET, Key="production.env", Body=b"RAILS_ENV=production\nGREETING=hello\n")
    s3.put_object(Bucket=BUCKET, Key="store.p12", Body=EVERY_BYTE)
    s3.put_object(Bucket=BUCKET, Key="broken.env", Body=b'FINE=1\nBROKEN="never-shown\n')


def elsewhere(ssm, manager):
    """The same names in another region, with other values."""
    ssm.put_parameter(Name="/shop/staging/db/password", Value="staging-from-virginia", Type="SecureString")
    return manager.create_secret(Name="shop/staging/api", SecretString='{"token": "token-from-virginia"}')["ARN"]


def identities(iam, account):
    """Users with access keys. ministack checks the signature and the policy of these; of its root caller it checks
    neither. It matches SSM actions against the resource `*` only, whatever parameters were named; secrets and objects
    it matches by ARN."""
    # What ministack cannot match is left at `*`; the rest is as an application's role would have it.
    read_parameters = allow(["ssm:GetParameters", "ssm:GetParametersByPath"], "*")
    read_secrets = allow(["secretsmanager:GetSecretValue"], "arn:aws:secretsmanager:*:*:secret:shop/*")
    read_objects = allow(["s3:GetObject"], f"arn:aws:s3:::{BUCKET}/*")

    role = f"arn:aws:iam::{account}:role/parameter-reader"
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "sts:AssumeRole"}
    iam.create_role(RoleName="parameter-reader", AssumeRolePolicyDocument=policy(trust))
    iam.put_role_policy(RoleName="parameter-reader", PolicyName="read", PolicyDocument=policy(read_parameters))

    def user(name, *statements):
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="allowed", PolicyDocument=policy(*statements))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}

    return role, {
        "reader": user("reader", read_parameters, read_secrets, read_objects),
        "parameters-only": user("parameters-only", read_parameters),
        "assumer": user("assumer", allow(["sts:AssumeRole"], role)),
    }


def allow(actions, resource):
    return {"Effect": "Allow", "Action": actions, "Resource": resource}


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def seed(endpoint):
    def client(service, region=HOME):
        return boto3.client(service, endpoint_url=endpoint, region_name=region, config=Config(retries={"max_attempts": 0}),
                            aws_access_key_id="test", aws_secret_access_key="test")

    account = client("sts").get_caller_identity()["Account"]
    parameters(client("ssm"))
    secret_here = secrets(client("secretsmanager"))
    objects(client("s3"))
    secret_away = elsewhere(client("ssm", AWAY), client("secretsmanager", AWAY))
    role, users = identities(client("iam"), account)
    return {"account": account, "role": role, "users": users, "secret_arns": {HOME: secret_here, AWAY: secret_away}}
