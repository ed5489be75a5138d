"""Fills the ministack of a pod, and prints the credentials that its policies speak of: seed.py VALUES (JSON)."""

import json
import sys

import boto3
import urllib3
from botocore.config import Config

values = json.loads(sys.argv[1])
# Its certificate is for AWS's names, and this program asks for an address.
urllib3.disable_warnings()


def client(service, **more):
    return boto3.client(service, endpoint_url="https://127.0.0.1", region_name="eu-west-1", verify=False,
                        aws_access_key_id="test", aws_secret_access_key="test",
                        config=Config(s3={"addressing_style": "path"}), **more)


def allow(actions, resource):
    return {"Effect": "Allow", "Action": actions, "Resource": resource}


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def settings():
    ssm, s3 = client("ssm"), client("s3")
    ssm.put_parameter(Name="/shop/production/secret-key-base", Value=values["secret_key_base"], Type="SecureString")
    ssm.put_parameter(Name="/shop/production/db/password", Value=values["password"], Type="SecureString")
    s3.create_bucket(Bucket="my-bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="my-bucket", Key="production.env", Body=(
        f"RAILS_ENV=production\nGREETING={values['greeting']}\nDB_PASSWORD=ssm:///shop/production/db/password\n").encode())


def role():
    """Session credentials of a role that may read the settings: ministack checks their signature and their token."""
    iam, name = client("iam"), values["role"].rsplit("/")[-1]
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))
    iam.put_role_policy(RoleName=name, PolicyName="read", PolicyDocument=policy(
        allow(["ssm:GetParameters"], "*"), allow(["s3:GetObject"], "arn:aws:s3:::my-bucket/*")))
    given = client("sts").assume_role(RoleArn=values["role"], RoleSessionName="proof")["Credentials"]
    return {part: given[part] for part in ("AccessKeyId", "SecretAccessKey", "SessionToken")}


def stranger():
    """The key of a user who may do nothing."""
    iam = client("iam")
    iam.create_user(UserName="stranger")
    key = iam.create_access_key(UserName="stranger")["AccessKey"]
    return {part: key[part] for part in ("AccessKeyId", "SecretAccessKey")}


settings()
print(json.dumps({"role": role(), "stranger": stranger()}))
