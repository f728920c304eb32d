// What runs around a check's command, in plain `sh` and inside the guarded shell: so it reads and writes only what the agent's own
// commands may, whatever the agent put in the way (a link to a key, a pipe, a folder in place of a file).

/**
 * Arguments: id, report file or nothing, command, and variables as NAME=value. pytest is told by its own variable where to write its
 * results, whoever calls it.
 */
export const RUN = `
id=$1 command=$3
shift 3
folder=\${TMPDIR:-/tmp}
CHECK_REPORT=$folder/$id.xml
PYTEST_ADDOPTS="\${PYTEST_ADDOPTS:-} --junit-xml=$CHECK_REPORT"
export CHECK_REPORT PYTEST_ADDOPTS
rm -rf -- "$CHECK_REPORT" "$folder/$id.begun"
: > "$folder/$id.begun"
exec 3<&0 </dev/null
{ cat <&3; kill -9 -$$; } >/dev/null 2>&1 &
exec 3<&- 2>&1
if command -v bash >/dev/null 2>&1; then shell=bash; else shell=sh; fi
exec env "$@" "$shell" -c "$command"
`

/** Arguments: id, report file or nothing, most bytes. Only a file that was written since the check began. */
export const READ_REPORT = `
exec 2>/dev/null
folder=\${TMPDIR:-/tmp}
file=\${2:-$folder/$1.xml}
if [ -f "$file" ] && [ "$file" -nt "$folder/$1.begun" ]; then head -c "$3" -- "$file"; fi
rm -rf -- "$folder/$1.xml" "$folder/$1.begun"
`

/** Arguments: id. Prints commit, tree and the commit's tree. The index is a copy: what the agent has staged stays as it is. */
export const CODE = `
exec 2>/dev/null
git rev-parse --verify --quiet HEAD >/dev/null || exit 0
index=\${TMPDIR:-/tmp}/$1.index
rm -rf -- "$index"
cp -- "$(git rev-parse --git-path index)" "$index"
GIT_INDEX_FILE=$index git add -A :/ >/dev/null
tree=$(GIT_INDEX_FILE=$index git write-tree) || exit 0
rm -f -- "$index"
printf '%s %s %s' "$(git rev-parse HEAD)" "$tree" "$(git rev-parse 'HEAD^{tree}')"
`

/** Arguments: most bytes of a file, most files, names. Prints a zero byte, a path, a zero byte, what is in it. */
export const LOOK = `
exec 2>/dev/null
bytes=$1 left=$2
shift 2
for folder in . */; do
  for name in "$@"; do
    path=\${folder%/}/$name
    path=\${path#./}
    [ -e "$path" ] || continue
    left=$((left - 1))
    [ "$left" -ge 0 ] || exit 0
    printf '\\000%s\\000' "$path"
    if [ -f "$path" ]; then head -c "$bytes" -- "$path" | tr -d '\\000'; fi
  done
done
`
