//! The repository of heads: a bare copy that only the gateway has, and the `git` program between it and the one elsewhere.

use crate::token::{make_private, private_folder};
use crate::workspace::{GitProgram, run_git};
use git2::Repository;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long the other side may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the other side is known to have.
pub(super) const BRANCH_SEEN: &str = "refs/outside/";

/// Where the copy is.
pub(super) fn place(state: &Path) -> PathBuf {
    private_folder(state).join("anchor.git")
}

#[derive(Clone, Debug)]
pub(super) struct HeadRepository {
    state: PathBuf,
    remote: String,
    settings: Option<PathBuf>,
}

impl HeadRepository {
    pub(super) fn new(state: &Path, remote: String, settings: Option<PathBuf>) -> Self {
        Self { state: state.to_owned(), remote, settings }
    }

    pub(super) fn remote(&self) -> &str {
        &self.remote
    }

    pub(super) fn open(&self) -> Result<Repository, git2::Error> {
        Repository::open_bare(place(&self.state))
    }

    /// Brings what the other side has, whatever its branches are. One that was deleted there is pushed again, with all before it.
    pub(super) async fn fetch(&self) -> Result<(), String> {
        self.make().map_err(|error| error.to_string())?;
        let seen = format!("+refs/heads/*:{BRANCH_SEEN}*");
        self.git(&["fetch", "--quiet", "--no-write-fetch-head", "--", &self.remote, &seen]).await
    }

    /// Never over what is there: the other side refuses what does not build upon it.
    pub(super) async fn push(&self, commit: git2::Oid, branch: &str) -> Result<(), String> {
        let to = format!("{commit}:refs/heads/{branch}");
        self.git(&["push", "--quiet", "--", &self.remote, &to]).await
    }

    fn make(&self) -> std::io::Result<()> {
        if self.open().is_ok() {
            return Ok(());
        }
        make_private(&private_folder(&self.state))?;
        Repository::init_bare(place(&self.state)).map(drop).map_err(std::io::Error::other)
    }

    async fn git(&self, args: &[&str]) -> Result<(), String> {
        let place = place(&self.state);
        let program = GitProgram { timeout: PATIENCE, settings: self.settings.as_deref() };
        let args = args.iter().map(|arg| (*arg).to_owned()).collect();
        let ended = run_git("Anchoring a checkpoint", args, &place, &program).await;
        let ended = ended.map_err(|error| error.to_string())?;
        match ended.status.success() {
            true => Ok(()),
            false => Err(ended.tail.join(" / ")),
        }
    }
}
