//! REQ-GATE-07: commands of one session share a domain, and nobody else gets in.

use crate::stage::{CAME_THROUGH, Stage, landlock_is_here, text, users};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// What OpenCode would run: here a shell in the outer domain that calls the guarded one several times.
fn opencode(stage: &Stage, script: &str) -> Output {
    started(stage, script).output().unwrap()
}

fn started(stage: &Stage, script: &str) -> Command {
    let mut command = stage.command(&stage.at("guard/guard"));
    command.args(["opencode", "-c", &format!("cd $T_ROOT/work/one; bash=$T_GUARD/bash\n{script}")]);
    command
}

fn keepers_are_here() -> bool {
    let here = landlock_is_here();
    let report = Command::new(env!("CARGO_BIN_EXE_guard")).arg("report").output().unwrap();
    here && text(&report).contains("signals and abstract sockets") && !text(&report).contains("\"abi\":5")
}

#[test]
fn a_later_command_sees_and_ends_what_an_earlier_one_left_running() {
    if !keepers_are_here() {
        return;
    }
    for user in users() {
        let stage = Stage::set(user);
        let output = opencode(
            &stage,
            "$bash -c 'sleep 300 > /dev/null 2>&1 & echo $! > pid'
             $bash -c 'readlink /proc/$(cat pid)/exe && kill $(cat pid)' && echo ended it",
        );
        assert!(text(&output).contains("ended it") && text(&output).contains("sleep"), "{}", text(&output));
    }
}

#[test]
fn what_goes_in_and_comes_out_is_the_commands_own() {
    if !keepers_are_here() {
        return;
    }
    let stage = Stage::set(None);
    let output = opencode(
        &stage,
        r#"echo in | $bash -c 'cat; echo err >&2; exit 37'; echo code $?
           $bash -c 'kill -TERM $$'; echo code $?
           mkdir -p deep && cd deep && $bash -c 'basename "$PWD"; echo "$0 $#" "$@"' name 'a b' '' $'c\nd'
           $bash -c 'test -z "$OPENCODE_SERVER_PASSWORD" && test -z "$GUARD_KEEPERS" && echo clean; umask; ulimit -n'"#,
    );
    let said = text(&output);
    for part in ["in\n", "err\n", "code 37", "code 143", "deep\n", "name 3", "c\nd", "clean"] {
        assert!(said.contains(part), "{part:?} in {said}");
    }
}

#[test]
fn the_attacks_are_refused_there_too() {
    if !keepers_are_here() {
        return;
    }
    for user in users() {
        let stage = Stage::set(user);
        let attacks = [
            "cat $T_TOKEN",
            "cat $T_DATA",
            "echo x > $T_PLUGIN",
            "echo x > $T_OTHER/README",
            "kill -STOP $OUTER",
            "cat /proc/$OUTER/environ",
            // The keeper itself, and the broker: they belong to nobody who runs a command.
            "cat /proc/$PPID/environ",
            "readlink /proc/$PPID/fd/0",
        ];
        for attack in attacks {
            let script =
                format!("export T_OUTER=$$; $bash -c 'OUTER=$T_OUTER; {attack} && echo {CAME_THROUGH}'");
            let output = opencode(&stage, &script);
            let root_sees = user.is_none() && crate::stage::is_root() && attack.contains("PPID");
            assert!(root_sees || !text(&output).contains(CAME_THROUGH), "{attack}: {}", text(&output));
            assert!(stage.is_whole(), "{attack}");
        }
    }
}

#[test]
fn nobody_orders_for_another_session_or_stands_in_for_the_broker() {
    if !keepers_are_here() {
        return;
    }
    for user in users() {
        let stage = Stage::set(user);
        // The agent knows the broker's name, but the kernel does not let it connect: what it starts stays its own.
        let output = opencode(
            &stage,
            "export T_KEEPERS=$GUARD_KEEPERS
             $bash -c 'GUARD_KEEPERS=$T_KEEPERS GUARD_SESSION=ses_two GUARD_WORKTREE=$T_OTHER $T_GUARD/bash -c \"echo evil > $T_OTHER/README\"'
             GUARD_SESSION=ses_two GUARD_WORKTREE=$T_OTHER $bash -c 'cat $T_OTHER/README'",
        );
        assert!(stage.is_whole() && text(&output).contains("another's"), "{}", text(&output));
        // A socket of that name that somebody else made is not asked.
        let forged = opencode(
            &stage,
            r#"name=${GUARD_KEEPERS#*:}; export GUARD_KEEPERS=$$:forged
               /usr/bin/python3 -c 'import socket, time
s = socket.socket(socket.AF_UNIX); s.bind("\0forged"); s.listen(); open("ready", "w").close(); s.settimeout(20)
c = s.accept()[0]; print("asked", c.recv(100))' & until [ -e ready ]; do sleep 0.05; done
               $bash -c 'echo in a domain of its own'; wait"#,
        );
        let said = text(&forged);
        assert!(said.contains("in a domain of its own") && said.contains("asked b''"), "{said}");
    }
}

#[test]
fn sessions_do_not_reach_each_other() {
    if !keepers_are_here() {
        return;
    }
    let stage = Stage::set(None);
    let output = opencode(
        &stage,
        "$bash -c 'sleep 300 > /dev/null 2>&1 & echo $! > pid'
         pid=$(cat pid); GUARD_SESSION=ses_two GUARD_WORKTREE=$T_OTHER $bash -c \"! kill $pid && ! cat /proc/$pid/environ && echo kept out\"
         $bash -c 'kill $(cat pid)' && echo ended it",
    );
    assert!(text(&output).contains("kept out") && text(&output).contains("ended it"), "{}", text(&output));
}

#[test]
fn a_command_ends_with_whoever_waits_for_it() {
    if !keepers_are_here() {
        return;
    }
    for signal in ["TERM", "KILL"] {
        let stage = Stage::set(None);
        let script = format!(
            "$bash -c 'trap : TERM; echo $$ > pid; while :; do sleep 0.1; done' & caller=$!
             until [ -s pid ]; do sleep 0.05; done; kill -{signal} $caller; wait
             until ! kill -0 $(cat pid) 2>/dev/null; do sleep 0.05; done; echo ended"
        );
        assert!(text(&opencode(&stage, &script)).contains("ended"), "{signal}");
    }
}

#[test]
fn a_keeper_that_was_killed_is_told_and_replaced() {
    if !keepers_are_here() {
        return;
    }
    let stage = Stage::set(None);
    let output = opencode(
        &stage,
        "$bash -c 'trap \"\" TERM; kill -KILL $PPID; exec sleep 5 > /dev/null 2>&1'; echo code $?
         $bash -c 'echo the next one'",
    );
    let said = text(&output);
    assert!(
        said.contains("nobody knows how far") && said.contains("code 126") && said.contains("the next one"),
        "{said}"
    );
}

#[test]
fn the_keepers_end_with_opencode() {
    if !keepers_are_here() {
        return;
    }
    let stage = Stage::set(None);
    let mut command = started(&stage, "$bash -c 'echo $PPID > keeper'; touch started; exec sleep 300");
    let mut process = command.stdout(Stdio::null()).spawn().unwrap();
    let keeper =
        until(|| std::fs::read_to_string(stage.at("work/one/keeper")).ok().filter(|pid| pid.ends_with('\n')));
    process.kill().unwrap();
    process.wait().unwrap();
    until(|| gone(keeper.trim()).then_some(()));
}

fn gone(pid: &str) -> bool {
    let command = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    !String::from_utf8_lossy(&command).contains("keeper")
}

#[test]
fn many_at_once_each_get_their_own_answer() {
    if !keepers_are_here() {
        return;
    }
    let stage = Stage::set(None);
    let output = opencode(
        &stage,
        "for i in $(seq 40); do $bash -c \"echo out-$i; exit $i\" & pids[i]=$!; done
         for i in $(seq 40); do wait ${pids[i]}; test $? -eq $i || echo wrong $i; done",
    );
    let said = text(&output);
    assert!(!said.contains("wrong") && (1..=40).all(|i| said.contains(&format!("out-{i}\n"))), "{said}");
}

fn until<T>(mut found: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(Instant::now() < deadline, "it did not come to be");
        std::thread::sleep(Duration::from_millis(20));
    }
}
