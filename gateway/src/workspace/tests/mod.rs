//! Workspaces on a real disk with real git.

mod beside_repositories;
mod by_command;
mod by_git;
mod full_disk;
mod hostile;
mod hostile_packs;
mod listing_and_removal;
mod names;
mod old;
mod sources;
mod what_changed;

use super::{Config, Maker, Workshop};
use crate::clock;
use crate::sessions::ports::{RepositorySource, WorkspaceFault, WorkspaceMade, WorkspaceSpec, Workspaces};
use gateway_domain::{ProgressLine, SafeName};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;
use tempfile::TempDir;

/// A builders folder, and repositories beside it.
struct Yard {
    home: TempDir,
    shop: Workshop,
    told: Mutex<Vec<String>>,
}

impl Yard {
    fn new() -> Self {
        Self::with(Maker::Clones, Duration::from_secs(20))
    }

    fn with(maker: Maker, fetch_timeout: Duration) -> Self {
        let home = TempDir::new().unwrap();
        let folder = home.path().join(".builders");
        Self::at(home, folder, maker, fetch_timeout)
    }

    fn at(home: TempDir, folder: PathBuf, maker: Maker, fetch_timeout: Duration) -> Self {
        let mirrors = home.path().join("private");
        let config = Config { folder, mirrors, maker, fetch_timeout, ..Config::default() };
        Self { shop: Workshop::new(config, clock::system()), home, told: Mutex::default() }
    }

    fn folder(&self) -> PathBuf {
        self.shop.config.folder.canonicalize().unwrap()
    }

    /// What only the gateway has.
    fn private(&self, path: &str) -> PathBuf {
        self.home.path().join("private").join(path)
    }

    /// The one repository in a folder of those.
    fn only(&self, folder: &str) -> PathBuf {
        let entries = std::fs::read_dir(self.private(folder)).unwrap().flatten().map(|entry| entry.path());
        let found: Vec<_> =
            entries.filter(|path| path.extension().is_some_and(|kind| kind == "git")).collect();
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].clone()
    }

    /// A repository with one commit.
    fn repository(&self, name: &str) -> PathBuf {
        let path = self.home.path().join("origin").join(name);
        std::fs::create_dir_all(path.join("src")).unwrap();
        std::fs::create_dir_all(path.join("docs")).unwrap();
        std::fs::write(path.join("README.md"), format!("# {name}\n")).unwrap();
        std::fs::write(path.join("src/main.rs"), "fn main() {}\n").unwrap();
        std::fs::write(path.join("docs/guide.md"), "# Guide\n").unwrap();
        std::fs::write(path.join(".gitignore"), "target\n").unwrap();
        git(&path, &["init", "-q", "-b", "main"]);
        commit(&path, "First");
        path
    }

    fn source(&self, name: &str) -> RepositorySource {
        let path = self.home.path().join("origin").join(name);
        RepositorySource {
            name: SafeName::parse(name).unwrap(),
            from: Some(path.display().to_string()),
            branch: None,
            depth: None,
            sparse: vec![],
        }
    }

    async fn make(
        &self,
        name: &str,
        key: &str,
        repositories: &[&str],
    ) -> Result<WorkspaceMade, WorkspaceFault> {
        self.order(name, key, repositories.iter().map(|name| self.source(name)).collect()).await
    }

    async fn order(
        &self,
        name: &str,
        key: &str,
        repositories: Vec<RepositorySource>,
    ) -> Result<WorkspaceMade, WorkspaceFault> {
        let name = SafeName::parse(name).unwrap();
        let tell = |line: ProgressLine| self.told.lock().unwrap().push(line.text);
        self.shop.prepare(WorkspaceSpec { name, key: key.to_owned(), repositories }, &tell).await
    }

    fn told(&self) -> String {
        self.told.lock().unwrap().join("\n")
    }

    /// Everything that is in the builders folder.
    fn left(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder()).unwrap().flatten();
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    }
}

fn git(path: &Path, args: &[&str]) -> String {
    let names = ["-c", "user.name=Test", "-c", "user.email=test@example.invalid"];
    let output = Command::new("git").args(names).args(args).current_dir(path).output().unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn commit(path: &Path, message: &str) {
    git(path, &["add", "--all"]);
    git(path, &["commit", "-q", "-m", message]);
}

fn file(directory: &str, name: &str) -> Option<String> {
    std::fs::read_to_string(Path::new(directory).join(name)).ok()
}

/// What the mirror of a directory is called.
fn mirror_of(name: &str, from: &Path) -> String {
    use sha2::{Digest, Sha256};
    format!("{name}-{}.git", hex::encode(&Sha256::digest(from.to_str().unwrap().as_bytes())[..4]))
}
