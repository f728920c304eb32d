"""Fails unless every operation of the document was tried and worked at least once."""

import collections
import json
import os
import sys
import urllib.request

# Streams have no end; `tests/it/streams.rs` reads them.
STREAMS = "/events"

# What a drawn request can't bring: a forge to deliver to, the id of a check that ran, an authenticator's signature, a provider that confirms a code, a sign-in in a browser, a second
# person who looks at an override. These are
# tried here, and have to be refused as the document says; that they work is shown in tests/browser/flows (`checks`, `passkey`, `provider`,
# `sign-in`).
BRINGS_MORE = (
    "POST /api/v1/asks/{id}/challenge",
    "POST /api/v1/asks/{id}/review",
    "GET /api/v1/deliveries/{run}",
    "GET /api/v1/deliveries/{run}/patch",
    "POST /api/v1/deliveries/{run}/steer",
    "PUT /api/v1/delivery-mode",
    "POST /api/v1/me/passkeys",
    "POST /api/v1/me/passkeys/begin",
    "POST /api/v1/me/passkeys/confirm",
    "POST /api/v1/me/passkeys/{id}/challenge",
    "POST /api/v1/me/passkeys/{id}/remove",
    "DELETE /api/v1/me/sign-ins/{id}",
    "GET /api/v1/sessions/{id}/checks/{check}/output",
    "POST /api/v1/sessions/{id}/deliver",
    "POST /api/v1/sessions/{id}/lab/clean",
    "POST /api/v1/sessions/{id}/lab/deploy",
    "POST /api/v1/sessions/{id}/lab/take-over",
    "POST /api/v1/sign-in/device",
    "POST /api/v1/sign-in/device/token",
)

# What refuses a right request: why an operation never worked is in these.
CONFLICTS = (404, 409, 429, 503)

reached = collections.defaultdict(collections.Counter)
refusals = collections.defaultdict(collections.Counter)
with open(os.environ["API_REACHED"], encoding="utf-8") as lines:
    for line in map(json.loads, lines):
        reached[line["operation"]][line["status"]] += 1
        if line["status"] in CONFLICTS:
            refusals[line["operation"]][line["refusal"]] += 1

document = json.load(urllib.request.urlopen(os.environ["API_URL"] + "/openapi.json"))
missing = []
for path, operations in document["paths"].items():
    for method in operations:
        name = f"{method.upper()} {path}"
        if path.endswith(STREAMS):
            continue
        statuses = reached[name]
        print(f"{name:55} {dict(sorted(statuses.items()))}")
        worked = any(200 <= status < 300 for status in statuses)
        if not (worked or name in BRINGS_MORE and statuses):
            missing.append(name)
        if worked and name in BRINGS_MORE:
            sys.exit(f"{name} worked: take it off the list of those that can't")

for name in missing:
    for refusal, times in refusals[name].most_common(3):
        print(f"{name} was refused {times} times: {refusal}")
if missing:
    sys.exit(f"never worked: {', '.join(missing)}")
