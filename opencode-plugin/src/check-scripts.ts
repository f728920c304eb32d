// What runs around a check's command, in plain `sh` and inside the guarded shell: so it reads and writes only what the agent's own
// commands may, whatever the agent put in the way (a link to a key, a pipe, a folder in place of a file).

/** Arguments from the second on: id, `before` or nothing. Goes to where the check runs. */
const GO = `
folder=\${TMPDIR:-/tmp}
if [ "$2" = before ]; then cd -- "$folder/$1.before/$(git rev-parse --show-prefix)" || exit 1; fi
`

/**
 * Arguments: id, `before` or nothing, command, and variables as NAME=value. pytest is told by its own variable where to write its
 * results, whoever calls it.
 */
export const RUN = `${GO}
id=$1 command=$3
shift 3
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

/** Arguments: id, `before` or nothing, report file or nothing, most bytes. Only a file that was written since the check began. */
export const READ_REPORT = `
exec 2>/dev/null${GO}
file=\${3:-$folder/$1.xml}
if [ -f "$file" ] && [ "$file" -nt "$folder/$1.begun" ]; then head -c "$4" -- "$file"; fi
rm -rf -- "$folder/$1.xml" "$folder/$1.begun"
`

/** What counts as a test by its path, as git matches paths. */
const TESTS = ["test/**", "tests/**", "__tests__/**", "spec/**", "testdata/**", "test_*", "tests.*", "*_test.*", "*.test.*", "*_spec.*", "*.spec.*", "*Test.*", "*Tests.*", "conftest.py"]
  .map((path) => `':(top,glob)**/${path}'`)
  .join(" ")

/**
 * Arguments: id. Lays out the code as it was before the session's changes, with the tests of now and everything that git ignores, such
 * as installed packages. Before is the newest commit that the remote has too; where nothing has left for a remote, the commit that is
 * checked out. Prints that commit and its tree; 9 says that there is nothing to lay out, and why.
 */
export const LAY_OUT_BEFORE = `
refuse() { printf '%s' "$1"; exit 9; }
top=$(git rev-parse --show-toplevel 2>/dev/null) && git rev-parse --verify --quiet HEAD >/dev/null ||
  refuse "The session's directory is in no git repository with a commit, so there is no code from before its changes."
to=\${TMPDIR:-/tmp}/$1.before
exec 2>/dev/null
cd -- "$top" && rm -rf -- "$to" && mkdir -- "$to" || refuse "There is no room for a copy of the code."
base=$(git rev-list --first-parent --boundary HEAD --not --remotes | sed -n 's/^-//p' | tail -n 1)
[ -n "$base" ] || base=$(git rev-parse HEAD)
if git diff --quiet "$base" -- && [ -z "$(git ls-files --others --exclude-standard | head -n 1)" ]; then
  refuse "Nothing is changed since $(printf '%.8s' "$base"), so before and after are the same."
fi
copy() { { tar -c --exclude "$1" --null -T - -f - || : > "$to/.incomplete"; } | tar -x -C "$to" -f - && [ ! -e "$to/.incomplete" ]; }
{ git archive "$base" || : > "$to/.incomplete"; } | tar -x -C "$to" -f - && [ ! -e "$to/.incomplete" ] &&
  git ls-files -z --others --ignored --exclude-standard --directory | copy "$1.before" &&
  { git diff --name-only -z --diff-filter=d "$base" -- ${TESTS}; git ls-files -z --others --exclude-standard -- ${TESTS}; } | copy "$1.before" ||
  refuse "The code from before could not be laid out. Is the disk full?"
printf '%s %s' "$base" "$(git rev-parse "$base^{tree}")"
`

/** Arguments: id. Whatever came of the check, its copy goes: all that is installed is in it. */
export const FORGET_BEFORE = `rm -rf -- "\${TMPDIR:-/tmp}/$1.before"`

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
