//! Directories that repositories are brought over from, where agents may be able to write (REQ-HARD-03).

use super::{Yard, commit, file, git};
use crate::sessions::ports::{RepositorySource, WorkspaceFault};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// A yard whose gateway keeps a repository of its own, which no agent may read.
struct GuardedYard {
    yard: Yard,
    web: PathBuf,
    secret: PathBuf,
}

impl GuardedYard {
    fn new() -> Self {
        let mut yard = Yard::new();
        let web = yard.repository("web");
        let state = yard.home.path().join("state");
        yard.shop.config.guarded.push(state.clone());
        let secret = yard.repository("secret");
        std::fs::create_dir_all(&state).unwrap();
        std::fs::rename(secret.join(".git"), state.join(".git")).unwrap();
        Self { yard, web, secret: state.join(".git") }
    }

    async fn refused(&self, what: &str, told: &str) {
        let fault = self.yard.make("shop", "key1", &["web"]).await.unwrap_err();
        assert!(matches!(&fault, WorkspaceFault::Unsafe(why) if why.contains(told)), "{what}: {fault:?}");
    }

    fn secret_commit(&self) -> String {
        git(self.secret.parent().unwrap(), &["rev-parse", "HEAD"])
    }
}

#[tokio::test]
async fn a_directory_that_leads_into_the_gateways_folders_is_not_read() {
    // REQ-HARD-03: an agent that may write to a configured directory would get all mirrors that way.
    let scene = GuardedYard::new();
    std::fs::remove_dir_all(scene.web.join(".git/refs/heads")).unwrap();
    symlink(scene.secret.join("refs/heads"), scene.web.join(".git/refs/heads")).unwrap();
    scene.refused("references", "is a link").await;
    let scene = GuardedYard::new();
    std::fs::remove_dir_all(scene.web.join(".git")).unwrap();
    symlink(&scene.secret, scene.web.join(".git")).unwrap();
    scene.refused(".git is a link", "points into").await;
    let scene = GuardedYard::new();
    std::fs::remove_dir_all(scene.web.join(".git")).unwrap();
    std::fs::write(scene.web.join(".git"), format!("gitdir: {}\n", scene.secret.display())).unwrap();
    scene.refused("a pointer", "points into").await;
}

#[tokio::test]
async fn a_pointer_that_could_be_read_two_ways_leads_nowhere_else() {
    // REQ-HARD-03: once the word was taken off twice here and once by libgit2, which followed the link.
    let scene = GuardedYard::new();
    std::fs::rename(scene.web.join(".git"), scene.web.join("decoy")).unwrap();
    symlink(&scene.secret, scene.web.join("gitdir: decoy")).unwrap();
    std::fs::write(scene.web.join(".git"), "gitdir: gitdir: decoy\n").unwrap();
    scene.refused("two words", "points into").await;
}

#[tokio::test]
async fn objects_of_the_gateway_are_not_borrowed_by_an_odd_line() {
    // REQ-HARD-03: libgit2 ended a line where we did not.
    let scene = GuardedYard::new();
    let objects = scene.secret.join("objects");
    let info = scene.web.join(".git/objects/info");
    std::fs::create_dir_all(&info).unwrap();
    let id = scene.secret_commit();
    std::fs::write(scene.web.join(".git/refs/heads/main"), format!("{id}\n")).unwrap();
    std::fs::write(info.join("alternates"), format!("x\r{}\n", objects.display())).unwrap();
    scene.refused("a return", &id).await;
    std::fs::write(info.join("alternates"), format!("{}\n", objects.display())).unwrap();
    scene.refused("a plain line", "points into").await;
}

#[tokio::test]
async fn honest_directories_of_every_kind_are_read() {
    // REQ-WORK-01: a bare one, a worktree, one that leans on another, a link to one, and one whose objects are packed.
    let yard = Yard::new();
    let web = yard.repository("web");
    git(&web, &["tag", "-a", "v1", "-m", "One"]);
    git(&web, &["branch", "side"]);
    let beside = |name: &str| yard.home.path().join("origin").join(name);
    git(&web, &["clone", "-q", "--bare", ".", beside("bare").to_str().unwrap()]);
    git(&web, &["worktree", "add", "-q", beside("tree").to_str().unwrap(), "side"]);
    git(&web, &["clone", "-q", "--shared", ".", beside("leaning").to_str().unwrap()]);
    symlink(&web, beside("linked")).unwrap();
    for name in ["bare", "tree", "leaning", "linked"] {
        let made = yard.make(name, name, &[name]).await.unwrap();
        assert_eq!(file(&made.directory, "README.md").as_deref(), Some("# web\n"), "{name}");
        assert_eq!(git(Path::new(&made.directory), &["tag"]), "v1", "{name}");
    }
    git(&web, &["gc", "-q"]);
    std::fs::write(web.join("more.txt"), "more").unwrap();
    commit(&web, "More");
    let made = yard.make("packed", "packed", &["web"]).await.unwrap();
    assert_eq!(file(&made.directory, "more.txt").as_deref(), Some("more"));
    assert_eq!(git(Path::new(&made.directory), &["fsck", "--strict"]), "");
}

#[tokio::test]
async fn branches_that_are_gone_or_moved_are_so_in_the_mirror() {
    // REQ-WORK-02
    let yard = Yard::new();
    let web = yard.repository("web");
    git(&web, &["branch", "old"]);
    yard.make("one", "key1", &["web"]).await.unwrap();
    git(&web, &["branch", "-D", "old"]);
    git(&web, &["commit", "-q", "--amend", "-m", "Anew"]);
    git(&web, &["branch", "new"]);
    let made = yard.make("two", "key2", &["web"]).await.unwrap();
    let branches = git(Path::new(&made.directory), &["for-each-ref", "--format=%(refname)", "refs/remotes"]);
    assert_eq!(branches, "refs/remotes/origin/main\nrefs/remotes/origin/new");
    let newest = git(Path::new(&made.directory), &["log", "-1", "--format=%s"]);
    assert_eq!(newest, "Anew");
}

#[tokio::test]
async fn the_end_of_a_cut_history_is_known() {
    // REQ-WORK-05: what a shallow directory lacks is not looked for.
    let yard = Yard::new();
    let web = yard.repository("web");
    std::fs::write(web.join("more.txt"), "more").unwrap();
    commit(&web, "More");
    let cut = yard.home.path().join("origin/cut");
    let from = format!("file://{}", web.display());
    git(&web, &["clone", "-q", "--depth=1", &from, cut.to_str().unwrap()]);
    let source = RepositorySource { depth: None, ..yard.source("cut") };
    let made = yard.order("shop", "key1", vec![source]).await.unwrap();
    assert_eq!(git(Path::new(&made.directory), &["rev-list", "--count", "HEAD"]), "1");
    assert_eq!(git(Path::new(&made.directory), &["fsck", "--strict"]), "");
}
