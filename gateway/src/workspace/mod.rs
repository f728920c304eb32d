//! Workspaces: `.builders/{name}/repos/{repo}`, made as clones of a mirror that only the gateway has, or by the configured
//! command. Agents write there, so what is found there is never run or followed (docs/decisions/0031). Everything that touches a disk runs on a few blocking threads, one at a time per
//! workspace and per mirror.

mod beneath;
mod beside;
mod changed_files;
mod claim;
mod command;
mod copied_files;
mod folder;
mod git;
mod made_by_command;
mod made_by_git;
mod private;
mod readable;
mod removal;
mod sizes;
#[cfg(test)]
mod tests;
mod workspace_config;

pub(crate) use git::{GitProgram, run_git};
pub use workspace_config::{Config, Maker};

use crate::clock::Clock;
use crate::sessions::ports::{
    CopyLimits, OnProgress, WorkspaceCopy, WorkspaceFault, WorkspaceMade, WorkspaceSpec, WorkspaceView,
    Workspaces,
};
use bridge_protocol::FileChange;
use claim::{Claim, State};
use dashmap::DashMap;
use folder::Folder;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use gateway_domain::{ProgressLine, SafeName};
use made_by_command::Command;
use private::Private;
use std::path::Path;
use std::sync::{Arc, Once};
use tokio::sync::{Mutex, OwnedMutexGuard, Semaphore};

/// Workspaces that are made at the same time: more only make each other slow on one disk.
const AT_ONCE: usize = 4;

/// Starts that may wait for one of them; a person waits no longer than that.
const WAITING: usize = 32;

/// Looks at what changed, at the same time: each reads a whole workspace, and every open page may ask for one.
const LOOKS: usize = 2;

/// Where workspaces are, and what only the gateway has of them.
#[derive(Clone, Debug)]
struct Folders {
    folder: Folder,
    private: Private,
}

impl Folders {
    /// The repositories of a workspace: by its note, and whatever else there has git data.
    fn repositories(&self, name: &SafeName) -> Result<Vec<SafeName>, WorkspaceFault> {
        let noted = Claim::read(self, name)?.map(|claim| claim.repositories).unwrap_or_default();
        let mut all = self.folder.repositories(name)?;
        all.retain(|one| noted.contains(one) || git::is_repository(self, name, one));
        Ok(all)
    }
}

/// The room's handle.
pub struct Workshop {
    config: Config,
    clock: Arc<dyn Clock>,
    /// One at a time for each name, and for each mirror.
    names: DashMap<String, Arc<Mutex<()>>>,
    turns: Semaphore,
    waiting: Semaphore,
    looks: Semaphore,
    /// What an earlier gateway left half done is cleared away once.
    swept: Once,
}

impl Workshop {
    pub fn new(config: Config, clock: Arc<dyn Clock>) -> Self {
        let (turns, waiting) = (Semaphore::new(AT_ONCE), Semaphore::new(AT_ONCE + WAITING));
        let looks = Semaphore::new(LOOKS);
        Self { config, clock, names: DashMap::new(), turns, waiting, looks, swept: Once::new() }
    }

    async fn lock(&self, name: &str) -> OwnedMutexGuard<()> {
        let lock = Arc::clone(&self.names.entry(name.to_owned()).or_default());
        lock.lock_owned().await
    }

    fn open(&self) -> Result<Folders, WorkspaceFault> {
        let folder = Folder::open(&self.config.folder)?;
        let private = Private::open(&self.config.mirrors, folder.path())?;
        self.swept.call_once(|| private.sweep());
        Ok(Folders { folder, private })
    }

    async fn make(
        &self,
        spec: WorkspaceSpec,
        tell: &OnProgress<'_>,
    ) -> Result<WorkspaceMade, WorkspaceFault> {
        let _waiting = self.waiting.try_acquire().map_err(|_| WorkspaceFault::Busy)?;
        let _one = self.lock(&spec.name.folded()).await;
        let _turn = self.turns.acquire().await.map_err(|_| WorkspaceFault::Busy)?;
        let folders = self.open()?;
        folders.folder.check_case(&spec.name)?;
        let claim = Claim::read(&folders, &spec.name)?;
        if let Some(made) = claim.as_ref().and_then(|claim| claim.made_for(&folders, &spec)) {
            return Ok(made);
        }
        let half_made = claim.as_ref().is_some_and(|claim| claim.state == State::Making);
        if half_made {
            tell(ProgressLine::warning("What an interrupted start left half made is cleared away first."));
            self.clear(&folders, &spec).await?;
        }
        let reused = !half_made && folders.folder.has_workspace(&spec.name)?;
        if !half_made && !reused {
            folders.folder.check_free(&spec.name)?;
        }
        let claim = Claim::begun(&spec, self.clock.now(), reused);
        claim.write(&folders)?;
        let making = match &self.config.maker {
            Maker::Clones => self.by_git(&folders, &spec, reused, tell).await,
            Maker::Command { .. } if reused => self.reset(&folders, &spec, tell).await,
            Maker::Command { words, timeout, environment } => {
                let command = Command { words, timeout: *timeout, environment };
                self.by_command(&folders, &spec, &command, tell).await
            }
        };
        match making.and_then(|branch| claim.finish(&folders, &spec, branch)) {
            Ok(made) => Ok(made),
            Err(fault) => {
                // What was there before stays; what was not goes.
                match reused {
                    true => Claim::abandon(&folders, &spec.name),
                    false => self.clear(&folders, &spec).await?,
                }
                Err(fault)
            }
        }
    }
}

impl Workspaces for Workshop {
    fn prepare<'a>(
        &'a self,
        spec: WorkspaceSpec,
        tell: &'a OnProgress<'a>,
    ) -> BoxFuture<'a, Result<WorkspaceMade, WorkspaceFault>> {
        self.make(spec, tell).boxed()
    }

    fn give_up<'a>(&'a self, made: &'a WorkspaceMade) -> BoxFuture<'a, ()> {
        async move {
            let name = &made.workspace.name;
            let _one = self.lock(&name.folded()).await;
            let Ok(folders) = self.open() else { return };
            let ours = Claim::read(&folders, name).ok().flatten().is_some_and(|claim| claim.key == made.key);
            if !ours {
                return;
            }
            let spec = WorkspaceSpec { name: name.clone(), key: made.key.clone(), repositories: vec![] };
            let undone = match made.new {
                true => self.clear(&folders, &spec).await,
                false => {
                    Claim::abandon(&folders, name);
                    Ok(())
                }
            };
            if let Err(error) = undone {
                tracing::warn!(workspace = %name, %error, "unused workspace not removed");
            }
        }
        .boxed()
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<WorkspaceView>, WorkspaceFault>> {
        async move {
            let _look = self.looks.acquire().await.map_err(|_| WorkspaceFault::Busy)?;
            let folders = self.open()?;
            blocking(move || removal::list(&folders)).await
        }
        .boxed()
    }

    fn remove<'a>(
        &'a self,
        name: &'a SafeName,
        confirmed: bool,
    ) -> BoxFuture<'a, Result<Vec<ProgressLine>, WorkspaceFault>> {
        async move {
            let _one = self.lock(&name.folded()).await;
            let (folders, name, now) = (self.open()?, name.clone(), self.clock.now());
            blocking(move || removal::remove(&folders, &name, confirmed, now)).await
        }
        .boxed()
    }

    fn changes<'a>(&'a self, name: &'a SafeName) -> BoxFuture<'a, Result<Vec<FileChange>, WorkspaceFault>> {
        async move {
            let _look = self.looks.acquire().await.map_err(|_| WorkspaceFault::Busy)?;
            let (folders, name) = (self.open()?, name.clone());
            blocking(move || changed_files::of(&folders, &name)).await
        }
        .boxed()
    }

    fn copy_to<'a>(
        &'a self,
        name: &'a SafeName,
        into: &'a Path,
        limits: CopyLimits,
    ) -> BoxFuture<'a, Result<WorkspaceCopy, WorkspaceFault>> {
        async move {
            let _look = self.looks.acquire().await.map_err(|_| WorkspaceFault::Busy)?;
            let (folders, name, into) = (self.open()?, name.clone(), into.to_owned());
            blocking(move || copied_files::to(&folders, &name, &into, limits)).await
        }
        .boxed()
    }

    fn holds(&self, name: &SafeName, directory: &str) -> bool {
        let root = self.config.folder.canonicalize();
        root.is_ok_and(|root| Path::new(directory).starts_with(root.join(name.as_str())))
    }
}

/// Removes what is in a folder under that name, however deep it lies; links in it are not followed.
pub(crate) fn remove_beneath(folder: &Path, name: &str) -> std::io::Result<()> {
    beneath::Beneath::open(folder)?.remove(name)
}

/// Runs work on a disk off the threads that serve people.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, WorkspaceFault> + Send + 'static,
) -> Result<T, WorkspaceFault> {
    let ended = tokio::task::spawn_blocking(work).await;
    ended.unwrap_or_else(|error| {
        Err(WorkspaceFault::Failed(format!("The work on the disk broke off: {error}.")))
    })
}

/// What went wrong on a disk, as a sentence; a full disk is told as such.
fn disk(doing: &str, path: &Path, error: &std::io::Error) -> WorkspaceFault {
    let told = format!("Could not {doing} {}: {error}", path.display());
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => WorkspaceFault::DiskFull(told),
        _ => WorkspaceFault::Failed(format!("{told}.")),
    }
}
