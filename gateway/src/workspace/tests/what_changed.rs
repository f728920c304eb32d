//! What a session changed, as people are told.

use super::{Yard, commit};
use crate::sessions::ports::Workspaces;
use gateway_domain::SafeName;
use std::path::Path;

async fn changes(yard: &Yard, name: &str) -> Vec<(String, u64, u64)> {
    let found = yard.shop.changes(&SafeName::parse(name).unwrap()).await.unwrap();
    assert!(
        found.iter().all(|change| change.patch.as_ref().is_some_and(|patch| patch.contains("@@"))),
        "{found:?}"
    );
    found.into_iter().map(|one| (one.path, one.additions.unwrap(), one.deletions.unwrap())).collect()
}

#[tokio::test]
async fn commits_and_what_is_not_committed_are_told_for_every_repository() {
    // UX B3a: a workspace of two repositories told "No file has changed".
    let yard = Yard::new();
    yard.repository("web");
    yard.repository("api");
    let made = yard.make("both", "key1", &["api", "web"]).await.unwrap();
    assert_eq!(changes(&yard, "both").await, []);
    let (api, web) = (Path::new(&made.directory).join("api"), Path::new(&made.directory).join("web"));
    std::fs::write(web.join("src/new.js"), "1\n2\n").unwrap();
    std::fs::write(api.join("README.md"), "# api\nmore\n").unwrap();
    commit(&api, "A commit of the agent's");
    std::fs::remove_file(api.join("docs/guide.md")).unwrap();
    std::fs::create_dir_all(api.join("target")).unwrap();
    std::fs::write(api.join("target/built"), "ignored").unwrap();
    let expected = [("api/README.md", 1, 0), ("api/docs/guide.md", 0, 1), ("web/src/new.js", 2, 0)];
    let expected: Vec<_> =
        expected.iter().map(|(path, more, less)| ((*path).to_owned(), *more, *less)).collect();
    assert_eq!(changes(&yard, "both").await, expected);
}

#[tokio::test]
async fn each_session_is_told_its_own_changes_only() {
    // UX B3b: files of other sessions were told, and those of an earlier session in the same workspace.
    let yard = Yard::new();
    let origin = yard.repository("web");
    let (one, two) = (
        yard.make("one", "key1", &["web"]).await.unwrap(),
        yard.make("two", "key2", &["web"]).await.unwrap(),
    );
    std::fs::write(Path::new(&one.directory).join("one.txt"), "one\n").unwrap();
    assert_eq!(changes(&yard, "one").await, [("one.txt".to_owned(), 1, 0)]);
    assert_eq!(changes(&yard, "two").await, []);
    std::fs::write(Path::new(&two.directory).join("two.txt"), "two\n").unwrap();
    commit(Path::new(&two.directory), "Two");
    std::fs::write(origin.join("three.txt"), "three\n").unwrap();
    commit(&origin, "Somebody else's");
    yard.make("two", "key3", &["web"]).await.unwrap();
    assert_eq!(changes(&yard, "two").await, [], "it begins anew, at the newest commit");
}
