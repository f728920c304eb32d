#!/usr/bin/env bash
# How long `make run` takes from a clean clone of what is committed here until it prints its address. What cargo and npm
# have downloaded before stays; nothing is compiled yet. Prints {"seconds": …, "cpu_seconds": …}; the log goes to
# standard error.
set -euo pipefail
# The run gets a process group of its own, and Ctrl-C as a terminal gives it.
set -m

root=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)
work=$(mktemp -d)
run=

stop() {
  if [ -n "$run" ]; then
    kill -INT -- "-$run" 2>/dev/null || true
    wait "$run" || true
  fi
  run=
}
trap 'stop; rm -rf "$work"' EXIT

# Children only: this shell's own time is nothing. In hundredths of a second, as the kernel counts.
cpu_seconds() {
  awk '{ printf "%.1f", ($16 + $17) / 100 }' "/proc/$$/stat"
}

free_port() {
  node -e 'const s = require("node:net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })'
}

git clone --quiet --no-hardlinks "$root" "$work/clone"
mkfifo "$work/log"
unset MAKEFLAGS MFLAGS MAKELEVEL CARGO_TARGET_DIR
GATEWAY_PORT=$(free_port)
export GATEWAY_PORT

began=$EPOCHREALTIME
make -C "$work/clone" run >"$work/log" 2>&1 &
run=$!
exec 3<"$work/log"
printed=
while read -r -u 3 line; do
  printf '%s\n' "$line" >&2
  if [[ $line == *"Open http"* ]]; then
    printed=$EPOCHREALTIME
    break
  fi
done
exec 3<&-
[ -n "$printed" ] || { echo "make run ended without an address" >&2; exit 1; }

seconds=$(awk -v began="$began" -v printed="$printed" 'BEGIN { printf "%.1f", printed - began }')
stop
printf '{"seconds": %s, "cpu_seconds": %s}\n' "$seconds" "$(cpu_seconds)"
