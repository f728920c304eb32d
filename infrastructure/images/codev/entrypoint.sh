#!/usr/bin/env bash
# Starts OpenCode in a pod: looks for the volume, installs and links the plugins that lie on it, puts the guard around OpenCode
# and the agent's commands, starts OpenCode.
#
# The volume must be there, or nothing starts: sessions that are written beside it would be lost with the pod.
# A plugin that cannot be used is told and left out, and OpenCode starts without it.
# Where the kernel has no guard to offer, the log and the gateway say that the pod is UNGUARDED.
set -uo pipefail

: "${HOME:=/home/codev}"
: "${XDG_DATA_HOME:=/data}" "${XDG_CONFIG_HOME:=$HOME/.config}"
: "${OPENCODE_PLUGINS:=/opencode-plugins}"       # the volume's .opencode-plugins
: "${OPENCODE_SHIPPED_PLUGINS:=/opt/plugins}"    # what came with the image
: "${OPENCODE_WORKSPACES:=/workspaces}"
: "${OPENCODE_HOSTNAME:=0.0.0.0}" "${OPENCODE_PORT:=4096}"
: "${PLUGIN_INSTALLED:=$HOME/.cache/plugins}"    # the pod's own copies: the volume is shared, and others may edit it
: "${OPENCODE_BUILDERS:=$OPENCODE_WORKSPACES/.builders}" # the gateway's workspaces, one for each session
: "${OPENCODE_GUARD:=on}"                        # on: where the kernel can; required: or nothing starts; off
: "${OPENCODE_GUARD_PROGRAM:=/opt/guard/guard}"
: "${OPENCODE_GUARD_KEEP:=}"                     # further variables that the agent's commands see, such as GH_TOKEN
: "${PLUGIN_PATIENCE_SECONDS:=120}"              # for one install or build; a pod should be up within minutes
LOADED_WITHIN_SECONDS=20
OPENED_WITHIN_SECONDS=300
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
DATA=$XDG_DATA_HOME/opencode
LINKS=$XDG_CONFIG_HOME/opencode/plugins
GUARD=$(realpath -m "$HOME/.guard")
# What ordinary work needs of the environment. Secrets are named in OPENCODE_GUARD_KEEP, or the agent has none.
KEPT="PATH LANG LANGUAGE LC_* TERM COLORTERM TZ USER LOGNAME MISE_* RUSTUP_* UV_PYTHON_* SSL_CERT_* NODE_EXTRA_CA_CERTS
  REQUESTS_CA_BUNDLE CURL_CA_BUNDLE GIT_SSL_CAINFO PIP_CERT DOTNET_* NPM_CONFIG_*
  HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy"

# One JSON line per event, as the gateway and the plugin write them.
say() { # LEVEL MESSAGE [PLUGIN]
  jq -nc --arg level "$1" --arg message "$2" --arg plugin "${3:-}" \
    '{timestamp: (now | todate), level: $level, target: "entrypoint", message: $message}
     + (if $plugin == "" then {} else {plugin: $plugin} end)' >&2
}

give_up() {
  say ERROR "$1"
  exit 1
}

# OpenCode's binary is also the runtime that loads plugins (Bun), so what it says here is what would happen there.
runtime() { # SECONDS ARGUMENTS...
  local patience=$1 outcome=0
  shift
  BUN_BE_BUN=1 NO_COLOR=1 timeout "$patience" opencode "$@" || outcome=$?
  ((outcome != 124)) || echo "It took longer than $patience seconds."
  return "$outcome"
}

is_mounted() { # DIRECTORY
  awk -v at="$1" '$5 == at { found = 1 } END { exit !found }' /proc/self/mountinfo
}

require_volume() { # DIRECTORY WHAT
  local probe
  [[ -d $1 ]] || give_up "$1 is missing: mount the volume's $2 there (claim code-server-storage). Nothing was started."
  if [[ -n ${KUBERNETES_SERVICE_HOST:-} ]] && ! is_mounted "$(realpath "$1")"; then
    give_up "$1 is no mount: what is written there dies with the pod. Mount the volume's $2 there. Nothing was started."
  fi
  if ! probe=$(mktemp "$1/.write-probe.XXXXXX" 2>/dev/null); then
    give_up "$1 cannot be written: check that the volume is not full or read-only, and belongs to user $(id -u)."
  fi
  rm -f "$probe"
}

# A volume that has never seen the plugin gets the one of the image. After that it belongs to whoever edits it.
provide_shipped() {
  local shipped name
  for shipped in "$OPENCODE_SHIPPED_PLUGINS"/*/; do
    name=$(basename "$shipped")
    [[ -d $shipped && ! -e $OPENCODE_PLUGINS/$name ]] || continue
    if cp -R "$shipped" "$OPENCODE_PLUGINS/$name"; then
      say INFO "put the image's copy on the volume" "$name"
    else
      say WARN "could not put the image's copy on the volume" "$name"
    fi
  done
}

# Runs a step of an installation; its last words are the cause when it fails.
step() { # PLUGIN WHAT COMMAND...
  local plugin=$1 what=$2 output
  shift 2
  output=$("$@" 2>&1) && return 0
  say ERROR "$what failed, so OpenCode starts without this plugin: $(tail -c 1500 <<<"$output")" "$plugin"
  return 1
}

package() { # FOLDER FILTER
  jq -er "$2" "$1/package.json" 2>/dev/null
}

copy() { # FROM TO: everything but what was installed, which is linked
  rm -rf "$2" && mkdir -p "$2" && (cd "$1" && tar --exclude=./node_modules --exclude=./.git -cf - .) | tar -xf - -C "$2" &&
    { [[ ! -d $1/node_modules ]] || ln -s "$1/node_modules" "$2/node_modules"; }
}

must_build() { # FOLDER MAIN: there is nothing built, or a source is newer
  package "$1" '.scripts.build' >/dev/null || return 1
  [[ ! -f $1/$2 ]] || [[ -n $(find "$1" -name node_modules -prune -o -path "$1/$2" -prune -o \
    -type f \( -name '*.ts' -o -name '*.js' -o -name '*.json' \) -newer "$1/$2" -print -quit) ]]
}

must_install() { # FOLDER KINDS
  [[ ! -e $1/node_modules ]] && package "$1" "[$2] | add // {} | length > 0" >/dev/null
}

# Sets ENTRY to the file that OpenCode shall load.
install_folder() { # FOLDER NAME
  local from=${1%/} name=$2 main at=$PLUGIN_INSTALLED/$2
  main=$(package "$from" '.main // "index.js"') || { say ERROR "package.json cannot be read; the plugin is left out" "$name"; return 1; }
  step "$name" "copying from the volume" copy "$from" "$at" || return 1
  if must_build "$at" "$main"; then
    if must_install "$at" '.dependencies, .devDependencies'; then
      (cd "$at" && step "$name" "installing" runtime "$PLUGIN_PATIENCE_SECONDS" install --ignore-scripts --no-save) || return 1
    fi
    (cd "$at" && step "$name" "building" runtime "$PLUGIN_PATIENCE_SECONDS" run build) || return 1
  elif must_install "$at" '.dependencies'; then
    (cd "$at" && step "$name" "installing" runtime "$PLUGIN_PATIENCE_SECONDS" install --production --ignore-scripts --no-save) || return 1
  fi
  ENTRY=$at/$main
}

# Tries the plugin in OpenCode's own runtime: OpenCode itself drops one that does not load without a word.
link_plugin() { # ENTRY NAME
  local words
  if ! words=$(runtime "$LOADED_WITHIN_SECONDS" run "$HERE/try-plugin.mjs" "$1" 2>&1); then
    say ERROR "it does not load, so OpenCode starts without it: $(tail -c 1500 <<<"$words")" "$2"
    return 1
  fi
  ln -sfn "$1" "$LINKS/$2.${1##*.}" && say INFO "linked $1" "$2"
}

link_plugins() {
  local found name ENTRY
  rm -rf "$LINKS" && mkdir -p "$LINKS" "$PLUGIN_INSTALLED"
  shopt -s nullglob
  for found in "$OPENCODE_PLUGINS"/*/package.json; do
    found=$(dirname "$found") name=$(basename "$found")
    install_folder "$found" "$name" && link_plugin "$ENTRY" "$name"
  done
  for found in "$OPENCODE_PLUGINS"/*.js "$OPENCODE_PLUGINS"/*.ts; do
    name=$(basename "${found%.*}")
    link_plugin "$found" "$name"
  done
  shopt -u nullglob
}

# What may be reached, beside the program: there nothing leads to another policy. Agents see nothing below HOME but a HOME of
# their own, and neither OpenCode nor they write the guard, the plugins and the configuration.
guard_policy() {
  jq -n --arg home "$HOME" --arg data "$DATA" --arg workspaces "$OPENCODE_WORKSPACES" --arg builders "$OPENCODE_BUILDERS" \
    --arg plugins "$OPENCODE_PLUGINS" --arg installed "$PLUGIN_INSTALLED" --arg config "$XDG_CONFIG_HOME" \
    --arg state "${XDG_STATE_HOME:-$HOME/.local/state}" --arg cache "${XDG_CACHE_HOME:-$HOME/.cache}/opencode" \
    --arg bash "$(command -v bash)" --arg sh "$(command -v sh)" --arg git "$(command -v git)" \
    --arg opencode "$(command -v opencode)" --arg token "${BRIDGE_TOKEN_FILE:-}" --arg keep "$KEPT $OPENCODE_GUARD_KEEP" '
    ($home + "/agent") as $agent | {
      programs: { bash: $bash, sh: $sh, git: $git, opencode: $opencode },
      protected: [$config, $plugins, $installed],
      agent: {
        work_roots: [$builders, $workspaces], home: $agent, temporary: ($home + "/agents-tmp"),
        denied: ([$home, $data, $plugins, "/var/run/secrets"] + (if $token == "" then [] else [$token | sub("/[^/]*$"; "")] end)),
        keep: ($keep | [splits("\\s+") | select(. != "")]),
        set: { CARGO_HOME: ($agent + "/.cargo"), GOPATH: ($agent + "/go") },
        also: { git: [$data + "/snapshot"] }
      },
      opencode: { read_write: [$data, $state, $cache, $home + "/tmp"] }
    }'
}

# The guard stands where OpenCode looks for its shells and for git.
install_guard() {
  rm -rf "$GUARD" && mkdir -p "$GUARD" "$OPENCODE_BUILDERS" && cp "$OPENCODE_GUARD_PROGRAM" "$GUARD/guard" &&
    ln -s guard "$GUARD/bash" && ln -s guard "$GUARD/sh" && ln -s guard "$GUARD/git" && guard_policy >"$GUARD/guard.json"
}

# Why there is no guard; nothing when there is one. What it writes beside its report goes to the log, and a report that says
# nothing is no guard.
guard_missing() {
  local words
  [[ $OPENCODE_GUARD != off ]] || { echo "OPENCODE_GUARD is off."; return; }
  words=$(install_guard 2>&1) || { echo "it cannot be installed: $words"; return; }
  words=$("$GUARD/guard" report) || { echo "it does not answer."; return; }
  jq -ser 'if length == 1 and (.[0].abi | type) == "number" then .[0].refused // "" else error end' <<<"$words" 2>/dev/null ||
    echo "its report cannot be read."
}

# Sets START to what OpenCode is started with, and its environment. What a repository brings is switched off, also where there is
# no guard: it would loosen OpenCode's rules, and run in it.
guard_opencode() {
  local missing
  START=(opencode)
  export OPENCODE_DISABLE_PROJECT_CONFIG=1 OPENCODE_DISABLE_EXTERNAL_SKILLS=1 OPENCODE_DISABLE_CLAUDE_CODE=1
  missing=$(guard_missing)
  if [[ -n $missing ]]; then
    [[ $OPENCODE_GUARD != required ]] || give_up "The guard is required, and missing: $missing Nothing was started."
    say WARN "UNGUARDED: agents can reach all that OpenCode can: $missing"
    return
  fi
  # The path is OpenCode's alone: what else runs in the pod, such as its probe, is no command of an agent's.
  START=(env "PATH=$GUARD:$PATH" "$GUARD/guard" opencode)
  export TMPDIR=$HOME/tmp GATEWAY_PLUGIN_FOLDERS=$PLUGIN_INSTALLED:$OPENCODE_PLUGINS${GATEWAY_PLUGIN_FOLDERS:+:$GATEWAY_PLUGIN_FOLDERS}
  # OpenCode itself fetches nothing. Without the guard the agent's commands would see these, and could install nothing.
  export OPENCODE_DISABLE_LSP_DOWNLOAD=1 npm_config_offline=true
  OPENCODE_CONFIG_CONTENT=$(jq -c --arg shell "$GUARD/bash" '(. // {}) + { shell: $shell, formatter: false, lsp: false }' \
    <<<"${OPENCODE_CONFIG_CONTENT:-null}") || give_up "OPENCODE_CONFIG_CONTENT is no JSON. Nothing was started."
  export OPENCODE_CONFIG_CONTENT
  say INFO "OpenCode and the agent's commands are guarded"
}

# OpenCode loads plugins with the first request that touches a directory, so one is made. Not before it answers:
# while it starts it takes connections whose requests it never answers.
open_workspaces() {
  local deadline=$((SECONDS + OPENED_WITHIN_SECONDS))
  until "$HERE/health.sh" && "$HERE/health.sh" --max-time 100 --get --data-urlencode "directory=$OPENCODE_WORKSPACES" /path; do
    ((SECONDS < deadline)) || { say WARN "OpenCode did not open $OPENCODE_WORKSPACES; plugins load with its first request"; return; }
    sleep 1
  done
  say INFO "OpenCode opened $OPENCODE_WORKSPACES and its plugins"
}

require_volume "$DATA" .opencode-data
require_volume "$OPENCODE_PLUGINS" .opencode-plugins
require_volume "$OPENCODE_WORKSPACES" workspaces
provide_shipped
link_plugins || say ERROR "the plugins could not be linked; OpenCode starts without them"
guard_opencode
open_workspaces &
say INFO "starting OpenCode"
cd "$OPENCODE_WORKSPACES" || give_up "$OPENCODE_WORKSPACES cannot be entered."
exec "${START[@]}" serve --print-logs --hostname "$OPENCODE_HOSTNAME" --port "$OPENCODE_PORT"
