//! A workspace's own note: for which start it was made, and whether that was finished. It is on disk before anything
//! else is, so a gateway that is killed in the middle knows what is half made.

use super::{disk, folder::Folder};
use crate::sessions::workspaces::{WorkspaceFault, WorkspaceMade, WorkspaceOrder};
use gateway_domain::{PlaceName, Workspace};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

const FILE: &str = ".workspace.yaml";

/// It becomes the note once it is whole.
pub(super) const DRAFT: &str = ".workspace.yaml.new";

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
    pub(super) name: PlaceName,
    /// Of the start that has it.
    pub(super) key: String,
    pub(super) state: State,
    /// It was there before that start.
    #[serde(default)]
    pub(super) reused: bool,
    pub(super) made_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) branch: Option<String>,
    pub(super) repositories: Vec<PlaceName>,
}

impl Claim {
    pub(super) fn begun(order: &WorkspaceOrder, now: Timestamp, reused: bool) -> Self {
        Self {
            name: order.name.clone(),
            key: order.key.clone(),
            state: if reused { State::Cleaning } else { State::Making },
            reused,
            made_at: now,
            branch: None,
            repositories: order.repositories.iter().map(|source| source.name.clone()).collect(),
        }
    }

    /// None when there is none. One that cannot be read is treated as a workspace of unknown origin.
    pub(super) fn read(folder: &Folder, name: &PlaceName) -> Result<Option<Self>, WorkspaceFault> {
        if !folder.has_workspace(name)? && !folder.of(name).join(FILE).is_file() {
            return Ok(None);
        }
        let path = folder.of(name).join(FILE);
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(serde_yaml::from_str(&text).ok()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(disk("read", &path, &error)),
        }
    }

    /// The workspace as it was made for the same start before.
    pub(super) fn made_for(&self, folder: &Folder, order: &WorkspaceOrder) -> Option<WorkspaceMade> {
        (self.key == order.key && self.state == State::Ready).then(|| self.made(folder))
    }

    fn made(&self, folder: &Folder) -> WorkspaceMade {
        let Self { name, key, branch, repositories, .. } = self.clone();
        let directory = match &repositories[..] {
            [one] => folder.tree(&name, one),
            _ => folder.repos(&name),
        };
        let workspace = Workspace { name, branch, repositories };
        WorkspaceMade { workspace, key, directory: directory.display().to_string(), new: !self.reused }
    }

    pub(super) fn finish(
        mut self,
        folder: &Folder,
        order: &WorkspaceOrder,
        branch: Option<String>,
    ) -> Result<WorkspaceMade, WorkspaceFault> {
        for source in &order.repositories {
            if !folder.has_tree(&order.name, &source.name)? {
                let told =
                    format!("{} has no repository {} in it.", folder.of(&order.name).display(), source.name);
                return Err(WorkspaceFault::Failed(told));
            }
        }
        (self.state, self.branch) = (State::Ready, branch);
        self.write(folder)?;
        Ok(self.made(folder))
    }

    /// The start that had it is gone; the workspace stays.
    pub(super) fn abandon(folder: &Folder, name: &PlaceName) {
        // Whoever comes next cleans it all the same.
        if let Ok(Some(claim)) = Self::read(folder, name) {
            let _ = Self { key: String::new(), ..claim }.write(folder);
        }
    }

    pub(super) fn write(&self, folder: &Folder) -> Result<(), WorkspaceFault> {
        let home = folder.of(&self.name);
        std::fs::create_dir_all(&home).map_err(|error| disk("make", &home, &error))?;
        let text = serde_yaml::to_string(self).map_err(|error| WorkspaceFault::Failed(error.to_string()))?;
        let (path, draft) = (home.join(FILE), home.join(DRAFT));
        let written = write_whole(&draft, &text).and_then(|()| std::fs::rename(&draft, &path));
        written.map_err(|error| disk("write", &path, &error))
    }
}

fn write_whole(path: &PathBuf, text: &str) -> std::io::Result<()> {
    let mut file = std::fs::File::create(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
