#!/usr/bin/env bash
# Tests the API of the running gateway against its own document. `api-stage` starts it, with the stage in its environment.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
bin=$1
export SCHEMATHESIS_HOOKS=hooks PYTHONPATH=$here PYTHONDONTWRITEBYTECODE=1
export API_REACHED; API_REACHED=$(mktemp)
trap 'rm -f "$API_REACHED"' EXIT

# Every check is on. A stream never ends, so streams are read by a test of ours (tests/it/streams.rs).
failed=0
"$bin/schemathesis" --config-file "$here/schemathesis.toml" run "$API_URL/openapi.json" \
  --url "$API_URL" --header "Authorization: Bearer $API_TOKEN" \
  --exclude-path-regex 'events$' \
  --seed "${API_SEED:-1}" --max-examples "${API_EXAMPLES:-20}" --phases coverage,fuzzing \
  --request-timeout 15 --workers 1 || failed=1
"$bin/python" "$here/reached.py"
exit $failed
