//! One commit per round, the same each time.

use crate::yard::{Yard, commit, git, noon, write};
use gateway_outgoing::{Expected, OutgoingFault, Person, Pushed, SealOrder, parents_for, seal};

#[tokio::test(flavor = "multi_thread")]
async fn the_same_order_makes_the_same_commit() {
    // REQ-DELIVER-03: a crash between sealing and pushing repeats the same bytes
    let yard = Yard::new().await;
    write(&yard.agent(), "src/new.ts", "x\n");
    let change = yard.measured().await;
    let first = yard.sealed(&change, None).unwrap();
    assert_eq!(yard.sealed(&change, None).unwrap(), first);
    assert_eq!(yard.push(&first, Expected::Absent).await, Pushed::Pushed);
    let shown = git(&yard.bare(), &["cat-file", "commit", &first]);
    let told = format!(
        "tree {}\nparent {}\nauthor hubble[bot] <1+hubble[bot]@users.noreply.test> 1795867200 +0000\n\
         committer hubble[bot] <1+hubble[bot]@users.noreply.test> 1795867200 +0000\n\n\
         Fix the login redirect for guests\n\nThey end on the cart now.\n\nHubble-Run: HB-20261128-k3f9",
        change.tree, change.merge_base
    );
    assert_eq!(shown, told);
    let trailers = git(&yard.bare(), &["log", "-1", "--format=%(trailers:only)", &first]);
    assert_eq!(trailers, "Hubble-Run: HB-20261128-k3f9");
    assert_eq!(git(&yard.bare(), &["fsck", "--strict", "--no-dangling"]), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn rounds_are_on_top_of_each_other() {
    // REQ-DELIVER-15
    let yard = Yard::new().await;
    let agent = yard.agent();
    write(&agent, "src/new.ts", "x\n");
    let (change, _) = yard.deliver().await.unwrap();
    let first = yard.sealed(&change, None).unwrap();
    write(&agent, "src/new.ts", "y\n");
    let change = yard.measured().await;
    let second = yard.sealed(&change, Some(&first)).unwrap();
    assert_eq!(yard.push(&second, Expected::At(&first)).await, Pushed::Pushed);
    assert_eq!(git(&yard.bare(), &["rev-parse", &format!("{second}^@")]), first);

    // The agent takes newer commits of the base branch in: they come as they are, not as its own.
    write(&yard.origin(), "theirs.md", "x\n");
    let theirs = commit(&yard.origin(), "Theirs");
    git(&yard.origin(), &["push", "-q", "origin", "HEAD:main"]);
    commit(&agent, "Mine");
    git(&agent, &["pull", "-q", "--no-rebase", "--no-edit", "origin", "main"]);
    let change = yard.measured().await;
    assert_eq!(change.merge_base, theirs);
    let third = yard.sealed(&change, Some(&second)).unwrap();
    assert_eq!(git_parents(&yard, &third), [second.clone(), theirs]);
    assert_eq!(yard.push(&third, Expected::At(&second)).await, Pushed::Pushed);
    let of_pull_request = git(&yard.bare(), &["diff", "--name-only", &format!("main...{third}")]);
    assert_eq!(of_pull_request, "src/new.ts");
}

fn git_parents(yard: &Yard, commit: &str) -> Vec<String> {
    let run = std::fs::read_dir(yard.own().join("runs")).unwrap().flatten().next().unwrap().path();
    git(&run, &["rev-parse", &format!("{commit}^@")]).lines().map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_must_not_be_in_a_message_is_refused() {
    // REQ-DELIVER-06, -13
    let yard = Yard::new().await;
    write(&yard.agent(), "src/new.ts", "x\n");
    let change = yard.measured().await;
    let person = |name: &str, mail: &str| Person { name: name.into(), mail: mail.into() };
    let bot = person("hubble[bot]", "hubble@acme.test");
    let parents = parents_for(&yard.store(), None, &change.merge_base).unwrap();
    let run = || vec![("Hubble-Run".to_owned(), "HB-1".to_owned())];
    let sealed = |message: &str, trailers: Vec<(String, String)>, author: &Person| {
        let (store, tree) = (yard.store(), &change.tree);
        seal(
            &store,
            &SealOrder {
                tree,
                parents: &parents,
                author,
                committer: &bot,
                at: noon(),
                message,
                trailers: &trailers,
            },
        )
    };
    assert!(sealed("Fix it", run(), &bot).is_ok());
    let secret = crate::yard::fake_token(1);
    let trailer = |key: &str, value: &str| vec![(key.to_owned(), value.to_owned())];
    for (what, sealed) in [
        ("steers", sealed("Fix it [skip ci]", run(), &bot)),
        ("steers in a trailer", sealed("Fix it", trailer("skip-checks", "true"), &bot)),
        ("steers across lines", sealed("Fix it", trailer("Note", "[skip actions]"), &bot)),
        ("forges a trailer", sealed("Fix it\n\nhubble-run: HB-2", run(), &bot)),
        ("a trailer of two lines", sealed("Fix it", trailer("Note", "a\nHubble-Run: x"), &bot)),
        ("a trailer without a key", sealed("Fix it", trailer("a b", "x"), &bot)),
        ("a secret", sealed(&format!("Use {secret}"), run(), &bot)),
        ("empty", sealed(" \n ", run(), &bot)),
        ("signs", sealed("Fix\u{1b}[2J it", run(), &bot)),
        ("zero", sealed("Fix\0it", run(), &bot)),
        ("long", sealed(&"x".repeat(100_000), run(), &bot)),
        ("a name that is two", sealed("Fix it", run(), &person("A <b@c.test>", "d@e.test"))),
        ("a name with a line", sealed("Fix it", run(), &person("A\ncommitter B", "d@e.test"))),
        ("no mail", sealed("Fix it", run(), &person("A", ""))),
    ] {
        let Err(OutgoingFault::Refused(told)) = sealed else { panic!("{what}: {sealed:?}") };
        assert!(!told.contains(&secret), "{told}");
    }
}
