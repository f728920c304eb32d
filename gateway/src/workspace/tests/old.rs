//! Workspaces that an earlier version made: worktrees of a mirror that lies in the builders folder.

use super::{Yard, commit, file, git, mirror_of};
use crate::sessions::ports::Workspaces;
use gateway_domain::SafeName;
use std::path::{Path, PathBuf};

/// As it was made then.
fn worktree(yard: &Yard, origin: &Path) -> PathBuf {
    let folder = yard.shop.config.folder.clone();
    std::fs::create_dir_all(folder.join(".mirrors")).unwrap();
    let mirror = folder.canonicalize().unwrap().join(".mirrors").join(mirror_of("web", origin));
    git(yard.home.path(), &["init", "-q", "--bare", mirror.to_str().unwrap()]);
    git(
        &mirror,
        &[
            "fetch",
            "-q",
            origin.to_str().unwrap(),
            "+refs/heads/*:refs/remotes/origin/*",
            "+HEAD:refs/gateway/base",
        ],
    );
    let tree = folder.canonicalize().unwrap().join("shop/repos/web");
    git(
        &mirror,
        &["worktree", "add", "-q", "-b", "gateway/shop", tree.to_str().unwrap(), "refs/gateway/base"],
    );
    let claim = "name: shop\nkey: key1\nstate: ready\nmade_at: 2026-11-01T10:00:00Z\nbranch: gateway/shop\nrepositories: [web]\n";
    std::fs::write(folder.join("shop/.workspace.yaml"), claim).unwrap();
    tree
}

#[tokio::test]
async fn its_work_is_named_and_kept_and_it_becomes_a_clone() {
    // REQ-HARD-03, REQ-WORK-02: what is there today is taken over, never lost.
    let yard = Yard::new();
    let origin = yard.repository("web");
    let tree = worktree(&yard, &origin);
    std::fs::write(tree.join("work.txt"), "work").unwrap();
    commit(&tree, "Work");
    std::fs::write(tree.join("draft.txt"), "draft").unwrap();
    let listed = yard.shop.list().await.unwrap();
    assert_eq!(listed[0].losses, ["web: 1 uncommitted file", "web: 1 commit on gateway/shop not pushed"]);
    assert!(listed[0].made_at.is_some(), "its old note is read");
    let same = yard.make("shop", "key1", &["web"]).await.unwrap();
    assert_eq!(
        file(&same.directory, "draft.txt").as_deref(),
        Some("draft"),
        "its own start finds it as it is"
    );

    let again = yard.make("shop", "key2", &["web"]).await.unwrap();
    assert!(tree.join(".git").is_dir() && !yard.folder().join("shop/.workspace.yaml").exists());
    assert_eq!(git(&tree, &["status", "--porcelain"]), "");
    assert_eq!((file(&again.directory, "draft.txt"), file(&again.directory, "work.txt")), (None, None));
    let rescue = git(&tree, &["for-each-ref", "--format=%(refname:short)", "refs/heads/rescue"]);
    assert!(yard.told().contains(&rescue) && rescue.starts_with("rescue/shop-"), "{}", yard.told());
    assert_eq!(git(&tree, &["show", &format!("{rescue}:draft.txt")]), "draft");
    assert_eq!(git(&tree, &["log", "-1", "--format=%s", &format!("{rescue}~1")]), "Work");
    let old = yard.folder().join(".mirrors").join(mirror_of("web", &origin));
    assert_eq!(
        git(&old, &["log", "-1", "--format=%s", "gateway/shop"]),
        "Work",
        "the old mirror is not touched"
    );
}

#[tokio::test]
async fn it_is_removed_with_its_work_kept() {
    // REQ-WORK-05
    let yard = Yard::new();
    let origin = yard.repository("web");
    let tree = worktree(&yard, &origin);
    std::fs::write(tree.join("draft.txt"), "draft").unwrap();
    let name = SafeName::parse("shop").unwrap();
    assert!(yard.shop.remove(&name, false).await.is_err());
    yard.shop.remove(&name, true).await.unwrap();
    let kept = yard.only("kept");
    let rescue = git(&kept, &["for-each-ref", "--format=%(refname:short)", "refs/heads/rescue"]);
    assert_eq!(git(&kept, &["show", &format!("{rescue}:draft.txt")]), "draft");
    assert_eq!(git(&kept, &["show", &format!("{rescue}:README.md")]), "# web");
    assert!(!yard.folder().join("shop").exists());
}
