//! REQ-GATE-07: ordinary work goes on in the guarded shell.

use crate::stage::{Stage, landlock_is_here, text};

fn works(script: &str, prints: &str) {
    if !landlock_is_here() {
        return;
    }
    let stage = Stage::set(None);
    let output = stage.guarded(&format!("set -euo pipefail\n{script}"));
    let said = text(&output);
    assert!(output.status.success() && said.contains(prints), "{}: {said}", output.status);
}

#[test]
fn git_commits_branches_and_runs_hooks() {
    works(
        "git init -qb main . && git config user.name A && git config user.email a@example.invalid
         printf '#!/bin/sh\\necho the hook ran\\n' > .git/hooks/pre-commit && chmod +x .git/hooks/pre-commit
         git add . && git commit -qm First 2>&1 && git switch -qc other && git worktree add -q tree && git log --oneline",
        "the hook ran",
    );
}

#[test]
fn git_pushes_to_a_repository_of_the_session() {
    works(
        "git init -q --bare bare.git && git clone -q bare.git clone 2>&1 && cd clone
         git config user.name A && git config user.email a@example.invalid
         git commit -q --allow-empty -m First && git push -q origin HEAD:main && git -C ../bare.git log --oneline main",
        "First",
    );
}

#[test]
fn make_and_a_c_compiler() {
    works(
        r#"printf '#include <stdio.h>\nint main(void) { puts("compiled"); return 0; }\n' > hello.c
           printf 'run: hello\n\t./hello\nhello: hello.c\n\tcc -o $@ $<\n' > Makefile && make -s run"#,
        "compiled",
    );
}

#[test]
fn python_with_an_environment_of_its_own() {
    works(
        "python3 -m venv --without-pip venv
         venv/bin/python -c 'import sys, tempfile, multiprocessing as m; tempfile.TemporaryFile(); m.Lock(); print(\"in\", sys.prefix)'",
        "work/one/venv",
    );
}

#[test]
fn a_server_in_node_and_a_request_to_it() {
    works(
        r#"node -e 'require("http").createServer((q, a) => a.end("served")).listen(0, "127.0.0.1",
               function () { require("fs").writeFileSync("port", String(this.address().port)) })' &
           until [ -s port ]; do sleep 0.05; done
           curl -s "http://127.0.0.1:$(cat port)/"; kill $!"#,
        "served",
    );
}

#[test]
fn npm_installs_and_tests() {
    works(
        r#"mkdir dependency && echo '{ "name": "dependency", "version": "1.0.0" }' > dependency/package.json
           echo 'module.exports = "from the dependency"' > dependency/index.js
           echo '{ "name": "mine", "scripts": { "test": "node -p \"require(\\\"dependency\\\")\"" } }' > package.json
           npm install --offline --no-audit --no-fund ./dependency && npm test --silent"#,
        "from the dependency",
    );
}

#[test]
fn cargo_builds_and_tests() {
    works(
        "cargo init -q --vcs none --lib --name tiny tiny && cd tiny && cargo test --offline 2>&1",
        "test result: ok. 1 passed",
    );
}

#[test]
fn what_shells_do_all_day() {
    works(
        r#"cat <<TEXT > here; grep -q document here
a here-document
TEXT
           file=$(mktemp) && folder=$(mktemp -d) && case $file in "$TMPDIR"/*) ;; *) exit 3 ;; esac
           diff <(echo same) <(echo same)
           mkfifo pipe && { echo through > pipe & } && read -r word < pipe && test "$word" = through
           ln here hard && ln -s here soft && mkdir sub && mv hard "$folder/" && mv "$folder/hard" sub/
           tar -cf - sub | tar -tf - > /dev/null && flock here true && echo x | tee /dev/null > /dev/null
           ls / /etc > /dev/null && ps > /dev/null && sleep 30 & kill $!; test -w "$HOME" && echo all day"#,
        "all day",
    );
}

#[test]
fn a_debugger_of_ones_own_children() {
    works(
        "trap 'echo traced' USR1; (kill -USR1 $$); strace -f -o trace true && grep -q exit_group trace && echo traced",
        "traced",
    );
}

#[test]
fn exit_codes_and_signals_come_out_as_they_are() {
    if !landlock_is_here() {
        return;
    }
    use std::os::unix::process::ExitStatusExt;
    let stage = Stage::set(None);
    assert_eq!(stage.guarded("exit 37").status.code(), Some(37));
    assert_eq!(stage.guarded("kill -KILL $$").status.signal(), Some(9));
    assert_eq!(stage.guarded("no-such-program").status.code(), Some(127));
}
