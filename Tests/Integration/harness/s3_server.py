"""The S3 server of the tests: the one that the environment names, or one of their own."""
import os
import re
import sys
import uuid

import botocore.session
from botocore.config import Config

from .apus_server import ROOT
from .processes import Process, wait_until


class S3Server:
    """Where the bucket is, and its contents as seen past Apus."""

    def __init__(self, endpoint, bucket, key, secret, region, process=None):
        self.endpoint = endpoint
        self.port = int(endpoint.rstrip("/").rpartition(":")[2])
        self.bucket = bucket
        self.key = key
        self.secret = secret
        self.region = region
        self.process = process
        self.client = botocore.session.get_session().create_client(
            "s3", endpoint_url=endpoint, aws_access_key_id=key, aws_secret_access_key=secret,
            region_name=region,
            config=Config(s3={"addressing_style": "path"}, connect_timeout=5, read_timeout=30))

    def settings(self, prefix, endpoint=None, **more):
        """Settings of an Apus server on this bucket; `endpoint` of a proxy in between."""
        return {
            "S3_ENABLED": "True", "S3_BUCKET_NAME": self.bucket, "S3_PREFIX": prefix,
            "AWS_ENDPOINT_URL_S3": endpoint or self.endpoint, "AWS_ACCESS_KEY_ID": self.key,
            "AWS_SECRET_ACCESS_KEY": self.secret, "AWS_REGION": self.region, **more,
        }

    @staticmethod
    def new_prefix(name):
        return f"{name}-{uuid.uuid4().hex[:8]}/"

    def keys(self, prefix):
        found = []
        for page in self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=prefix):
            found += [item["Key"] for item in page.get("Contents", [])]
        return found

    def read(self, key):
        return self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def end(self):
        if self.process:
            self.process.end(15)


def from_environment():
    """The server that whoever runs the tests has started; None if there is none."""
    endpoint = os.environ.get("APUS_TEST_S3_ENDPOINT")
    if not endpoint:
        return None
    names = ("APUS_TEST_S3_BUCKET", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        raise AssertionError(f"APUS_TEST_S3_ENDPOINT is set, but not {', '.join(missing)}")
    bucket, key, secret = (os.environ[name] for name in names)
    return S3Server(endpoint, bucket, key, secret, os.environ.get("AWS_REGION") or "us-east-1")


def start(directory):
    """Starts the script that scripts/test also uses, and waits for its bucket."""
    ready = os.path.join(directory, "s3.env")
    command = [
        sys.executable, os.path.join(ROOT, "scripts", "s3-server"), "--data",
        os.path.join(directory, "s3"), "--ready", ready,
    ]
    process = Process(command, os.path.join(directory, "s3-server.txt"), dict(os.environ), directory)

    def is_ready():
        if not process.is_running:
            raise AssertionError(f"the S3 server ended:\n{process.tail()}")
        return os.path.exists(ready)

    try:
        wait_until(is_ready, 90, "the S3 server's bucket")
    except BaseException:
        process.end()
        raise
    with open(ready) as file:
        values = dict(re.findall(r"^export (\w+)=(.*)$", file.read(), re.MULTILINE))
    return S3Server(
        values["APUS_TEST_S3_ENDPOINT"], values["APUS_TEST_S3_BUCKET"], values["AWS_ACCESS_KEY_ID"],
        values["AWS_SECRET_ACCESS_KEY"], values["AWS_REGION"], process)
