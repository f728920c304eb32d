#!/usr/bin/env python3
"""Compares an audit log with a signed checkpoint that was saved elsewhere. Uses Python, openssl, and nothing of the gateway.

Usage: verify.py AUDIT_FOLDER CHECKPOINT [KEY]
KEY is what `gateway audit key` printed when it was saved; without it the keys in AUDIT_FOLDER/key count.
"""
import base64, hashlib, pathlib, subprocess, sys, tempfile


def root(hashes):
    if len(hashes) == 1:
        return hashes[0]
    left = 1 << (len(hashes) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + root(hashes[:left]) + root(hashes[left:])).digest()


def lines(folder):
    for file in sorted(folder.glob("*.jsonl")):
        parts = file.read_bytes().split(b"\n")
        yield from parts if parts[-1] else parts[:-1]


def is_signed(text, signature, key):
    name, key_id, public = key.split("+", 2)
    _, signer, encoded = signature.split(" ")
    signed, der = base64.b64decode(encoded), bytes.fromhex("302a300506032b6570032100")
    with tempfile.TemporaryDirectory() as folder:
        at = pathlib.Path(folder)
        (at / "text").write_bytes(text.encode())
        (at / "signature").write_bytes(signed[4:])
        (at / "key").write_bytes(der + base64.b64decode(public)[1:])
        openssl = "openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey key -in text -sigfile signature"
        done = subprocess.run(openssl.split(), cwd=folder, capture_output=True)
    return signer == name and signed[:4].hex() == key_id and done.returncode == 0


folder, checkpoint = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]).read_text()
keys = sys.argv[3:] or (folder / "key").read_text().split()
text, signatures = checkpoint.rsplit("\n\n", 1)
text, signatures = text + "\n", signatures.splitlines()
name, size, expected = text.splitlines()
hashes = [hashlib.sha256(b"\0" + line).digest() for line in lines(folder)]
if not any(is_signed(text, signature, key) for signature in signatures for key in keys):
    sys.exit("FAULT: the checkpoint isn't signed by the log's key")
if len(hashes) < int(size):
    sys.exit(f"FAULT: the log has {len(hashes)} entries, the checkpoint was made over {size}: entries were cut")
if root(hashes[: int(size)]) != base64.b64decode(expected):
    sys.exit(f"FAULT: the first {size} entries are not those of the checkpoint: the log was changed")
print(f"The first {size} of {len(hashes)} entries are those of the checkpoint of {name}")
