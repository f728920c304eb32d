"""A bucket that isn't ours: moto's S3, which checks signatures with botocore, and boto3 as the other people's client.

Prints one line of JSON with where it is and a key that can write and not delete. Then each line of standard input is a call for an
administrator, and each line of standard output what came of it. Ends with its input.
"""

import json
import os
import sys

# Nothing of this machine's own settings counts.
for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"

import boto3  # noqa: E402
import botocore.exceptions  # noqa: E402
import requests  # noqa: E402
from botocore.config import Config  # noqa: E402
from moto.server import ThreadedMotoServer  # noqa: E402

BUCKET = "acme-audit-heads"
REGION = "eu-central-1"
WRITER = ["PutObject", "GetObject", "GetObjectVersion", "ListBucket", "ListBucketVersions", "GetBucketVersioning",
          "GetBucketObjectLockConfiguration"]


def user(iam, name, actions):
    iam.create_user(UserName=name)
    rule = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
    iam.put_user_policy(UserName=name, PolicyName=name, PolicyDocument=json.dumps(rule))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


def client(url, service, key):
    quick = Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"})
    return boto3.client(service, endpoint_url=url, region_name=REGION, aws_access_key_id=key[0],
                        aws_secret_access_key=key[1], config=quick)


def objects(s3):
    listed = s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])
    return [one["Key"] for one in listed]


def read(s3, key):
    got = s3.get_object(Bucket=BUCKET, Key=key)
    return {"body": got["Body"].read().decode(), "mode": got.get("ObjectLockMode")}


def versions(s3, key):
    return [one["VersionId"] for one in s3.list_object_versions(Bucket=BUCKET, Prefix=key).get("Versions", [])]


def call(s3, order):
    match order:
        case ["objects"]:
            return objects(s3)
        case ["read", key]:
            return read(s3, key)
        case ["versions", key]:
            return versions(s3, key)
        case ["write", key, body]:
            s3.put_object(Bucket=BUCKET, Key=key, Body=body.encode())
        case ["delete", key]:
            s3.delete_object(Bucket=BUCKET, Key=key)
        case ["delete", key, version]:
            s3.delete_object(Bucket=BUCKET, Key=key, VersionId=version)


def main():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    anyone = ("nobody", "nothing")
    iam = client(url, "iam", anyone)
    writer, admin = user(iam, "gateway", [f"s3:{action}" for action in WRITER]), user(iam, "admin", ["*"])
    s3 = client(url, "s3", anyone)
    s3.create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True,
                     CreateBucketConfiguration={"LocationConstraint": REGION})
    rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 3650}}
    s3.put_object_lock_configuration(Bucket=BUCKET,
                                     ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule})
    # From here on each call is checked: its signature, and whether its key may do that.
    requests.post(f"{url}/moto-api/reset-auth", data=b"0", timeout=30).raise_for_status()
    s3 = client(url, "s3", admin)
    print(json.dumps({"url": url, "bucket": BUCKET, "region": REGION, "id": writer[0], "secret": writer[1]}), flush=True)
    for line in sys.stdin:
        try:
            print(json.dumps({"ok": call(s3, json.loads(line))}), flush=True)
        except botocore.exceptions.ClientError as error:
            print(json.dumps({"refused": error.response["Error"]["Code"]}), flush=True)


main()
