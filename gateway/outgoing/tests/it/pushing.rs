//! Pushing: once, forward, never over others', and known afterwards whether it happened.

use crate::forge::Fault;
use crate::yard::{BRANCH, Yard, commit, git, write};
use gateway_outgoing::{
    Expected, GitProgram, OutgoingFault, Push, Pushed, Remote, fetch_base, head_of, push,
};
use std::time::Duration;

async fn sealed(yard: &Yard) -> String {
    write(&yard.agent(), "src/new.ts", "x\n");
    let change = yard.measured().await;
    yard.sealed(&change, None).unwrap()
}

/// Ben pushes to our branch.
fn by_ben(yard: &Yard, path: &str) -> String {
    let origin = yard.origin();
    git(&origin, &["fetch", "-q", "origin"]);
    git(&origin, &["checkout", "-q", "-B", "theirs", &format!("origin/{BRANCH}")]);
    write(&origin, path, "ben was here\n");
    git(&origin, &["add", "-A"]);
    git(&origin, &["-c", "user.name=Ben", "commit", "-q", "-m", "Ben's idea"]);
    git(&origin, &["push", "-q", "origin", &format!("HEAD:{BRANCH}")]);
    git(&origin, &["rev-parse", "HEAD"])
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_push_again_does_nothing() {
    // REQ-DELIVER-15
    let yard = Yard::new().await;
    let commit = sealed(&yard).await;
    assert_eq!(yard.push(&commit, Expected::Absent).await, Pushed::Pushed);
    assert_eq!(yard.push(&commit, Expected::Absent).await, Pushed::AlreadyThere);
    assert_eq!(yard.push(&commit, Expected::At(&commit)).await, Pushed::AlreadyThere);
    assert_eq!(yard.head(BRANCH), commit);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_that_exists_is_not_taken() {
    // REQ-DELIVER-15
    let yard = Yard::new().await;
    git(&yard.bare(), &["branch", BRANCH, "main"]);
    let theirs = by_ben(&yard, "ben.md");
    let commit = sealed(&yard).await;
    let Pushed::Moved { now, by } = yard.push(&commit, Expected::Absent).await else { panic!() };
    assert_eq!(now.as_deref(), Some(&theirs[..]));
    assert_eq!(
        by.iter().map(|one| (&one.author[..], &one.subject[..])).collect::<Vec<_>>(),
        [("Ben", "Ben's idea")]
    );
    assert_eq!(yard.head(BRANCH), theirs);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_persons_commits_are_never_pushed_over() {
    // REQ-DELIVER-15: the branch is moved between measuring and pushing
    let yard = Yard::new().await;
    let first = sealed(&yard).await;
    assert_eq!(yard.push(&first, Expected::Absent).await, Pushed::Pushed);
    write(&yard.agent(), "src/new.ts", "y\n");
    let change = yard.measured().await;
    let second = yard.sealed(&change, Some(&first)).unwrap();
    by_ben(&yard, "one.md");
    let theirs = by_ben(&yard, "two.md");
    let Pushed::Moved { now, by } = yard.push(&second, Expected::At(&first)).await else { panic!() };
    assert_eq!((now.as_deref(), by.len()), (Some(&theirs[..]), 2));
    assert_eq!(yard.head(BRANCH), theirs);

    git(&yard.bare(), &["update-ref", "-d", &format!("refs/heads/{BRANCH}")]);
    let pushed = yard.push(&second, Expected::At(&first)).await;
    assert_eq!(pushed, Pushed::Moved { now: None, by: vec![] }, "the branch is gone, and not made again");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_on_top_is_not_pushed() {
    // REQ-DELIVER-15: the lease alone would let it through
    let yard = Yard::new().await;
    let first = sealed(&yard).await;
    yard.push(&first, Expected::Absent).await;
    write(&yard.agent(), "src/new.ts", "y\n");
    let change = yard.measured().await;
    let beside = yard.sealed(&change, None).unwrap();
    let (store, remote, git) = (yard.store(), yard.remote(), yard.git());
    let order = Push {
        store: &store,
        remote: &remote,
        git: &git,
        branch: BRANCH,
        commit: &beside,
        expected: Expected::At(&first),
    };
    assert!(matches!(push(&order).await, Err(OutgoingFault::Refused(_))));
    assert_eq!(yard.head(BRANCH), first);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_found_out() {
    // REQ-DELIVER-15, D11
    let yard = Yard::new().await;
    let commit = sealed(&yard).await;
    yard.forge.fails(Fault::LostAnswer);
    assert_eq!(yard.push(&commit, Expected::Absent).await, Pushed::AlreadyThere);
    yard.forge.fails(Fault::Down);
    let Pushed::Unknown(told) = yard.push(&commit, Expected::Absent).await else { panic!() };
    assert!(told.contains("502"), "{told}");
    yard.forge.fails(Fault::None);
    assert_eq!(yard.push(&commit, Expected::Absent).await, Pushed::AlreadyThere);
    assert_eq!(head_of(&yard.store(), &yard.remote(), &yard.git(), BRANCH).await.unwrap(), Some(commit));
    assert_eq!(head_of(&yard.store(), &yard.remote(), &yard.git(), "none").await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_is_left_and_leaves_no_locks() {
    // REQ-DELIVER-15
    let yard = Yard::new().await;
    let commit = sealed(&yard).await;
    yard.forge.fails(Fault::Hangs);
    let short = GitProgram::new(Duration::from_millis(500));
    let (store, remote) = (yard.store(), yard.remote());
    let order = Push {
        store: &store,
        remote: &remote,
        git: &short,
        branch: BRANCH,
        commit: &commit,
        expected: Expected::Absent,
    };
    assert!(matches!(push(&order).await.unwrap(), Pushed::Unknown(_)));
    let fetched = fetch_base(&store, &remote, &short, "main").await;
    assert!(matches!(fetched, Err(OutgoingFault::TimedOut(_))), "{fetched:?}");
    yard.forge.fails(Fault::None);
    assert_eq!(yard.push(&commit, Expected::Absent).await, Pushed::Pushed);
    assert!(yard.fetch_base().await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_fetch_is_cleaned_up_after() {
    // REQ-DELIVER-15
    let yard = Yard::new().await;
    yard.fetch_base().await.unwrap();
    let mirror = std::fs::read_dir(yard.own().join("mirrors")).unwrap().flatten().next().unwrap().path();
    write(&mirror, "refs/heads/main.lock", "");
    write(&mirror, "packed-refs.lock", "");
    write(&yard.origin(), "more.md", "x\n");
    commit(&yard.origin(), "More");
    git(&yard.origin(), &["push", "-q", "origin", "HEAD:main"]);
    assert!(yard.fetch_base().await.is_err(), "the lock holds, or this test proves nothing");
    gateway_outgoing::Outgoing::open(&yard.own(), &yard.home.path().join("workspaces")).unwrap();
    assert_eq!(yard.fetch_base().await.unwrap(), yard.head("main"));
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_told_and_nothing_is_pushed() {
    // REQ-DELIVER-04, -15
    let yard = Yard::new().await;
    let commit = sealed(&yard).await;
    let refused = |pushed: Pushed| match pushed {
        Pushed::Refused(told) => told,
        other => panic!("{other:?}"),
    };
    yard.forge.fails(Fault::ReadOnly);
    assert!(refused(yard.push(&commit, Expected::Absent).await).contains("rights"));
    yard.forge.fails(Fault::None);

    let hook = yard.bare().join("hooks/pre-receive");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    let said = crate::yard::fake_token(9);
    std::fs::write(&hook, format!("#!/bin/sh\necho 'GH013: no such commits here, {said}' >&2\nexit 1\n"))
        .unwrap();
    std::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let told = refused(yard.push(&commit, Expected::Absent).await);
    assert!(told.contains("no such commits here"), "{told}");
    assert!(!told.contains(&said), "what looks like a secret is hidden: {told}");
    std::fs::remove_file(&hook).unwrap();

    let (store, git_program) = (yard.store(), yard.git());
    for remote in [
        Remote::new(&yard.address()).unwrap(),
        Remote::new(&yard.address()).unwrap().with_token(|| "wrong".into()),
    ] {
        let order = Push {
            store: &store,
            remote: &remote,
            git: &git_program,
            branch: BRANCH,
            commit: &commit,
            expected: Expected::Absent,
        };
        assert!(refused(push(&order).await.unwrap()).contains("credential"));
        let fault = fetch_base(&store, &remote, &git_program, "main").await.unwrap_err();
        assert!(matches!(&fault, OutgoingFault::Refused(_)), "{fault:?}");
    }
    for branch in ["-f", "a..b", "a:b", "+a", "a*", "../x", "", "a.lock", "a b"] {
        let order = Push {
            store: &store,
            remote: &yard.remote(),
            git: &git_program,
            branch,
            commit: &commit,
            expected: Expected::Absent,
        };
        assert!(matches!(push(&order).await, Err(OutgoingFault::Refused(_))), "{branch:?}");
    }
    let heads = git(&yard.bare(), &["for-each-ref", "--format=%(refname)"]);
    assert_eq!(heads, "refs/heads/main");
}
