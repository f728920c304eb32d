//! The configured command: its words, its output, its time, and what it leaves behind.

use super::{Yard, file, git};
use crate::sessions::ports::WorkspaceFault;
use crate::workspace::Maker;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

fn script(text: &str, timeout: Duration) -> Yard {
    let words = ["sh", "-c", text, "task", "BUILDER_NAME={name}", "REPOS={repositories}"];
    let words = words.map(str::to_owned).to_vec();
    Yard::with(
        Maker::Command { words, timeout, environment: vec!["EXTRA_ONE".to_owned()] },
        Duration::from_secs(5),
    )
}

/// What `task builder:init` would do.
const MAKES: &str =
    "echo \"$1 $2\"; for r in web api; do mkdir -p .builders/shop/repos/$r; done; echo done >&2";

#[tokio::test]
async fn a_command_makes_the_workspace_and_its_output_is_told() {
    // REQ-WORK-01
    let yard = script(MAKES, Duration::from_secs(10));
    let made = yard.make("shop", "key1", &["web", "api"]).await.unwrap();
    assert!(made.new && made.workspace.branch.is_none());
    assert!(yard.told().contains("BUILDER_NAME=shop REPOS=web,api"), "{}", yard.told());
    assert!(yard.told().contains("done"), "both streams are told: {}", yard.told());
    let again = yard.make("shop", "key2", &["web", "api"]).await.unwrap();
    assert!(!again.new, "it is not run a second time");
}

#[tokio::test]
async fn a_command_that_fails_ends_the_start_and_leaves_nothing() {
    // REQ-WORK-03
    let yard = script(
        "mkdir -p .builders/shop/repos/web; echo no such builder >&2; exit 3",
        Duration::from_secs(10),
    );
    let fault = yard.make("shop", "key1", &["web"]).await.unwrap_err();
    assert!(
        matches!(&fault, WorkspaceFault::CommandFailed(told) if told.contains("no such builder")),
        "{fault:?}"
    );
    assert_eq!(yard.left(), [""; 0]);
}

#[tokio::test]
async fn a_command_that_makes_nothing_is_told() {
    // REQ-WORK-03
    let yard = script("true", Duration::from_secs(10));
    let fault = yard.make("shop", "key1", &["web"]).await.unwrap_err().to_string();
    assert!(fault.contains("has no repository web"), "{fault}");
    assert_eq!(yard.left(), [""; 0]);
}

#[tokio::test]
async fn a_command_that_hangs_is_stopped_with_all_that_it_started() {
    // REQ-WORK-03
    let pids = tempfile::NamedTempFile::new().unwrap();
    let text = format!("sleep 300 & echo $! > {}; mkdir -p .builders/shop; wait", pids.path().display());
    let yard = script(&text, Duration::from_millis(500));
    let began = Instant::now();
    let fault = yard.make("shop", "key1", &["web"]).await.unwrap_err();
    assert!(matches!(fault, WorkspaceFault::TimedOut { .. }), "{fault:?}");
    assert!(began.elapsed() < Duration::from_secs(20));
    assert_eq!(yard.left(), [""; 0]);
    let pid = std::fs::read_to_string(pids.path()).unwrap();
    let state = || std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    // Killed at once; whoever adopts it takes it off the list a moment later.
    for _ in 0..200 {
        if state().is_empty() || state().contains(") Z ") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the child still runs: {}", state());
}

#[tokio::test]
async fn secrets_and_garbage_in_its_output_do_no_harm() {
    // REQ-WORK-03, REQ-THREAD-06
    let text = "echo GITHUB_TOKEN=ghp_abcdefghijklmnopqrstuvwxyz0123; head -c 100000 /dev/urandom; echo; \
        i=0; while [ $i -lt 300 ]; do echo line $i; i=$((i+1)); done; printf '\\033[31mred\\033[0m'; exit 1";
    let yard = script(text, Duration::from_secs(20));
    let fault = yard.make("shop", "key1", &["web"]).await.unwrap_err().to_string();
    let told = yard.told();
    assert!(!told.contains("ghp_") && !fault.contains("ghp_"), "{fault}");
    assert!(told.contains("more lines."), "what is left out is counted");
    assert!(told.lines().count() < 210 && told.lines().all(|line| line.chars().count() <= 400));
    assert!(fault.contains("red") && !fault.contains('\u{1b}'), "{fault}");
}

#[tokio::test]
async fn nothing_of_the_gateways_environment_is_handed_on_unasked() {
    // REQ-WORK-04, L7: whatever else is in it may be a secret too.
    let secrets = [
        ("BRIDGE_TOKEN", "one"),
        ("GATEWAY_OPENCODE_PASSWORD", "two"),
        ("SLACK_BOT_TOKEN", "three"),
        ("OTHER_SECRET", "four"),
        ("AWS_SECRET_ACCESS_KEY", "five"),
        ("EXTRA_ONE", "wanted"),
    ];
    if std::env::var_os("BRIDGE_TOKEN").is_none() {
        return again_with(&secrets);
    }
    let text = "env | grep -E '(TOKEN|PASSWORD|SECRET|EXTRA)' | sed 's/^/has /'; echo \"path $PATH\"; exit 1";
    let yard = script(text, Duration::from_secs(9));
    yard.make("shop", "key1", &["web"]).await.unwrap_err();
    let told = yard.told();
    assert!(told.contains("path /") && told.contains("has EXTRA_ONE=wanted"), "{told}");
    assert_eq!(told.matches("has ").count(), 1, "{told}");
}

#[tokio::test]
async fn a_repository_that_a_command_made_is_cleaned_and_its_work_kept() {
    // REQ-WORK-02, REQ-HARD-03: its git data is the agent's, so it is read and written as plain files.
    let text = "mkdir -p .builders/shop/repos/web && cd .builders/shop/repos/web && git init -q -b main && \
        echo one > a.txt && git add . && git -c user.name=T -c user.email=t@example.invalid commit -qm First";
    let yard = script(text, Duration::from_secs(20));
    let made = yard.make("shop", "key1", &["web"]).await.unwrap();
    let tree = Path::new(&made.directory);
    let proof = yard.home.path().join("proof");
    git(tree, &["config", "core.fsmonitor", &format!("touch {}", proof.display())]);
    std::fs::remove_file(&proof).ok();
    std::fs::write(tree.join("a.txt"), "two\n").unwrap();
    std::fs::write(tree.join("b.txt"), "new").unwrap();
    std::fs::write(yard.folder().join("shop/repos/beside.txt"), "beside").unwrap();
    let again = yard.make("shop", "key2", &["web"]).await.unwrap();
    assert!(!proof.exists(), "nothing of the agent's ran");
    assert_eq!(file(&again.directory, "a.txt").as_deref(), Some("one\n"));
    assert_eq!((file(&again.directory, "b.txt"), file(&again.directory, "../beside.txt")), (None, None));
    git(tree, &["config", "--unset", "core.fsmonitor"]);
    assert_eq!(git(tree, &["status", "--porcelain"]), "");
    let kept = yard.only("kept");
    let rescue = git(&kept, &["for-each-ref", "--format=%(refname:short)", "refs/heads/rescue"]);
    assert_eq!(git(&kept, &["show", &format!("{rescue}:a.txt")]), "two");
    assert!(
        yard.told().contains("2 uncommitted files saved") && yard.told().contains("1 file beside"),
        "{}",
        yard.told()
    );
}

/// A process cannot safely change its own variables: the test of that name runs once more in a process that has them.
fn again_with(variables: &[(&str, &str)]) {
    let program = std::env::current_exe().unwrap();
    let test = std::thread::current().name().unwrap().to_owned();
    let run =
        Command::new(program).args([&test, "--exact"]).envs(variables.iter().copied()).output().unwrap();
    let told = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success() && told.contains("1 passed"), "{told}");
}

#[tokio::test]
async fn a_full_disk_is_told_and_cleaned_up() {
    // REQ-WORK-03: what git says when there is no room, from a command that stands in for it.
    let yard =
        script("echo 'fatal: write error: No space left on device' >&2; exit 128", Duration::from_secs(9));
    let fault = yard.make("shop", "key1", &["web"]).await.unwrap_err();
    assert!(matches!(fault, WorkspaceFault::DiskFull(_)), "{fault:?}");
    assert_eq!(yard.left(), [""; 0]);
}
