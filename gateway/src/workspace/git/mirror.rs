//! The mirror of a repository: bare, in a folder that only the gateway has, brought up to date before each use.

use super::{BASE, failed, fetch, source};
use crate::sessions::ports::{RepositorySource, WorkspaceFault};
use crate::workspace::{Folders, Workshop, blocking, disk};
use git2::{Oid, Repository};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// A mirror that is up to date, and the commit that a session begins at.
pub(in crate::workspace) struct Mirrored {
    pub(in crate::workspace) label: String,
    pub(in crate::workspace) base: Oid,
}

impl Workshop {
    /// One fetch at a time for each mirror; whoever waited finds it nearly up to date.
    pub(in crate::workspace) async fn mirrored(
        &self,
        folders: &Folders,
        source: &RepositorySource,
    ) -> Result<Mirrored, WorkspaceFault> {
        let Some(from) = source.from.clone() else {
            return Err(WorkspaceFault::NoSuchRepository(format!(
                "Repository {name} has no source: set its `remote` or `directory` under `repositories` in \
                    the configuration, or its address in the project list.",
                name = source.name
            )));
        };
        let label = format!("{}-{}", source.name.folded(), digest(&from));
        let path = folders.private.mirror(&label);
        let _one = self.lock(&label).await;
        let made = path.is_dir();
        // A first fetch that breaks off leaves nothing that looks like a mirror.
        let at = if made { path.clone() } else { path.with_extension("new") };
        let (prepared, name) = (at.clone(), source.name.clone());
        blocking(move || {
            prepare(&prepared, made).map_err(|error| failed("create the mirror", &name, &error))?
        })
        .await?;
        let fetched = self.fetched(folders, source, from, &at).await;
        if !made {
            let settled =
                if fetched.is_ok() { std::fs::rename(&at, &path) } else { std::fs::remove_dir_all(&at) };
            settled.map_err(|error| disk("settle", &at, &error))?;
        }
        fetched?;
        let source = source.clone();
        blocking(move || {
            let base = base(&path, &source)?;
            Ok(Mirrored { label, base })
        })
        .await
    }

    async fn fetched(
        &self,
        folders: &Folders,
        source: &RepositorySource,
        from: String,
        at: &Path,
    ) -> Result<(), WorkspaceFault> {
        if fetch::is_server(&from) {
            let how = fetch::GitProgram {
                timeout: self.config.fetch_timeout,
                settings: self.config.git_settings.as_deref(),
            };
            return fetch::with_git(source, &from, at, &how).await;
        }
        let (source, at, guarded) = (source.clone(), at.to_path_buf(), self.guarded());
        let scratch = folders.private.scratch()?;
        blocking(move || {
            let directory = from.strip_prefix("file://").unwrap_or(&from);
            source::bring(&source, Path::new(directory), &at, &guarded, &scratch)
        })
        .await
    }

    /// What no repository may lead into.
    fn guarded(&self) -> Vec<PathBuf> {
        self.config.guarded.iter().chain([&self.config.mirrors]).cloned().collect()
    }
}

/// Two projects may each have a repository `web`.
fn digest(from: &str) -> String {
    hex::encode(&Sha256::digest(from.as_bytes())[..4])
}

fn prepare(path: &Path, made: bool) -> Result<Result<(), WorkspaceFault>, git2::Error> {
    if made {
        return Ok(Ok(()));
    }
    if let Err(error) = std::fs::remove_dir_all(path)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        return Ok(Err(disk("clear", path, &error)));
    }
    Repository::init_bare(path)?;
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
