//! REQ-GATE-07: what a hostile command tries. Each attack is made without the guard first, where it must succeed, so that
//! its failure in the guarded shell says something.

use crate::python;
use crate::stage::{CAME_THROUGH, PASSWORD, Stage, is_root, landlock_is_here, text, users};
use crate::victim::{Victim, greeting_abstract_socket, greeting_port};
use serde_json::json;
use std::process::Output;

enum Plain {
    /// Without the guard it succeeds.
    Succeeds,
    /// It depends on the machine: on rights that a container may lack, on what the kernel was built with.
    MaySucceed,
}
use Plain::{MaySucceed, Succeeds};

/// A shell that was refused would refuse every attack.
const STARTED: &str = "started";

type Attack = (&'static str, Plain, String);

/// A shell script that came through if it ended well.
fn shell(name: &'static str, plain: Plain, script: &str) -> Attack {
    (name, plain, format!("{script} && echo {CAME_THROUGH}"))
}

fn python(name: &'static str, plain: Plain, attack: &str) -> Attack {
    (name, plain, python::script(attack))
}

fn on_opencode() -> Vec<Attack> {
    vec![
        shell("its environment", Succeeds, &format!("grep -aq {PASSWORD} /proc/$T_VICTIM/environ")),
        shell("its memory map", Succeeds, "grep -q stack /proc/$T_VICTIM/maps"),
        shell("its root", Succeeds, "cat /proc/$T_VICTIM/root/$T_TOKEN"),
        shell("its folder", Succeeds, "cat /proc/$T_VICTIM/cwd/../../secret/token"),
        shell("its descriptors", Succeeds, "readlink /proc/$T_VICTIM/fd/0"),
        shell("a signal that stops it", Succeeds, "kill -STOP $T_VICTIM"),
        shell("a signal that ends it", Succeeds, "kill -KILL $T_VICTIM"),
        shell("a signal to its group", Succeeds, "kill -STOP -- $T_VICTIM $T_VICTIM"),
        python("its memory, as a file", Succeeds, python::MEMORY_FILE),
        python("its memory, by a call", MaySucceed, python::MEMORY_CALL),
        python("tracing it", MaySucceed, python::TRACE),
        python("taking a descriptor of it", MaySucceed, python::TAKE_DESCRIPTOR),
    ]
}

fn on_files() -> Vec<Attack> {
    let secrets = [
        ("a secret", "cat $T_TOKEN"),
        ("a secret behind a link", "ln -s $T_TOKEN link; cat link"),
        ("a secret behind a linked folder", "ln -s $T_ROOT/secret folder; cat folder/token"),
        ("a secret by a hard link", "ln $T_TOKEN hard && cat hard"),
        ("a secret that is moved", "mv $T_TOKEN moved && cat moved"),
        ("a folder that is moved", "mv $T_ROOT/secret moved && cat moved/token"),
        ("a secret through the own root", "cat /proc/self/root$T_TOKEN"),
        ("a secret from within its folder", "cd $T_ROOT/secret && cat token"),
        ("a secret with dots on the way", "cat $T_ROOT/work/../secret/token"),
        ("a secret that is copied", "cp $T_TOKEN copy"),
        ("a secret that is executed", "bash $T_TOKEN; test $? -eq 127"),
        ("OpenCode's database", "cat $T_DATA"),
        ("OpenCode's database, to write", "echo x >> $T_DATA"),
        ("OpenCode's home", "echo 'touch /x' >> $T_ROOT/opencode-home/.bashrc"),
    ];
    let writes = [
        ("the plugin, written anew", "echo evil > $T_PLUGIN"),
        ("the plugin, appended to", "echo evil >> $T_PLUGIN"),
        ("the plugin, emptied", "truncate -s 0 $T_PLUGIN"),
        ("the plugin, removed", "rm -f $T_PLUGIN"),
        ("the plugin, replaced", "echo evil > evil; mv -f evil $T_PLUGIN"),
        ("the plugin's folder, moved away", "mv $T_ROOT/plugin $T_ROOT/gone"),
        ("the plugin through a link", "ln -s $T_PLUGIN way; echo evil > way"),
        ("the configuration", "echo evil > $T_CONFIG"),
        ("a file beside the configuration", "touch $T_ROOT/config/agents"),
        ("the guard itself", "cp /bin/true $T_GUARD/sh --remove-destination"),
        ("the guard's policy", "echo '{}' > $T_GUARD/guard.json"),
        ("another worktree", "echo evil > $T_OTHER/README"),
        ("a file in another worktree", "touch $T_OTHER/new"),
        ("another worktree, moved", "mv $T_OTHER stolen"),
        ("a worktree of one's own making", "mkdir $T_ROOT/work/three"),
        ("another session's temporary folder", "mkdir -p $T_ROOT/tmp/ses_two"),
    ];
    secrets.into_iter().chain(writes).map(|(name, script)| shell(name, Succeeds, script)).collect()
}

fn on_the_kernel() -> Vec<Attack> {
    vec![
        shell("a mount", MaySucceed, "mkdir m && mount -t tmpfs none m"),
        shell("a mount in a user namespace", MaySucceed, "mkdir m; unshare -Urm mount -t tmpfs none m"),
        shell(
            "a mount over the secret",
            MaySucceed,
            "mkdir m && mount --bind $T_ROOT/secret m && cat m/token",
        ),
        shell("a device", MaySucceed, "mknod disk b 254 0"),
        shell(
            "a disk or the memory",
            MaySucceed,
            "test -n \"$(head -c 16 $(ls /dev/vd? /dev/sd? 2>/dev/null | head -n1))\"",
        ),
        shell("new privileges by a setuid program", MaySucceed, "grep -q 'NoNewPrivs:.0' /proc/self/status"),
        shell("powers of root", MaySucceed, "! grep -q 'CapEff:.00000000000.....' /proc/self/status"),
        python("io_uring", MaySucceed, python::IO_URING),
        python("another namespace", MaySucceed, python::SET_NAMESPACE),
        python("the keyring", MaySucceed, python::KEYRING),
        python("a program for the kernel", MaySucceed, python::BPF),
    ]
}

fn on_the_guard() -> Vec<Attack> {
    let own_policy = r#"cp $T_GUARD/guard . && echo '{ "programs": {}, "agent": { "work_roots": [], "home": "'$PWD'/h", "temporary": "'$PWD'/t" } }' > guard.json && mkdir h t && GUARD_WORKTREE= ./guard run -- cat $T_TOKEN"#;
    vec![
        shell("the password of OpenCode", Succeeds, &format!("env | grep {PASSWORD}")),
        shell("a guard with an own policy", Succeeds, own_policy),
        shell(
            "the guard for another session",
            Succeeds,
            "GUARD_WORKTREE=$T_OTHER ${T_SHELL:-$T_GUARD/bash} -c 'echo evil > $T_OTHER/README'",
        ),
        shell("a library before all others", Succeeds, "LD_PRELOAD=./evil.so cat $T_TOKEN"),
        shell(
            "the guard with a library before it",
            Succeeds,
            "LD_PRELOAD=./evil.so ${T_SHELL:-$T_GUARD/bash} -c 'cat $T_TOKEN'",
        ),
        shell("the real shell", Succeeds, "/bin/bash -c 'cat $T_TOKEN'"),
        shell("a new process group and session", Succeeds, "setsid -w cat $T_TOKEN"),
    ]
}

fn on_ports() -> Vec<Attack> {
    vec![
        python("the port", Succeeds, python::TCP),
        shell(
            "the port from the shell",
            Succeeds,
            "exec 3<>/dev/tcp/127.0.0.1/$T_PORT && grep -q welcome <&3",
        ),
        python("the port by MPTCP", MaySucceed, python::MULTIPATH_TCP),
        python("the port by Fast Open", MaySucceed, python::FAST_OPEN),
        python("the port by Fast Open in a message", MaySucceed, python::FAST_OPEN_MESSAGE),
        python("an abstract socket", Succeeds, python::ABSTRACT_SOCKET),
    ]
}

#[test]
fn nothing_of_opencode_is_reached() {
    refused(&on_opencode(), &json!({}), &[]);
}

#[test]
fn no_secret_is_read_and_nothing_of_others_is_written() {
    refused(&on_files(), &json!({}), &[]);
}

#[test]
fn no_way_around_the_kernels_rules() {
    refused(&on_the_kernel(), &json!({}), &[]);
}

#[test]
fn the_guard_itself_is_no_way_out() {
    refused(&on_the_guard(), &json!({}), &[]);
}

#[test]
fn no_closed_port_is_reached() {
    let (port, name) = (greeting_port(), greeting_abstract_socket());
    let told = [("T_PORT", port.to_string()), ("T_ABSTRACT", name)];
    refused(&on_ports(), &json!({ "denied_ports": [port] }), &told);
}

/// Each attack, by each user: plain and guarded, on a stage of its own.
fn refused(attacks: &[Attack], policy: &serde_json::Value, told: &[(&str, String)]) {
    if !landlock_is_here() {
        return;
    }
    let mut through = vec![];
    for user in users() {
        for (name, plain, script) in attacks {
            let (without, _) = made(user, policy, told, "/bin/bash", script);
            match (came_through(&without), plain) {
                (false, Succeeds) => {
                    through.push(format!("{name}, {user:?}, shows nothing: {}", text(&without)))
                }
                (false, MaySucceed) => {
                    println!("{name}, {user:?}: this machine itself refuses it: {}", text(&without))
                }
                (true, _) => {}
            }
            let (guarded, harm) = made(user, policy, told, "guard/bash", script);
            if came_through(&guarded) || harm || !text(&guarded).starts_with(STARTED) {
                through.push(format!("{name}, {user:?}: {}", text(&guarded)));
            }
        }
    }
    assert!(through.is_empty(), "{}", through.join("\n"));
}

fn came_through(output: &Output) -> bool {
    String::from_utf8_lossy(&output.stdout).contains(CAME_THROUGH)
}

/// What it printed, and whether anybody was harmed.
fn made(
    user: Option<u32>,
    policy: &serde_json::Value,
    told: &[(&str, String)],
    shell: &str,
    script: &str,
) -> (Output, bool) {
    let stage = Stage::with(user, policy);
    let mut victim = Victim::born(&stage);
    let plain = shell.starts_with('/');
    let mut command = stage.command(&stage.at("").join(shell));
    if plain {
        command.env("T_SHELL", shell);
    }
    let variables = [("T_VICTIM", victim.pid().to_string()), ("T_ADDRESS", victim.address.clone())];
    command.envs(variables).envs(told.iter().map(|(name, value)| (name, value)));
    let output = command.args(["-c", &format!("echo {STARTED}\n{script}")]).output().unwrap();
    // A plain mount would outlive the stage's folder.
    if plain {
        let _ = stage.plain("umount m 2>/dev/null");
    }
    let harm = !victim.is_well() || !stage.is_whole();
    (output, harm)
}

#[test]
fn ending_everybody_ends_only_the_session() {
    // REQ-GATE-07: without the guard this would end all that the user has, so there is no plain try.
    if !landlock_is_here() || !is_root() {
        println!("SKIPPED: it needs a user of its own, so only root can show it");
        return;
    }
    let stage = Stage::set(Some(61_235));
    let mut victim = Victim::born(&stage);
    stage.guarded("trap '' TERM; kill -TERM -1; kill -KILL -1");
    assert!(victim.is_well());
}

#[test]
fn a_descriptor_that_somebody_left_open_is_not_inherited() {
    // REQ-GATE-07
    if !landlock_is_here() {
        return;
    }
    let stage = Stage::set(None);
    let script = |shell: &str| format!("exec 7<$T_TOKEN; exec {shell} -c 'cat <&7'");
    assert!(text(&stage.plain(&script("/bin/bash"))).contains(crate::stage::SECRET));
    let guarded = stage.plain(&script("$T_GUARD/bash"));
    assert!(text(&guarded).contains("Bad file descriptor"), "{}", text(&guarded));
}

#[test]
fn opencode_itself_reads_no_secret_and_writes_no_plugin() {
    // REQ-GATE-07: `opencode` is a shell here, so what it does is what OpenCode's own tools would do.
    if !landlock_is_here() {
        return;
    }
    for user in users() {
        let stage = Stage::set(user);
        let opencode = |script: &str| {
            let mut command = stage.command(&stage.at("guard/guard"));
            command.env("T_VICTIM", std::process::id().to_string());
            command.args(["opencode", "-c", script]).output().unwrap()
        };
        let works = opencode("echo x >> $T_DATA && echo x >> $T_OTHER/README && cat $T_CONFIG && env");
        assert!(works.status.success() && text(&works).contains(PASSWORD), "{}", text(&works));
        for attack in [
            "cat $T_TOKEN",
            "echo x > $T_PLUGIN",
            "echo x > $T_CONFIG",
            "rm $T_GUARD/guard.json",
            "echo x > /etc/x",
        ] {
            let output = opencode(attack);
            assert!(
                !output.status.success() && text(&output).contains("denied"),
                "{attack}: {}",
                text(&output)
            );
        }
        // A command of the agent's is held twice.
        let command = opencode(
            "$T_GUARD/bash -c 'cat README && ! cat $T_DATA && ! cat $T_TOKEN && ! kill -STOP $T_VICTIM'",
        );
        assert!(command.status.success() && text(&command).contains("mine"), "{}", text(&command));
    }
}
