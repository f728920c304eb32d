//! Which files leave, when more than the commits do.

use crate::yard::{Yard, commit, git, write};
use gateway_outgoing::{AgentsFolder, Leaving, OutgoingFault, bring_over};
use sha2::{Digest, Sha256};
use std::path::Path;

fn names(yard: &Yard, tree: &str) -> Vec<String> {
    let run = std::fs::read_dir(yard.own().join("runs")).unwrap().flatten().next().unwrap().path();
    git(&run, &["ls-tree", "-r", "--name-only", tree]).lines().map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn committed_work_leaves_and_the_rest_if_told() {
    // REQ-DELIVER-03
    let yard = Yard::new().await;
    let agent = yard.agent();
    write(&agent, "src/done.ts", "x\n");
    let done = commit(&agent, "Done");
    write(&agent, "src/draft.ts", "x\n");
    write(&agent, "debug.log", "x\n");
    write(&agent, "node_modules/a/index.js", "x\n");
    yard.fetch_base().await.unwrap();

    let brought = yard.bring(Leaving::Committed).unwrap();
    assert_eq!(
        (brought.commit.as_deref(), brought.branch.as_deref()),
        (Some(&done[..]), Some("gateway/shop-12"))
    );
    assert_eq!(brought.tree, git(&agent, &["rev-parse", "HEAD^{tree}"]));
    let brought = yard.bring(Leaving::WithFiles).unwrap();
    assert_eq!(brought.uncommitted, 1);
    git(&agent, &["add", "-A"]);
    assert_eq!(brought.tree, git(&agent, &["write-tree"]));

    git(&agent, &["checkout", "-q", "-f", "main"]);
    let brought = yard.bring(Leaving::CommittedOn("gateway/shop-12")).unwrap();
    assert_eq!(brought.commit.as_deref(), Some(&done[..]));
    assert_eq!(yard.bring(Leaving::CommittedOn("none")), Err(OutgoingFault::NothingChanged));
    git(&agent, &["checkout", "-q", "--detach"]);
    assert_eq!(yard.bring(Leaving::Committed).unwrap().branch, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_of_what_is_ignored_are_gits_own() {
    // REQ-DELIVER-03: compared with git itself
    let yard = Yard::new().await;
    let agent = yard.agent();
    write(&agent, "tracked.log", "in git although it is ignored\n");
    git(&agent, &["add", "-f", "tracked.log"]);
    git(&agent, &["commit", "-q", "-m", "Tracked"]);
    write(&agent, "tracked.log", "changed\n");
    write(&agent, ".gitignore", "*.log\n!keep.log\n/top\nbuild/\n**/deep/*.tmp\n[ab].txt\n");
    write(&agent, "sub/.gitignore", "*.md\n!yes.md\n");
    write(&agent, ".git/info/exclude", "private/\n");
    for path in [
        "a.log",
        "keep.log",
        "top",
        "sub/top",
        "build/x",
        "sub/build/x",
        "x/deep/a.tmp",
        "a.txt",
        "c.txt",
        "sub/no.md",
        "sub/yes.md",
        "private/x",
        "private.txt",
        "node_modules/x",
    ] {
        write(&agent, path, "x\n");
    }
    let brought = yard.bring(Leaving::WithFiles).unwrap();
    git(&agent, &["add", "-A"]);
    let of_git = git(&agent, &["ls-files"]);
    assert_eq!(names(&yard, &brought.tree), of_git.lines().collect::<Vec<_>>());
    assert_eq!(brought.tree, git(&agent, &["write-tree"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pattern_that_takes_ages_is_not_tried() {
    // REQ-DELIVER-03
    let yard = Yard::new().await;
    let agent = yard.agent();
    write(&agent, ".gitignore", format!("{}b\n", "a*".repeat(40)));
    write(&agent, &"a".repeat(200), "x\n");
    let began = std::time::Instant::now();
    yard.bring(Leaving::WithFiles).unwrap();
    assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn repositories_within_stay_behind_and_that_is_said() {
    // REQ-DELIVER-03
    let yard = Yard::new().await;
    let agent = yard.agent();
    std::fs::create_dir_all(agent.join("inner")).unwrap();
    git(&agent.join("inner"), &["init", "-q"]);
    write(&agent, "inner/a.txt", "x\n");
    write(&agent, "src/new.ts", "x\n");
    let brought = yard.bring(Leaving::WithFiles).unwrap();
    assert!(!names(&yard, &brought.tree).iter().any(|name| name.starts_with("inner")));
    assert_eq!(brought.left_behind, ["inner is a separate repository, and stays behind."]);
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_files_are_left_or_refused() {
    // REQ-DELIVER-03
    let yard = Yard::new().await;
    let agent = yard.agent();
    let (fifo, mode) = (rustix::fs::FileType::Fifo, 0o644.into());
    rustix::fs::mknodat(rustix::fs::CWD, agent.join("pipe"), fifo, mode, 0).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(agent.join("socket")).unwrap();
    write(&agent, "empty/sub/.keep", "");
    let brought = yard.bring(Leaving::WithFiles).unwrap();
    assert!(!names(&yard, &brought.tree).iter().any(|name| name == "pipe" || name == "socket"));
    write(&agent, "sub/.GIT/config", "x\n");
    let fault = yard.bring(Leaving::WithFiles).unwrap_err();
    assert!(matches!(&fault, OutgoingFault::Unsafe(told) if told.contains(".GIT")), "{fault:?}");
    std::fs::remove_dir_all(agent.join("sub")).unwrap();
    let deep = "d/".repeat(250);
    std::fs::create_dir_all(agent.join(&deep)).unwrap();
    write(&agent, &format!("{deep}x"), "x\n");
    let fault = yard.bring(Leaving::WithFiles).unwrap_err();
    assert!(matches!(&fault, OutgoingFault::TooMuch(_)), "{fault:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_laid_out_was_not_removed() {
    // REQ-DELIVER-03: sparse workspaces
    let yard = Yard::new().await;
    let agent = yard.agent();
    write(&agent, "docs/a.md", "x\n");
    commit(&agent, "Docs");
    std::fs::remove_dir_all(agent.join("docs")).unwrap();
    std::fs::remove_file(agent.join("src/cart.ts")).unwrap();
    let workspaces = yard.home.path().join("workspaces");
    let sparse = ["src".to_owned()];
    let from = AgentsFolder { workspaces: &workspaces, below: Path::new("shop-12/shop"), sparse: &sparse };
    let brought = bring_over(&yard.store(), from, Leaving::WithFiles, &yard.limits).unwrap();
    let names = names(&yard, &brought.tree);
    assert!(
        names.contains(&"docs/a.md".to_owned()) && !names.contains(&"src/cart.ts".to_owned()),
        "{names:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_that_was_fetched_is_no_change() {
    // REQ-DELIVER-06: the pointer leaves, not what it stands for
    let yard = Yard::new().await;
    let agent = yard.agent();
    let large = vec![7; 100_000];
    let sum = hex::encode(Sha256::digest(&large));
    write(
        &agent,
        "model.bin",
        format!("version https://git-lfs.github.com/spec/v1\noid sha256:{sum}\nsize {}\n", large.len()),
    );
    commit(&agent, "Model");
    write(&agent, "model.bin", &large);
    let brought = yard.bring(Leaving::WithFiles).unwrap();
    assert_eq!((brought.uncommitted, brought.tree), (0, git(&agent, &["rev-parse", "HEAD^{tree}"])));
    write(&agent, "model.bin", vec![8; 100_000]);
    assert_eq!(yard.bring(Leaving::WithFiles).unwrap().uncommitted, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_commit_of_all_is_still_to_come() {
    // REQ-DELIVER-03
    let yard = Yard::new().await;
    let agent = yard.agent();
    git(&agent, &["checkout", "-q", "--orphan", "fresh"]);
    assert_eq!(yard.bring(Leaving::Committed), Err(OutgoingFault::NothingChanged));
    let brought = yard.bring(Leaving::WithFiles).unwrap();
    assert_eq!((brought.commit, brought.branch.as_deref()), (None, Some("fresh")));
}
