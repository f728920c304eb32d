//! What the gateway laid into a repository of a workspace, by its own note.

use crate::sessions::ports::WorkspaceFault;
use crate::workspace::claim::write_note;
use crate::workspace::disk;
use crate::workspace::private::Private;
use gateway_domain::SafeName;
use git2::Oid;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Laid {
    /// The mirror that it comes from.
    pub(super) label: String,
    /// The commit that the session began at.
    base: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) sparse: Vec<String>,
}

impl Laid {
    pub(super) fn new(label: &str, base: Oid, sparse: &[String]) -> Self {
        Self { label: label.to_owned(), base: base.to_string(), sparse: sparse.to_vec() }
    }

    /// None for what a command made, or an earlier version.
    pub(super) fn read(private: &Private, workspace: &SafeName, repository: &SafeName) -> Option<Self> {
        let text = std::fs::read_to_string(private.laid(workspace, repository)).ok()?;
        serde_yaml::from_str(&text).ok()
    }

    pub(super) fn write(
        &self,
        private: &Private,
        workspace: &SafeName,
        repository: &SafeName,
    ) -> Result<(), WorkspaceFault> {
        let path = private.laid(workspace, repository);
        let folder = path.parent().unwrap_or(&path);
        std::fs::create_dir_all(folder).map_err(|error| disk("make", folder, &error))?;
        let text = serde_yaml::to_string(self).map_err(|error| WorkspaceFault::Failed(error.to_string()))?;
        write_note(&path, &text)
    }

    pub(super) fn base(&self) -> Option<Oid> {
        Oid::from_str(&self.base).ok()
    }
}
