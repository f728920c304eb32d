//! The history: a git repository in the state directory, written with libgit2 by one thread.
//!
//! Each round opens the repository afresh (about a millisecond): so it sees what people and tidying did in
//! between, and holds no pack file that is gone. Objects of a round go into one pack, made in memory.

mod attach;
mod commit;
mod git_index;
mod locks;
mod others_commits;
mod pack;
mod pack_names;
mod read;
mod rewritten;

pub(super) use commit::{Draft, Put};
pub use pack::Size;
pub(super) use pack::{Merged, TidyError, tidy};
pub(super) use read::Snapshot;
pub use read::{LogEntry, ReadError};
pub(super) use rewritten::{Change as HistoryChange, RewriteError};

use crate::store::notice::Notice;
use git2::{ErrorCode, Repository, RepositoryInitOptions};
use std::path::{Path, PathBuf};

/// Who commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    pub name: String,
    pub email: String,
}

impl Default for Author {
    fn default() -> Self {
        Self { name: "opencode-gateway".to_owned(), email: "gateway@localhost".to_owned() }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum GitError {
    #[error(
        "Could not open the state's history in {}. Check that it is a git repository owned by this user; if \
         it is damaged, move `.git` aside: the records stay, and a new history begins.", path.display()
    )]
    Open {
        path: PathBuf,
        #[source]
        source: git2::Error,
    },
    #[error(
        "Could not {doing} in the state's history {}; retrying. If no git command is running there, remove \
            the `.lock` file named below.", path.display()
    )]
    Locked {
        doing: &'static str,
        path: PathBuf,
        #[source]
        source: git2::Error,
    },
    #[error("Could not {doing} in the state's history {}; retrying.", path.display())]
    Failed {
        doing: &'static str,
        path: PathBuf,
        #[source]
        source: git2::Error,
    },
    #[error("Could not sync {} to disk; retrying.", path.display())]
    Sync {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("The branch {branch} was moved at the same moment; retrying.")]
    Moved { branch: String },
}

/// The repository's place and names; opened for each use.
#[derive(Clone, Debug)]
pub(super) struct History {
    root: PathBuf,
    branch: String,
    author: Author,
}

impl History {
    pub(super) fn new(root: &Path, branch: &str, author: Author) -> Self {
        Self { root: root.to_owned(), branch: format!("refs/heads/{branch}"), author }
    }

    /// Makes the repository if there is none, clears what a crash left, and puts HEAD on our branch.
    pub(super) fn prepare(&self) -> Result<Vec<Notice>, GitError> {
        let mut notices = locks::clear_stale(&self.git_dir());
        pack::clear_leftovers(&self.git_dir());
        let repository = match Repository::open(&self.root) {
            Ok(repository) => repository,
            Err(error) if error.code() == ErrorCode::NotFound => self.init()?,
            Err(source) => return Err(GitError::Open { path: self.root.clone(), source }),
        };
        notices.extend(attach::attach(self, &repository)?);
        Ok(notices)
    }

    fn init(&self) -> Result<Repository, GitError> {
        let mut options = RepositoryInitOptions::new();
        options.initial_head(&self.branch).external_template(false);
        let made = Repository::init_opts(&self.root, &options).and_then(|repository| {
            let mut config = repository.config()?;
            // The commits are the log; a second one would grow without bound.
            config.set_bool("core.logAllRefUpdates", false)?;
            config.set_bool("core.autocrlf", false)?;
            // The gateway packs; git's own pack names do not tell one session's versions from another's.
            config.set_i32("gc.auto", 0)?;
            Ok(repository)
        });
        let made = made.map_err(|source| GitError::Open { path: self.root.clone(), source })?;
        Ok(made)
    }

    fn open(&self) -> Result<Repository, GitError> {
        Repository::open(&self.root).map_err(|source| GitError::Open { path: self.root.clone(), source })
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    fn git_dir(&self) -> PathBuf {
        self.root.join(".git")
    }

    fn branch_file(&self) -> PathBuf {
        self.git_dir().join(&self.branch)
    }

    /// Gives an error of the library its sentence.
    fn failed(&self, doing: &'static str) -> impl Fn(git2::Error) -> GitError {
        let path = self.git_dir();
        move |source| match source.code() {
            ErrorCode::Locked => GitError::Locked { doing, path: path.clone(), source },
            _ => GitError::Failed { doing, path: path.clone(), source },
        }
    }
}
