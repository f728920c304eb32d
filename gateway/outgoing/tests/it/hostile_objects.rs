//! Objects that git would never write.

use crate::yard::{Yard, commit, git, write};
use gateway_outgoing::{Leaving, Limits, OutgoingFault};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

fn hashed(folder: &Path, kind: &str, bytes: &[u8]) -> String {
    let mut child = Command::new("git")
        .args(["hash-object", "-t", kind, "-w", "--literally", "--stdin"])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(bytes).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap().trim().to_owned()
}

fn raw(id: &str) -> Vec<u8> {
    hex::decode(id).unwrap()
}

fn entry(mode: &str, name: &[u8], id: &str) -> Vec<u8> {
    [mode.as_bytes(), b" ", name, b"\0", &raw(id)].concat()
}

/// A commit of that tree on what is checked out.
fn commits(agent: &Path, tree: &[u8]) {
    let tree = hashed(agent, "tree", tree);
    let text = format!(
        "tree {tree}\nparent {}\nauthor A <a@a.test> 1 +0000\ncommitter A <a@a.test> 1 +0000\n\nx\n",
        git(agent, &["rev-parse", "HEAD"])
    );
    let id = hashed(agent, "commit", text.as_bytes());
    std::fs::write(agent.join(".git/refs/heads/gateway/shop-12"), format!("{id}\n")).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn trees_that_programs_read_differently_do_not_leave() {
    // REQ-DELIVER-03: what was measured would be another than what is checked out
    let yard = Yard::new().await;
    let agent = yard.agent();
    let (good, evil) = (hashed(&agent, "blob", b"good"), hashed(&agent, "blob", b"evil"));
    let inner = hashed(&agent, "tree", &entry("100644", b"config", &evil));
    for (what, tree) in [
        ("a name twice", [entry("100644", b"a", &good), entry("100644", b"a", &evil)].concat()),
        ("no order", [entry("100644", b"b", &good), entry("100644", b"a", &evil)].concat()),
        (".git", entry("40000", b".git", &inner)),
        (".GIT", entry("40000", b".GIT", &inner)),
        ("git~1", entry("40000", b"git~1", &inner)),
        ("a sign without width", entry("40000", ".g\u{200c}it".as_bytes(), &inner)),
        ("..", entry("40000", b"..", &inner)),
        ("a slash", entry("100644", b"../../x", &evil)),
        ("a device", entry("60000", b"sda", &evil)),
        ("a file that is a folder", entry("100644", b"a", &inner)),
        ("a folder that is a file", entry("40000", b"a", &good)),
    ] {
        commits(&agent, &tree);
        let brought = yard.bring(Leaving::Committed);
        assert!(matches!(brought, Err(OutgoingFault::Unsafe(_))), "{what}: {brought:?}");
        git(&agent, &["update-ref", "refs/heads/gateway/shop-12", "refs/remotes/origin/main"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_object_is_not_taken_for_what_its_name_says() {
    // REQ-DELIVER-03
    let yard = Yard::new().await;
    let agent = yard.agent();
    write(&agent, "src/new.ts", "one\n");
    commit(&agent, "One");
    let id = git(&agent, &["rev-parse", "HEAD:src/new.ts"]);
    let other = hashed(&agent, "blob", b"other");
    let at = |id: &str| agent.join(".git/objects").join(&id[..2]).join(&id[2..]);
    std::fs::remove_file(at(&id)).unwrap();
    std::fs::copy(at(&other), at(&id)).unwrap();
    let fault = yard.bring(Leaving::Committed).unwrap_err();
    assert!(
        matches!(&fault, OutgoingFault::Unsafe(told) if told.contains("another than its name says")),
        "{fault}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_packed_is_read_and_what_is_damaged_is_not() {
    // REQ-DELIVER-03
    let yard = Yard::new().await;
    let agent = yard.agent();
    for n in 0..10 {
        let lines: String = (0..500).map(|line| format!("{} {n}\n", line * (1 + n % 3))).collect();
        write(&agent, "large.txt", lines);
        commit(&agent, &format!("Version {n}"));
    }
    git(&agent, &["repack", "-adfq", "--depth=50"]);
    git(&agent, &["prune-packed"]);
    git(&agent, &["pack-refs", "--all"]);
    let change = yard.try_measured(Leaving::Committed).await.unwrap();
    assert_eq!((change.commits, change.files.len()), (10, 1));

    let yard = Yard::new().await;
    let agent = yard.agent();
    write(&agent, "large.txt", "x");
    commit(&agent, "One");
    git(&agent, &["repack", "-adfq"]);
    git(&agent, &["prune-packed"]);
    for entry in std::fs::read_dir(agent.join(".git/objects/pack")).unwrap().flatten() {
        let mut bytes = std::fs::read(entry.path()).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0xff;
        std::fs::remove_file(entry.path()).unwrap();
        std::fs::write(entry.path(), bytes).unwrap();
    }
    let brought = yard.bring(Leaving::Committed);
    assert!(matches!(brought, Err(OutgoingFault::Unsafe(_))), "{brought:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_end_in_sentences() {
    // REQ-DELIVER-03: bytes, objects, commits, files, time
    let mut yard = Yard::new().await;
    let agent = yard.agent();
    for n in 0..20 {
        write(&agent, &format!("many/{n}.bin"), vec![n; 10_000]);
        commit(&agent, "More");
    }
    for (limits, words) in [
        (Limits { bytes: 100_000, ..Limits::default() }, "new files"),
        (Limits { objects: 10, ..Limits::default() }, "more than 10 new commits"),
        (Limits { commits: 5, ..Limits::default() }, "more than 5 commits"),
        (Limits { changed_files: 5, ..Limits::default() }, "changes 20 files"),
        (Limits { seen_files: 5, ..Limits::default() }, "more than 5 files"),
        (Limits { time: Duration::ZERO, ..Limits::default() }, "took longer"),
    ] {
        yard.limits = limits;
        std::fs::remove_dir_all(yard.own().join("runs")).unwrap();
        std::fs::create_dir_all(yard.own().join("runs")).unwrap();
        let fault = yard.try_measured(Leaving::WithFiles).await.unwrap_err();
        assert!(fault.to_string().contains(words), "{words}: {fault}");
    }
    yard.limits = Limits::default();
    assert_eq!(yard.measured().await.files.len(), 20, "and what was refused before is delivered whole");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_that_is_cut_is_said_to_be() {
    // REQ-DELIVER-03: `shallow` is the agent's word
    let yard = Yard::new().await;
    let agent = yard.agent();
    let text = format!(
        "tree {}\nparent {}\nauthor A <a@a.test> 1 +0000\ncommitter A <a@a.test> 1 +0000\n\nx\n",
        git(&agent, &["rev-parse", "HEAD^{tree}"]),
        "1".repeat(40)
    );
    let id = hashed(&agent, "commit", text.as_bytes());
    std::fs::write(agent.join(".git/refs/heads/gateway/shop-12"), format!("{id}\n")).unwrap();
    std::fs::write(agent.join(".git/shallow"), format!("{id}\n")).unwrap();
    let fault = yard.bring(Leaving::Committed).unwrap_err();
    assert!(fault.to_string().contains("not complete"), "{fault}");
}
