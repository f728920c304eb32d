//! What lies beside the repositories of a workspace, and in repositories inside them.

use super::{Yard, commit, file, git};
use crate::sessions::ports::{WorkspaceFault, Workspaces};
use gateway_domain::SafeName;
use std::path::{Path, PathBuf};

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![];
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&entry.path()))
        } else {
            found.push(entry.path())
        }
    }
    found
}

#[tokio::test]
async fn nothing_beside_the_repositories_survives_a_clean_up_and_nothing_is_lost() {
    // ACCEPTANCE F1a, REQ-WORK-02: with several repositories the session works in the folder around them.
    let yard = Yard::new();
    yard.repository("web");
    yard.repository("api");
    let made = yard.make("both", "key1", &["api", "web"]).await.unwrap();
    let repos = Path::new(&made.directory);
    std::fs::create_dir_all(repos.join("notes/deep")).unwrap();
    std::fs::write(repos.join("greeting.txt"), "hello").unwrap();
    std::fs::write(repos.join("notes/deep/plan.md"), "plan").unwrap();
    std::fs::write(yard.folder().join("both/outside.txt"), "outside").unwrap();
    std::fs::write(repos.join("api/draft.txt"), "draft").unwrap();
    let again = yard.make("both", "key2", &["web"]).await.unwrap();
    assert_eq!(Path::new(&again.directory), repos.join("web"));
    let left: Vec<_> = std::fs::read_dir(repos).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left, ["web"], "the other repository goes as well");
    assert!(!yard.folder().join("both/outside.txt").exists());
    let told = yard.told();
    assert!(told.contains("3 files beside the repositories saved in "), "{told}");
    assert!(told.contains("api: 1 uncommitted file saved on branch rescue/both-"), "{told}");
    let mut texts: Vec<_> = files(&yard.private("kept/files"))
        .iter()
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    texts.sort();
    assert_eq!(texts, ["hello", "outside", "plan"]);
}

#[tokio::test]
async fn what_lies_beside_the_repositories_is_named_before_it_goes() {
    // ACCEPTANCE F1b, F1c, UX B17, REQ-WORK-05
    let yard = Yard::new();
    yard.repository("web");
    yard.repository("api");
    let made = yard.make("both", "key1", &["api", "web"]).await.unwrap();
    std::fs::write(Path::new(&made.directory).join("precious.txt"), "precious").unwrap();
    let losses = yard.shop.list().await.unwrap()[0].losses.clone();
    assert_eq!(losses, ["beside the repositories: 1 file (precious.txt)"]);
    let name = SafeName::parse("both").unwrap();
    let fault = yard.shop.remove(&name, false).await.unwrap_err();
    assert_eq!(fault, WorkspaceFault::WouldLose(losses));
    assert_eq!(file(&made.directory, "precious.txt").as_deref(), Some("precious"));
    let told = yard.shop.remove(&name, true).await.unwrap();
    assert!(told[0].text.contains("1 file beside the repositories saved in "), "{told:?}");
    assert_eq!(yard.left(), [""; 0]);
    assert_eq!(std::fs::read_to_string(&files(&yard.private("kept/files"))[0]).unwrap(), "precious");
}

#[tokio::test]
async fn a_repository_inside_a_repository_is_kept_with_its_history() {
    // REQ-WORK-05: git itself would keep neither its files nor its commits.
    let yard = Yard::new();
    yard.repository("web");
    let made = yard.make("shop", "key1", &["web"]).await.unwrap();
    let inner = Path::new(&made.directory).join("vendor/lib");
    std::fs::create_dir_all(&inner).unwrap();
    git(&inner, &["init", "-q", "-b", "main"]);
    std::fs::write(inner.join("lib.txt"), "lib").unwrap();
    commit(&inner, "Inner work");
    let losses = yard.shop.list().await.unwrap()[0].losses.join("; ");
    assert!(losses.contains("web: the repository vendor/lib inside it"), "{losses}");
    yard.make("shop", "key2", &["web"]).await.unwrap();
    assert!(!inner.exists(), "it does not survive the clean-up");
    let kept = files(&yard.private("kept/files"));
    let head = kept.iter().find(|path| path.ends_with("vendor/lib/.git/HEAD")).unwrap();
    let kept = head.parent().unwrap().parent().unwrap();
    assert_eq!(git(kept, &["log", "-1", "--format=%s"]), "Inner work");
}
