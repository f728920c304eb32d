//! The cached mirror of a repository: bare, beside the workspaces, brought up to date before each use.

use super::{BASE, failed, fetch};
use crate::sessions::workspaces::{RepositorySource, WorkspaceFault};
use crate::workspace::folder::Folder;
use crate::workspace::{Workshop, blocking, disk};
use git2::{Config, Oid, Repository};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// What may stand in a mirror's configuration. An agent can write there from its worktree, and some settings name
/// programs that git runs: those must not be there when the gateway lets git run.
const HARMLESS: &[&str] = &[
    "core.repositoryformatversion",
    "core.bare",
    "core.filemode",
    "core.ignorecase",
    "core.precomposeunicode",
    "core.symlinks",
    "core.logallrefupdates",
    "extensions.",
    "remote.origin.fetch",
    "branch.",
    "user.",
];

/// A mirror that is up to date, and the commit that a session begins at.
pub(in crate::workspace) struct Mirrored {
    pub(in crate::workspace) path: PathBuf,
    pub(in crate::workspace) base: Oid,
}

impl Workshop {
    /// One fetch at a time for each mirror; whoever waited finds it nearly up to date.
    pub(in crate::workspace) async fn mirrored(
        &self,
        folder: &Folder,
        source: &RepositorySource,
    ) -> Result<Mirrored, WorkspaceFault> {
        let Some(from) = source.from.clone() else {
            return Err(WorkspaceFault::NoSuchRepository(format!(
                "Nobody has told where repository {name} comes from: name its `remote` or `directory` below \
                 `repositories` in the configuration, or its address in the project list.",
                name = source.name
            )));
        };
        let path = folder.mirror(&format!("{}-{}", source.name.folded(), digest(&from)));
        let _one = self.lock(&path.to_string_lossy()).await;
        let made = path.is_dir();
        // A first fetch that breaks off leaves nothing that looks like a mirror.
        let place = if made { path.clone() } else { path.with_extension("new") };
        let (at, address) = (place.clone(), from.clone());
        let name = source.name.clone();
        blocking(move || {
            prepare(&at, &address, made).map_err(|error| failed("make the mirror", &name, &error))?
        })
        .await?;
        let fetched = self.fetched(source, from, &place).await;
        if !made {
            let settled = if fetched.is_ok() {
                std::fs::rename(&place, &path)
            } else {
                std::fs::remove_dir_all(&place)
            };
            settled.map_err(|error| disk("settle", &place, &error))?;
        }
        fetched?;
        let source = source.clone();
        blocking(move || {
            let base = base(&path, &source)?;
            Ok(Mirrored { path, base })
        })
        .await
    }

    async fn fetched(
        &self,
        source: &RepositorySource,
        from: String,
        place: &Path,
    ) -> Result<(), WorkspaceFault> {
        match fetch::by_program(source, &from) {
            Some(address) => fetch::with_git(source, &address, place, self.config.fetch_timeout).await,
            None => {
                let (source, place) = (source.clone(), place.to_path_buf());
                blocking(move || fetch::with_libgit2(&source, &from, &place)).await
            }
        }
    }
}

/// Two projects may each have a repository `web`.
fn digest(from: &str) -> String {
    hex::encode(&Sha256::digest(from.as_bytes())[..4])
}

fn prepare(path: &Path, from: &str, made: bool) -> Result<Result<(), WorkspaceFault>, git2::Error> {
    if !made {
        if let Err(error) = std::fs::remove_dir_all(path)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            return Ok(Err(disk("clear", path, &error)));
        }
        Repository::init_bare(path)?;
    }
    let mut config = Config::open(&path.join("config"))?;
    let mut odd = vec![];
    config.entries(None)?.for_each(|entry| {
        let name = entry.name().unwrap_or_default().to_owned();
        if !HARMLESS.iter().any(|known| name == *known || known.ends_with('.') && name.starts_with(known)) {
            odd.push(name);
        }
    })?;
    for name in odd {
        // One name may stand there several times.
        let _ = config.remove_multivar(&name, ".*");
    }
    config.set_str("remote.origin.url", from)?;
    config.set_str("remote.origin.fetch", super::BRANCHES)?;
    Ok(Ok(()))
}

fn base(path: &Path, source: &RepositorySource) -> Result<Oid, WorkspaceFault> {
    let open = || -> Result<Oid, git2::Error> {
        let repository = Repository::open_bare(path)?;
        let name =
            source.branch.as_ref().map_or(BASE.to_owned(), |name| format!("refs/remotes/origin/{name}"));
        let found = repository.find_reference(&name)?.peel_to_commit()?.id();
        Ok(found)
    };
    open().map_err(|error| match (&source.branch, error.code()) {
        (Some(branch), git2::ErrorCode::NotFound) => {
            WorkspaceFault::NoSuchRepository(format!("Repository {} has no branch {branch}.", source.name))
        }
        _ => failed("find the newest commit", &source.name, &error),
    })
}
