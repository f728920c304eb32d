//! A workspace's own note: for which start it was made, and whether that was finished. It is on disk before anything
//! else is, so a gateway that is killed in the middle knows what is half made. It lies where no agent can write.

use super::{Folders, disk};
use crate::sessions::ports::{WorkspaceFault, WorkspaceMade, WorkspaceSpec};
use gateway_domain::{SafeName, Workspace};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::io::{ErrorKind, Write};
use std::path::Path;

/// Where earlier versions had it: in the workspace, where an agent can write.
pub(super) const OLD_FILES: [&str; 2] = [".workspace.yaml", ".workspace.yaml.new"];

const MAX_OLD: u64 = 64 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    /// Whatever is there is half made.
    Making,
    /// It was whole before; it may be between two states of its files.
    Cleaning,
    Ready,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claim {
    pub(super) name: SafeName,
    /// Of the start that has it.
    pub(super) key: String,
    pub(super) state: State,
    /// It was there before that start.
    #[serde(default)]
    pub(super) reused: bool,
    pub(super) made_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) branch: Option<String>,
    pub(super) repositories: Vec<SafeName>,
}

impl Claim {
    pub(super) fn begun(spec: &WorkspaceSpec, now: Timestamp, reused: bool) -> Self {
        Self {
            name: spec.name.clone(),
            key: spec.key.clone(),
            state: if reused { State::Cleaning } else { State::Making },
            reused,
            made_at: now,
            branch: None,
            repositories: spec.repositories.iter().map(|source| source.name.clone()).collect(),
        }
    }

    /// None when there is none. One that cannot be read is treated as a workspace of unknown origin.
    pub(super) fn read(folders: &Folders, name: &SafeName) -> Result<Option<Self>, WorkspaceFault> {
        let path = folders.private.claim(name);
        match std::fs::read_to_string(&path) {
            // Without its folder the note is about something that is no more.
            Ok(_) if !folders.folder.is_there(name)? => Ok(None),
            Ok(text) => Ok(serde_yaml::from_str(&text).ok()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::read_old(folders, name)),
            Err(error) => Err(disk("read", &path, &error)),
        }
    }

    /// That of an earlier version, which an agent may have changed: what is half made by its word is cleaned as any
    /// other workspace, not cleared away.
    fn read_old(folders: &Folders, name: &SafeName) -> Option<Self> {
        let text = folders.folder.hold(name).ok()??.read(OLD_FILES[0], MAX_OLD).ok()?;
        let claim: Self = serde_yaml::from_slice(&text).ok()?;
        (claim.name == *name && claim.state == State::Ready).then_some(claim)
    }

    /// The workspace as it was made for the same start before.
    pub(super) fn made_for(&self, folders: &Folders, spec: &WorkspaceSpec) -> Option<WorkspaceMade> {
        (self.key == spec.key && self.state == State::Ready).then(|| self.made(folders))
    }

    fn made(&self, folders: &Folders) -> WorkspaceMade {
        let Self { name, key, branch, repositories, .. } = self.clone();
        let directory = match &repositories[..] {
            [one] => folders.folder.tree(&name, one),
            _ => folders.folder.repos(&name),
        };
        let workspace = Workspace { name, branch, repositories };
        WorkspaceMade { workspace, key, directory: directory.display().to_string(), new: !self.reused }
    }

    pub(super) fn finish(
        mut self,
        folders: &Folders,
        spec: &WorkspaceSpec,
        branch: Option<String>,
    ) -> Result<WorkspaceMade, WorkspaceFault> {
        for source in &spec.repositories {
            if folders.folder.hold_tree(&spec.name, &source.name)?.is_none() {
                let home = folders.folder.of(&spec.name);
                let told = format!("{} has no repository {}.", home.display(), source.name);
                return Err(WorkspaceFault::Failed(told));
            }
        }
        (self.state, self.branch) = (State::Ready, branch);
        self.write(folders)?;
        Ok(self.made(folders))
    }

    /// The start that had it is gone; the workspace stays.
    pub(super) fn abandon(folders: &Folders, name: &SafeName) {
        // Whoever comes next cleans it all the same.
        if let Ok(Some(claim)) = Self::read(folders, name) {
            let _ = Self { key: String::new(), ..claim }.write(folders);
        }
    }

    pub(super) fn write(&self, folders: &Folders) -> Result<(), WorkspaceFault> {
        let text = serde_yaml::to_string(self).map_err(|error| WorkspaceFault::Failed(error.to_string()))?;
        write_note(&folders.private.claim(&self.name), &text)
    }
}

/// Whole on disk, or not at all.
pub(super) fn write_note(path: &Path, text: &str) -> Result<(), WorkspaceFault> {
    let draft = path.with_extension("draft");
    let written = write_whole(&draft, text).and_then(|()| std::fs::rename(&draft, path));
    written.map_err(|error| disk("write", path, &error))
}

fn write_whole(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = std::fs::File::create(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
