//! Clones: made, reused with what was there kept, and nothing left of those that failed.

use super::{Yard, commit, file, git};
use crate::sessions::ports::{RepositorySource, WorkspaceFault};
use crate::workspace::Maker;
use gateway_domain::SafeName;
use std::path::Path;
use std::time::Duration;

#[tokio::test]
async fn a_session_gets_a_clone_on_a_branch_of_its_own() {
    // REQ-WORK-01
    let yard = Yard::new();
    yard.repository("web");
    let made = yard.make("shop-login", "key1", &["web"]).await.unwrap();
    assert_eq!(Path::new(&made.directory), yard.folder().join("shop-login/repos/web"));
    assert_eq!(made.workspace.branch.as_deref(), Some("gateway/shop-login"));
    assert!(made.new);
    let tree = Path::new(&made.directory);
    assert_eq!(git(tree, &["branch", "--show-current"]), "gateway/shop-login");
    assert_eq!(git(tree, &["status", "--porcelain"]), "", "git itself finds it clean");
    assert_eq!(file(&made.directory, "README.md").as_deref(), Some("# web\n"));
    assert!(
        yard.told().contains("Fetching web.") && yard.told().contains("“shop-login” ready"),
        "{}",
        yard.told()
    );
}

#[tokio::test]
async fn several_repositories_lie_beside_each_other() {
    // REQ-WORK-01
    let yard = Yard::new();
    yard.repository("web");
    yard.repository("api");
    let made = yard.make("both", "key1", &["api", "web"]).await.unwrap();
    assert_eq!(Path::new(&made.directory), yard.folder().join("both/repos"));
    assert_eq!(file(&made.directory, "api/README.md").as_deref(), Some("# api\n"));
    assert_eq!(file(&made.directory, "web/README.md").as_deref(), Some("# web\n"));
}

#[tokio::test]
async fn two_sessions_share_a_mirror_and_no_file() {
    // REQ-WORK-04
    let yard = Yard::new();
    yard.repository("web");
    let (one, two) = tokio::join!(yard.make("one", "key1", &["web"]), yard.make("two", "key2", &["web"]));
    let (one, two) = (one.unwrap(), two.unwrap());
    std::fs::write(Path::new(&one.directory).join("note.txt"), "mine").unwrap();
    assert_eq!(file(&two.directory, "note.txt"), None);
    assert!(yard.only("mirrors").is_dir());
}

#[tokio::test]
async fn asked_again_for_the_same_start_it_is_left_as_it_is() {
    // REQ-WORK-02, REQ-STATE-03: the session may be at work already when the gateway asks again.
    let yard = Yard::new();
    yard.repository("web");
    let made = yard.make("shop", "key1", &["web"]).await.unwrap();
    std::fs::write(Path::new(&made.directory).join("note.txt"), "work").unwrap();
    let again = yard.make("shop", "key1", &["web"]).await.unwrap();
    assert_eq!(again, made);
    assert_eq!(file(&made.directory, "note.txt").as_deref(), Some("work"));
}

#[tokio::test]
async fn reuse_cleans_it_and_keeps_what_was_there_on_a_rescue_branch() {
    // REQ-WORK-02
    let yard = Yard::new();
    let origin = yard.repository("web");
    let made = yard.make("shop", "key1", &["web"]).await.unwrap();
    let tree = Path::new(&made.directory).to_path_buf();
    std::fs::write(tree.join("pushed-nowhere.txt"), "commit").unwrap();
    commit(&tree, "Work of the first session");
    std::fs::write(tree.join("README.md"), "changed").unwrap();
    std::fs::write(tree.join("new.txt"), "new").unwrap();
    std::fs::remove_file(tree.join("docs/guide.md")).unwrap();
    std::fs::create_dir_all(tree.join("target")).unwrap();
    std::fs::write(tree.join("target/built"), "ignored").unwrap();
    std::fs::write(origin.join("later.txt"), "later").unwrap();
    commit(&origin, "Second");

    let again = yard.make("shop", "key2", &["web"]).await.unwrap();
    assert!(!again.new);
    assert_eq!(git(&tree, &["status", "--porcelain"]), "");
    assert_eq!(file(&again.directory, "README.md").as_deref(), Some("# web\n"));
    assert_eq!(
        file(&again.directory, "later.txt").as_deref(),
        Some("later"),
        "it begins at the newest commit"
    );
    assert_eq!(file(&again.directory, "new.txt"), None);
    assert_eq!(file(&again.directory, "pushed-nowhere.txt"), None);
    assert_eq!(file(&again.directory, "target/built").as_deref(), Some("ignored"), "what git ignores stays");
    assert_eq!(git(&tree, &["branch", "--show-current"]), "gateway/shop");

    let told = yard.told();
    let rescue = git(&tree, &["for-each-ref", "--format=%(refname:short)", "refs/heads/rescue"]);
    assert!(rescue.starts_with("rescue/shop-") && told.contains(&rescue), "{rescue} in {told}");
    assert!(told.contains("3 uncommitted files and 1 commit not pushed saved"), "{told}");
    assert_eq!(git(&tree, &["show", &format!("{rescue}:new.txt")]), "new");
    assert_eq!(git(&tree, &["show", &format!("{rescue}:README.md")]), "changed");
    assert_eq!(git(&tree, &["show", &format!("{rescue}:pushed-nowhere.txt")]), "commit");
    assert!(!git(&tree, &["ls-tree", "-r", "--name-only", &rescue]).contains("docs/guide.md"));
}

#[tokio::test]
async fn a_clean_workspace_is_reused_without_a_word_of_rescue() {
    // REQ-WORK-02
    let yard = Yard::new();
    yard.repository("web");
    yard.make("shop", "key1", &["web"]).await.unwrap();
    let again = yard.make("shop", "key2", &["web"]).await.unwrap();
    assert!(!yard.told().contains("rescue"), "{}", yard.told());
    assert_eq!(git(Path::new(&again.directory), &["for-each-ref", "refs/heads/rescue"]), "");
}

#[tokio::test]
async fn what_an_interrupted_start_left_is_cleared_and_made_anew() {
    // REQ-WORK-03, REQ-STATE-03: the gateway was killed between two files.
    let yard = Yard::new();
    yard.repository("web");
    let made = yard.make("shop", "key1", &["web"]).await.unwrap();
    let note = yard.private("notes/shop.yaml");
    let text = std::fs::read_to_string(&note).unwrap().replace("state: ready", "state: making");
    std::fs::write(&note, text).unwrap();
    std::fs::remove_file(Path::new(&made.directory).join("README.md")).unwrap();
    let again = yard.make("shop", "key1", &["web"]).await.unwrap();
    assert!(again.new);
    assert_eq!(file(&again.directory, "README.md").as_deref(), Some("# web\n"));
    assert!(yard.told().contains("cleared away first"), "{}", yard.told());
}

#[tokio::test]
async fn a_repository_that_is_not_found_leaves_nothing_half_made() {
    // REQ-WORK-03
    let yard = Yard::new();
    yard.repository("web");
    let fault = yard.make("shop", "key1", &["web", "gone"]).await.unwrap_err();
    assert!(matches!(&fault, WorkspaceFault::NoSuchRepository(told) if told.contains("gone")), "{fault:?}");
    let unknown = RepositorySource { from: None, ..yard.source("web") };
    let fault = yard.order("shop", "key1", vec![unknown]).await.unwrap_err().to_string();
    assert!(fault.contains("`remote` or `directory`"), "{fault}");
    assert_eq!(yard.left(), [""; 0]);
    yard.make("shop", "key2", &["web"]).await.unwrap();
}

#[tokio::test]
async fn odd_repositories_are_told_apart() {
    // REQ-WORK-03
    let yard = Yard::new();
    yard.repository("web");
    let empty = yard.home.path().join("origin/empty");
    std::fs::create_dir_all(&empty).unwrap();
    git(&empty, &["init", "-q"]);
    let fault = yard.make("one", "key1", &["empty"]).await.unwrap_err();
    assert!(matches!(fault, WorkspaceFault::NoSuchRepository(_)), "{fault:?}");
    std::fs::create_dir_all(yard.home.path().join("origin/plain")).unwrap();
    let fault = yard.make("one", "key1", &["plain"]).await.unwrap_err();
    assert!(matches!(fault, WorkspaceFault::NoSuchRepository(_)), "{fault:?}");
    let branch = RepositorySource { branch: Some("release".to_owned()), ..yard.source("web") };
    let fault = yard.order("one", "key1", vec![branch]).await.unwrap_err().to_string();
    assert_eq!(fault, "Repository web has no branch release.");
    assert_eq!(yard.left(), [""; 0]);
}

#[tokio::test]
async fn a_branch_of_another_workspace_is_its_own() {
    // REQ-WORK-04: clones share no branches, so a name that somebody used elsewhere is free here.
    let yard = Yard::new();
    yard.repository("web");
    let made = yard.make("other", "key1", &["web"]).await.unwrap();
    let tree = Path::new(&made.directory);
    git(tree, &["checkout", "-q", "-b", "gateway/shop"]);
    std::fs::write(tree.join("work.txt"), "work").unwrap();
    commit(tree, "Work");
    let shop = yard.make("shop", "key2", &["web"]).await.unwrap();
    assert_eq!(file(&shop.directory, "work.txt"), None);
    assert_eq!(git(tree, &["log", "-1", "--format=%s", "gateway/shop"]), "Work");
}

#[tokio::test]
async fn every_branch_and_what_was_put_aside_is_kept() {
    // REQ-WORK-02, REQ-WORK-05: a clone goes with all its branches, not only with the one that is checked out.
    let yard = Yard::new();
    yard.repository("web");
    let made = yard.make("shop", "key1", &["web"]).await.unwrap();
    let tree = Path::new(&made.directory);
    git(tree, &["checkout", "-q", "-b", "idea"]);
    std::fs::write(tree.join("idea.txt"), "idea").unwrap();
    commit(tree, "Idea");
    git(tree, &["checkout", "-q", "gateway/shop"]);
    for text in ["first", "second"] {
        std::fs::write(tree.join("README.md"), text).unwrap();
        git(tree, &["stash", "-q"]);
    }
    yard.make("shop", "key2", &["web"]).await.unwrap();
    let told = yard.told();
    assert!(told.contains("1 commit not pushed (branch idea) saved on branch rescue/shop-"), "{told}");
    let kept = yard.only("kept");
    let branches = git(&kept, &["for-each-ref", "--format=%(refname:short)", "refs/heads/rescue"]);
    let texts: Vec<_> =
        branches.lines().map(|branch| git(&kept, &["show", &format!("{branch}:README.md")])).collect();
    assert!(texts.contains(&"first".to_owned()) && texts.contains(&"second".to_owned()), "{texts:?}");
    assert!(
        branches.lines().any(|branch| git(&kept, &["ls-tree", "--name-only", branch]).contains("idea.txt"))
    );
}

#[tokio::test]
async fn a_remote_that_never_answers_is_given_up() {
    // REQ-WORK-03: a server that takes connections and says nothing.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let yard = Yard::with(Maker::Clones, Duration::from_millis(600));
    let address = format!("git://{}/web.git", listener.local_addr().unwrap());
    let source = RepositorySource { from: Some(address), ..yard.source("web") };
    let fault = yard.order("shop", "key1", vec![source]).await.unwrap_err();
    assert!(matches!(fault, WorkspaceFault::TimedOut { .. }), "{fault:?}");
    assert_eq!(yard.left(), [""; 0]);
}

#[tokio::test]
async fn a_remote_that_is_not_there_is_told() {
    // REQ-WORK-03
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let yard = Yard::new();
    let source =
        RepositorySource { from: Some(format!("http://user:hunter22@{port}/web.git")), ..yard.source("web") };
    let fault = yard.order("shop", "key1", vec![source]).await.unwrap_err();
    let told = fault.to_string();
    assert!(
        matches!(fault, WorkspaceFault::CommandFailed(_)) && told.contains("Fetching repository web"),
        "{told}"
    );
    assert!(!told.contains("hunter22"), "{told}");
}

#[tokio::test]
async fn a_large_repository_comes_with_its_newest_commits_and_some_folders_only() {
    // REQ-WORK-01
    let yard = Yard::new();
    let origin = yard.repository("web");
    std::fs::write(origin.join("src/lib.rs"), "\n").unwrap();
    commit(&origin, "Second");
    let source = RepositorySource { depth: Some(1), sparse: vec!["src".to_owned()], ..yard.source("web") };
    let made = yard.order("shop", "key1", vec![source.clone()]).await.unwrap();
    let tree = Path::new(&made.directory);
    assert_eq!(git(tree, &["rev-list", "--count", "HEAD"]), "1", "the history is cut");
    assert_eq!(file(&made.directory, "docs/guide.md"), None);
    assert!(file(&made.directory, "src/lib.rs").is_some() && file(&made.directory, "README.md").is_some());
    assert_eq!(git(tree, &["status", "--porcelain"]), "", "what is left out is no change");
    std::fs::write(tree.join("src/lib.rs"), "changed").unwrap();
    std::fs::write(tree.join("src/new.rs"), "new").unwrap();
    let again = yard.order("shop", "key2", vec![source]).await.unwrap();
    assert!(yard.told().contains("2 uncommitted files"), "{}", yard.told());
    assert_eq!(file(&again.directory, "src/lib.rs").as_deref(), Some("\n"));
    assert_eq!(file(&again.directory, "src/new.rs"), None);
    assert_eq!(git(tree, &["status", "--porcelain"]), "");
    let rescue = git(tree, &["for-each-ref", "--format=%(refname:short)", "refs/heads/rescue"]);
    assert_eq!(
        git(tree, &["show", &format!("{rescue}:docs/guide.md")]),
        "# Guide",
        "what was left out is not deleted"
    );
}

#[tokio::test]
async fn git_data_that_leads_elsewhere_is_not_written_to() {
    // REQ-WORK-04
    let yard = Yard::new();
    let precious = yard.repository("precious");
    yard.repository("web");
    let made = yard.make("shop", "key1", &["web"]).await.unwrap();
    std::fs::write(precious.join("README.md"), "not committed").unwrap();
    let pointer = format!("gitdir: {}\n", precious.join(".git").display());
    std::fs::remove_dir_all(Path::new(&made.directory).join(".git")).unwrap();
    std::fs::write(Path::new(&made.directory).join(".git"), pointer).unwrap();
    let fault = yard.make("shop", "key2", &["web"]).await.unwrap_err();
    assert!(matches!(fault, WorkspaceFault::Unsafe(_)), "{fault:?}");
    assert_eq!(std::fs::read_to_string(precious.join("README.md")).unwrap(), "not committed");
    assert_eq!(git(&precious, &["branch", "--show-current"]), "main");
}

#[tokio::test]
async fn a_session_that_did_not_come_to_be_gives_its_workspace_back() {
    // REQ-WORK-03
    use crate::sessions::ports::Workspaces;
    let yard = Yard::new();
    yard.repository("web");
    let made = yard.make("shop", "key1", &["web"]).await.unwrap();
    yard.shop.give_up(&made).await;
    assert_eq!(yard.left(), [""; 0]);
    assert_eq!(git(&yard.only("mirrors"), &["branch", "--list"]), "");
    assert!(yard.shop.list().await.unwrap().is_empty());
    assert!(yard.shop.remove(&SafeName::parse("shop").unwrap(), true).await.is_err());
}
