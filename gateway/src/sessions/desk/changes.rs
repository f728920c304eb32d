//! Changed files of a session: read from its workspace, or elsewhere from OpenCode.

use super::{Desk, Refusal};
use crate::sessions::ports::WorkspaceFault;
use bridge_protocol::{FileChange, SessionInfo};
use gateway_domain::{SafeName, SessionCard};

/// Files, and what is to be known about the list.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    pub files: Vec<FileChange>,
    /// A sentence for people, where the list is not the whole truth.
    pub note: Option<String>,
}

impl Desk {
    /// What the session changed, file by file.
    pub async fn diff(&self, session: &str) -> Result<Vec<FileChange>, Refusal> {
        Ok(self.changes(session).await?.files)
    }

    pub async fn changes(&self, session: &str) -> Result<Changes, Refusal> {
        if let Some(workspace) = self.own_workspace(session) {
            match self.setup.workspaces.changes(&workspace).await {
                Ok(files) => return Ok(Changes { files, note: None }),
                // It was removed meanwhile.
                Err(WorkspaceFault::Unknown(_)) => {}
                Err(fault) => return Err(fault.into()),
            }
        }
        let files = self.pods.diff(session).await?;
        Ok(Changes { files, note: self.sharers(session) })
    }

    /// None when somebody else has it by now.
    fn own_workspace(&self, session: &str) -> Option<SafeName> {
        let card = self.threads.card_of(session)?;
        let name = card.about.workspace.as_ref()?.name.clone();
        let of_another = |other: &SessionCard| {
            let same = other.about.workspace.as_ref().is_some_and(|own| own.name.folded() == name.folded());
            same && other.session != session && other.about.started_at > card.about.started_at
        };
        (!self.threads.cards().iter().any(|other| of_another(other))).then_some(name)
    }

    /// The plugin leaves out what other sessions changed as far as it can tell.
    fn sharers(&self, session: &str) -> Option<String> {
        let own = self.live.get(session)?.info;
        let all = self.live.list();
        all.iter().any(|view| is_beside(&own, &view.info)).then(|| {
            "Other sessions worked in this directory at the same time. This list has the files that this \
                session edited itself; changes made by its commands can't be told apart."
                .to_owned()
        })
    }
}

/// Another session was at work in the same directory while this one was.
fn is_beside(own: &SessionInfo, other: &SessionInfo) -> bool {
    let overlaps = other.updated_at >= own.created_at && other.created_at <= own.updated_at;
    other.id != own.id && other.parent_id.is_none() && other.directory == own.directory && overlaps
}
