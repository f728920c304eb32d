//! Listing and removal: what is only there is named first, and kept where it can be.

use super::{Yard, commit, git};
use crate::sessions::ports::{WorkspaceFault, Workspaces};
use gateway_domain::SafeName;
use std::path::Path;

#[tokio::test]
async fn what_is_only_there_is_named_before_anything_goes() {
    // REQ-WORK-05
    let yard = Yard::new();
    yard.repository("web");
    let made = yard.make("shop", "key1", &["web"]).await.unwrap();
    let (tree, name) = (Path::new(&made.directory), SafeName::parse("shop").unwrap());
    std::fs::write(tree.join("work.txt"), "work").unwrap();
    commit(tree, "Work");
    std::fs::write(tree.join("draft.txt"), "draft").unwrap();
    let listed = yard.shop.list().await.unwrap();
    assert_eq!(listed.len(), 1);
    assert!(listed[0].bytes > 0 && !listed[0].at_least && listed[0].made_at.is_some());
    assert_eq!(listed[0].losses, ["web: 1 uncommitted file", "web: 1 commit on gateway/shop not pushed"]);
    let fault = yard.shop.remove(&name, false).await.unwrap_err();
    assert_eq!(fault, WorkspaceFault::WouldLose(listed[0].losses.clone()));
    assert!(tree.join("draft.txt").is_file());

    let told = yard.shop.remove(&name, true).await.unwrap();
    assert!(
        told[0].text.contains("rescue/shop-") && told.last().unwrap().text.contains("Workspace shop removed"),
        "{told:?}"
    );
    assert_eq!(yard.left(), [""; 0]);
    let kept = yard.only("kept");
    let rescue = git(&kept, &["for-each-ref", "--format=%(refname:short)", "refs/heads/rescue"]);
    assert_eq!(git(&kept, &["show", &format!("{rescue}:draft.txt")]), "draft");
    assert_eq!(git(&kept, &["fsck", "--strict"]), "", "all that belongs to it is there");
    let made = yard.make("shop", "key2", &["web"]).await.unwrap();
    let tree = Path::new(&made.directory);
    assert_eq!(git(tree, &["show", &format!("{rescue}:draft.txt")]), "draft", "who comes back finds it");
    assert_eq!(git(tree, &["fsck", "--strict"]), "");
}

#[tokio::test]
async fn what_was_pushed_goes_without_a_question() {
    // REQ-WORK-05
    let yard = Yard::new();
    yard.repository("web");
    let made = yard.make("shop", "key1", &["web"]).await.unwrap();
    let tree = Path::new(&made.directory);
    std::fs::write(tree.join("work.txt"), "work").unwrap();
    commit(tree, "Work");
    git(tree, &["push", "-q", "origin", "HEAD:refs/heads/feature"]);
    assert_eq!(yard.shop.list().await.unwrap()[0].losses, [""; 0]);
    yard.shop.remove(&SafeName::parse("shop").unwrap(), false).await.unwrap();
    assert_eq!(yard.left(), [""; 0]);
}

#[tokio::test]
async fn one_that_is_not_there_is_told() {
    // REQ-WORK-05
    let yard = Yard::new();
    let fault = yard.shop.remove(&SafeName::parse("nothing").unwrap(), true).await.unwrap_err();
    assert!(matches!(fault, WorkspaceFault::Unknown(_)), "{fault:?}");
    assert!(yard.shop.list().await.unwrap().is_empty());
}

#[tokio::test]
async fn folders_that_lie_very_deep_go_too() {
    // REQ-WORK-05, REQ-HARD-03: 230 folders in each other stayed for ever, whatever a person said.
    let yard = Yard::new();
    yard.repository("web");
    let made = yard.make("shop", "key1", &["web"]).await.unwrap();
    let (outside, name) = (yard.home.path().join("outside"), SafeName::parse("shop").unwrap());
    std::fs::create_dir_all(outside.join("work")).unwrap();
    for top in ["docs", "src"] {
        let deep = Path::new(&made.directory).join(top).join("d/".repeat(900));
        std::fs::create_dir_all(&deep).unwrap();
        std::fs::write(deep.join("file"), "deep").unwrap();
        std::os::unix::fs::symlink(&outside, deep.join("link")).unwrap();
    }
    assert!(yard.shop.remove(&name, false).await.is_err(), "it cannot be looked at, so it may be something");
    yard.shop.remove(&name, true).await.unwrap();
    assert_eq!(yard.left(), [""; 0]);
    assert!(outside.join("work").is_dir(), "no link is followed");
}
