#!/usr/bin/env python3
"""Compares an audit log with a signed checkpoint that was saved elsewhere. Uses Python, openssl, and nothing of the gateway.

Usage: verify.py AUDIT_FOLDER CHECKPOINT [KEY] [WITNESS_KEY ...]
KEY is what `gateway audit key` printed when it was saved; without it the keys in AUDIT_FOLDER/key count. A key that this one has
handed over to counts too: the log has a note of that which both have signed.
WITNESS_KEY is what a witness printed, a gateway as `gateway audit witness-key`: then the checkpoint must be countersigned by it.
"""
import base64, datetime, hashlib, json, pathlib, subprocess, sys, tempfile


def root(hashes):
    if len(hashes) == 1:
        return hashes[0]
    left = 1 << (len(hashes) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + root(hashes[:left]) + root(hashes[left:])).digest()


def lines(folder):
    for file in sorted(folder.glob("*.jsonl")):
        parts = file.read_bytes().split(b"\n")
        yield from parts if parts[-1] else parts[:-1]


def read(line):
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}


def is_signed(text, signature, key):
    try:
        name, key_id, public = key.split("+", 2)
        _, signer, encoded = signature.split(" ")
        signed, public = base64.b64decode(encoded), base64.b64decode(public)
    except ValueError:
        return False
    if is_witness(key):  # a cosignature has its time in front, and covers it
        text, signed = f"cosignature/v1\ntime {seen_at(signature)}\n{text}", signed[:4] + signed[12:]
    der = bytes.fromhex("302a300506032b6570032100")
    with tempfile.TemporaryDirectory() as folder:
        at = pathlib.Path(folder)
        (at / "text").write_bytes(text.encode())
        (at / "signature").write_bytes(signed[4:])
        (at / "key").write_bytes(der + public[1:])
        openssl = "openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey key -in text -sigfile signature"
        done = subprocess.run(openssl.split(), cwd=folder, capture_output=True)
    return signer == name and signed[:4].hex() == key_id and done.returncode == 0


def is_witness(key):
    return base64.b64decode(key.split("+", 2)[2])[0] == 4


def seen_at(cosignature):
    return int.from_bytes(base64.b64decode(cosignature.split(" ")[2])[4:12], "big")


def note(text):
    text, _, signatures = text.rpartition("\n\n")
    return text + "\n", signatures.splitlines()


def handovers(entries):
    """Pairs of keys, the old one and the one that it handed over to, where both have signed that."""
    for subject in (entry.get("subject", "") for entry in entries if entry.get("what") == "log_key"):
        text, signatures = note(subject)
        said = text.split("\n")
        if len(said) != 5 or said[0] != "opencode-gateway/key-handover":
            continue
        old, new = said[1].removeprefix("from "), said[2].removeprefix("to ")
        if all(any(is_signed(text, one, key) for one in signatures) for key in (old, new)):
            yield old, new


def check_purged(all_lines, entries, signed):
    """Lines that a text was removed from must be as the newest entry of a purge says, which is among those that are signed."""
    purged = [n for n, entry in enumerate(entries, 1) if "purged" in entry]
    named = [n for n, entry in enumerate(entries, 1) if entry.get("what") == "purged text" and "purged" not in entry]
    named = [n for n in named if n not in foreign]
    if not purged and not named:
        return
    said = read(entries[named[-1] - 1].get("answer", "")) if named else {}
    claimed = numbers(said.get("lines", ""))
    if any(n > len(all_lines) for n in claimed):
        sys.exit("FAULT: the newest purge names entries that the log doesn't have")
    if digest([all_lines[n - 1] + b"\n" for n in purged]) != said.get("digest") or claimed != purged:
        sys.exit(f"FAULT: a text was removed from entries {purged}, but not as the newest purge says ({claimed})")
    if named[-1] > signed:
        sys.exit(f"FAULT: entry {named[-1]} says that a text was removed, and no signed checkpoint covers it")
    print(f"A text was removed from entries {said['lines']}; what is left of them is as entry {named[-1]} says")


def numbers(ranges):
    """`3,7-9`"""
    parts = [one.split("-") for one in ranges.split(",") if one]
    return [n for one in parts for n in range(int(one[0]), min(int(one[-1]), len(all_lines) + 1) + 1)]


def foreign_lines(entries):
    """Lines that no gateway with the log's key wrote, as entries behind them say. One that is told of itself says nothing."""
    found = set()
    for n, entry in reversed(list(enumerate(entries, 1))):
        if entry.get("what") == "foreign entries" and entry.get("who") == "gateway" and n not in found and "purged" not in entry:
            found.update(numbers(entry.get("answer", "")))
    return found


def digest(parts):
    return hashlib.sha256(b"".join(parts)).hexdigest()


def own_size():
    """How many entries the log's own checkpoint covers; none where it doesn't fit."""
    text, signatures = note((folder / "checkpoint").read_text())
    size, expected = text.splitlines()[1:3]
    fits = root(leaves[: int(size)]) == base64.b64decode(expected) and len(leaves) >= int(size)
    return int(size) if fits and any(is_signed(text, one, key) for one in signatures for key in keys) else 0


folder, checkpoint = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]).read_text()
own_keys = (folder / "key").read_text().split()
witnesses = [key for key in sys.argv[3:] if is_witness(key)]
keys = [key for key in sys.argv[3:] if key not in witnesses] or list(own_keys)
text, signatures = note(checkpoint)
name, size, expected = text.splitlines()
all_lines = list(lines(folder))
entries = [read(line) for line in all_lines]
handed_over = list(handovers(entries))
for key in keys:  # grows while it is read
    keys += [new for old, new in handed_over if old == key and new not in keys]
leaves = [bytes.fromhex(e["purged"]) if "purged" in e else hashlib.sha256(b"\0" + l).digest() for l, e in zip(all_lines, entries)]
if not any(is_signed(text, signature, key) for signature in signatures for key in keys):
    sys.exit("FAULT: the checkpoint isn't signed by the log's key")
for key in witnesses:
    times = [seen_at(one) for one in signatures if is_signed(text, one, key)]
    if not times:
        sys.exit(f"FAULT: the checkpoint isn't countersigned by {key}")
    at = datetime.datetime.fromtimestamp(max(times), datetime.timezone.utc)
    print(f"Countersigned by {key.split('+')[0]} at {at:%Y-%m-%d %H:%M:%S UTC}, by its own clock")
if len(leaves) < int(size):
    sys.exit(f"FAULT: the log has {len(leaves)} entries, the checkpoint was made over {size}: entries were cut")
if root(leaves[: int(size)]) != base64.b64decode(expected):
    sys.exit(f"FAULT: the first {size} entries are not those of the checkpoint: the log was changed")
for pair in zip(own_keys, own_keys[1:]):
    if pair not in handed_over:
        sys.exit(f"FAULT: from some entry on the log is signed by {pair[1]}, and {pair[0]} did not sign that")
foreign = foreign_lines(entries)
check_purged(all_lines, entries, max(int(size), own_size()))
if foreign:
    sys.exit(f"FAULT: entries {sorted(foreign)} were added by hand; nobody with the log's key wrote them")
print(f"The first {size} of {len(leaves)} entries are those of the checkpoint of {name}")
