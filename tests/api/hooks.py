"""What the test of the API knows of the stage: ids that exist, and what is left out.

Most requests name sessions and asks that are there, so that the handlers do what they are for; the rest keep the
ids that were drawn. Every answer is counted, and `reached.py` looks afterwards whether each operation worked at least
once.
"""

import base64
import itertools
import json
import os
import re
import zlib

import schemathesis

SESSIONS = os.environ["API_SESSIONS"].split()
FAILED = os.environ["API_FAILED"].split()
WORKING = os.environ["API_WORKING"]
FILE = os.environ["API_FILE"].split()
ASKS = os.environ["API_ASKS"].split()
HIDDEN = os.environ["API_HIDDEN"]
GRANTS = os.environ["API_GRANTS"].split()
WORKSPACES = os.environ["API_WORKSPACES"].split()
START = os.environ["API_START"]
DIRECTORY = os.environ["API_DIRECTORY"]
REACHED = os.environ["API_REACHED"]

BASE64 = r"(?=.{4})([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
SESSION_ID = r"[A-Za-z0-9_-]{8,128}"
ONE_LINE = r"[A-Za-z0-9_./-]{1,120}"
MODEL = {"provider": "scripted", "model": "scripted-1"}
NUMBERS = itertools.count()

# Letters of a refusal that are kept, for whoever asks why an operation never worked.
MAX_REFUSAL = 300

# Ids that an answer told may be drawn again: what ends a session must not meet one that others need.
REAL = {*SESSIONS, *FAILED, WORKING}

# A session that is paused or has ended leaves nothing to do for the others.
*SESSIONS, PAUSED, ENDED = SESSIONS


def chosen(drawn, known):
    """One of the known ids, the same for the same draw; each eighth draw stays as it is."""
    number = zlib.crc32(repr(drawn).encode())
    return drawn if number % 8 == 0 and drawn not in REAL else known[number // 8 % len(known)]


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    if path_parameters and "name" in path_parameters:
        return {**path_parameters, "name": chosen(path_parameters["name"], WORKSPACES)}
    if path_parameters and "key" in path_parameters:
        return {**path_parameters, "key": chosen(path_parameters["key"], [START])}
    if not path_parameters or "id" not in path_parameters:
        return path_parameters
    path = context.operation.path
    if "file" in path_parameters:
        # All three belong together.
        names = ("id", "message", "file")
        drawn = [str(path_parameters[name]) for name in names]
        right = re.fullmatch(SESSION_ID, drawn[0]) and all(re.fullmatch(r"[A-Za-z0-9_-]{1,128}", word) for word in drawn[1:])
        return dict(zip(names, FILE)) if right and zlib.crc32(repr(drawn).encode()) % 2 else path_parameters
    if path.endswith("/reveal"):
        known = [HIDDEN]
    elif "/grants/" in path:
        known = GRANTS
    elif "/asks/" in path:
        known = ASKS
    elif path.endswith(("/pause", "/resume")):
        known = [PAUSED]
    elif path.endswith("/retry"):
        known = FAILED
    elif path.endswith("/abort"):
        known = [WORKING]
    elif path.endswith("/close"):
        known = [ENDED]
    else:
        known = SESSIONS
    of_session = "/asks/" not in path and "/grants/" not in path
    if of_session and not re.fullmatch(SESSION_ID, str(path_parameters["id"])):
        # With a right id the request may be right, and is taken for one that must be refused.
        return path_parameters
    return {**path_parameters, "id": chosen(path_parameters["id"], known)}


def offered(body):
    """A model that OpenCode offers, for each second body that names a model rightly."""
    right = set(body) == {"provider", "model"} and all(re.fullmatch(ONE_LINE, str(word)) for word in body.values())
    return MODEL if right and next(NUMBERS) % 2 else body


def is_right(case):
    """It is drawn so that the schema takes it; one that is drawn wrong must stay wrong."""
    return case.meta is not None and case.meta.generation.mode.value == "positive"


def fitting(body, ask):
    """An answer that the ask takes, for each second body with a right word: a drawn digest is never that of the ask."""
    if body.get("answer") not in ("once", "deny", "answers") or next(NUMBERS) % 2:
        return body
    return {"answer": "answers", "answers": [["drawn"]]} if ask.startswith("que_") else {"answer": "deny"}


def readable(files):
    """Bytes that are drawn are mostly nothing that an agent reads; text is."""
    text = base64.b64encode(b"drawn").decode()
    is_base64 = lambda file: isinstance(file, dict) and re.fullmatch(BASE64, str(file.get("content")))
    return [{**file, "content": text} if is_base64(file) else file for file in files]


@schemathesis.hook
def map_body(context, body):
    # A session starts in a directory that the pod has.
    if isinstance(body, dict) and isinstance(body.get("token"), str):
        # A few wrong tokens would shut the door for all that follow.
        body = {**body, "token": os.environ["API_TOKEN"]}
    if isinstance(body, dict) and isinstance(body.get("directory"), str):
        body = {**body, "directory": chosen(body["directory"], [DIRECTORY])}
        # A pod, an agent and a model that nobody has are refused; that is tried, but not each time.
        if zlib.crc32(repr(body).encode()) % 4:
            body = {name: value for name, value in body.items() if name not in ("pod", "agent", "model")}
    return body


@schemathesis.hook
def before_call(context, case, kwargs):
    if isinstance(case.body, dict) and isinstance(case.body.get("files"), list):
        case.body = {**case.body, "files": readable(case.body["files"])}
    if isinstance(case.body, dict) and isinstance(case.body.get("provider"), str):
        case.body = offered(case.body)
    if isinstance(case.body, dict) and case.operation.path.endswith("/answer") and is_right(case):
        case.body = fitting(case.body, str(case.path_parameters["id"]))
    # A key belongs to one change: two draws of the same word are not the same change.
    key = (case.headers or {}).get("idempotency-key")
    if key and len(key) < 100:
        case.headers["idempotency-key"] = f"{key}{next(NUMBERS)}"


@schemathesis.hook
def after_call(context, case, response):
    line = {"operation": f"{case.method} {case.operation.path}", "status": response.status_code}
    if response.status_code >= 400:
        line["refusal"] = response.text[:MAX_REFUSAL]
    with open(REACHED, "a", encoding="utf-8") as reached:
        reached.write(json.dumps(line) + "\n")
