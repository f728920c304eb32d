#!/usr/bin/env bash
# Asks the OpenCode of this pod: alone it is the probe; with arguments for curl and a path it asks for that.
# With a password even the probe's route wants it.
set -euo pipefail

login=()
[[ -z ${OPENCODE_SERVER_PASSWORD:-} ]] || login=(--user "${OPENCODE_SERVER_USERNAME:-opencode}:$OPENCODE_SERVER_PASSWORD")
options=(--silent --fail --output /dev/null --max-time 3)
while (($# > 1)); do
  options+=("$1")
  shift
done
exec curl "${options[@]}" "${login[@]}" "http://127.0.0.1:${OPENCODE_PORT:-4096}${1:-/global/health}"
