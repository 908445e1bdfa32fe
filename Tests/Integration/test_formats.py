"""A bucket that a newer version of Apus has written to, in formats made up for this test: this version refuses what it
cannot read, goes on with the rest, and neither writes nor deletes where only newer versions may."""
import struct
import time

EAGER = {
    "APUS_FLUSH_BYTES": "2048", "APUS_FLUSH_AGE": "1", "APUS_GRACE": "2", "APUS_ERASE_AFTER": "1",
    "APUS_COLLECT_INTERVAL": "1",
}


def crc32c(data):
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    value = 0xFFFFFFFF
    for byte in data:
        value = value >> 8 ^ table[(value ^ byte) & 0xFF]
    return value ^ 0xFFFFFFFF


def patched(body, changes):
    """The object with the bytes at some offsets replaced and a right checksum at its end."""
    body = bytearray(body[:-4])
    for offset, value in changes.items():
        body[offset:offset + len(value)] = value
    return bytes(body) + struct.pack("<I", crc32c(body))


def filled(lab):
    """Two collections with segments and a tail, and the server that wrote them, killed."""
    server = lab.server(**EAGER)
    client = lab.client(server)
    ids = [lab.collection(server, name) for name in ("newer", "other")]
    for collection in ids:
        for row in range(20):
            client.send("add", collection, {
                "ids": [f"id{row}"], "embeddings": [[row, 1]], "documents": ["of some length " * 20]})
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if all(lab.s3.keys(f"{lab.prefix}collections/{collection}/segments/") for collection in ids):
            break
        time.sleep(0.1)
    server.kill()
    client.close()
    return ids


def newest_manifest(lab, collection):
    key = lab.s3.keys(f"{lab.prefix}collections/{collection}/manifest/")[0]
    prefix, _, digits = key.rpartition("/")
    number = 2**64 - 1 - int(digits)
    return lab.s3.read(key), number + 1, f"{prefix}/{int(digits) - 1:020}"


def objects(lab, collection):
    return set(lab.s3.keys(f"{lab.prefix}collections/{collection}/"))


def check_other(client, other):
    assert client.read(other).status == 200
    assert client.send("add", other, {"ids": ["new"], "embeddings": [[1, 1]]}).status == 201
    assert client.http.get("/api/v2/healthcheck").status == 200


def test_a_manifest_in_a_newer_format(lab):
    newer, other = filled(lab)
    body, number, key = newest_manifest(lab, newer)
    lab.s3.client.put_object(
        Bucket=lab.s3.bucket, Key=key,
        Body=patched(body, {4: struct.pack("<HH", 2, 2), 8: struct.pack("<Q", number)}))
    before = objects(lab, newer)
    server = lab.server(**EAGER)
    client = lab.client(server)
    for answer in (client.read(newer), client.send("add", newer, {"ids": ["x"], "embeddings": [[1, 1]]})):
        assert answer.status >= 500 and b"newer" in answer.body, answer
    check_other(client, other)
    time.sleep(8)
    assert objects(lab, newer) == before


def test_a_log_that_only_newer_versions_may_write(lab):
    newer, other = filled(lab)
    body, number, key = newest_manifest(lab, newer)
    lab.s3.client.put_object(
        Bucket=lab.s3.bucket, Key=key,
        Body=patched(body, {6: struct.pack("<H", 2), 8: struct.pack("<Q", number)}))
    before = objects(lab, newer)
    server = lab.server(**EAGER)
    client = lab.client(server)
    assert len(client.read(newer).json()["ids"]) == 20
    answer = client.send("add", newer, {"ids": ["x"], "embeddings": [[1, 1]]})
    assert answer.status >= 500 and b"newer" in answer.body, answer
    check_other(client, other)
    time.sleep(8)
    assert objects(lab, newer) == before
    assert len(client.read(newer).json()["ids"]) == 20


def test_an_entry_in_a_newer_format(lab):
    newer, other = filled(lab)
    keys = lab.s3.keys(f"{lab.prefix}collections/{newer}/log/")
    key = keys[-1]
    lab.s3.client.put_object(
        Bucket=lab.s3.bucket, Key=f"{key[:-20]}{int(key[-20:]) + 1:020}",
        Body=patched(lab.s3.read(key), {4: struct.pack("<H", 9)}))
    before = objects(lab, newer)
    server = lab.server(**EAGER)
    client = lab.client(server)
    for answer in (client.read(newer), client.send("add", newer, {"ids": ["x"], "embeddings": [[1, 1]]})):
        assert answer.status >= 500 and b"newer" in answer.body, answer
    check_other(client, other)
    time.sleep(8)
    assert objects(lab, newer) == before
