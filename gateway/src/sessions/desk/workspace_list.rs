//! Workspaces, for people who tidy up.

use super::{Desk, Refusal};
use crate::sessions::ports::WorkspaceView;
use gateway_domain::{Person, ProgressLine};

impl Desk {
    /// All workspaces, each with the session that works there.
    pub async fn workspaces(&self) -> Result<Vec<(WorkspaceView, Option<String>)>, Refusal> {
        self.setup.workspaces().await
    }

    /// Refuses while a session works there, and when something would be lost unless that is `confirmed`.
    pub async fn remove_workspace(
        &self,
        name: &str,
        confirmed: bool,
        by: &Person,
    ) -> Result<Vec<ProgressLine>, Refusal> {
        self.note_act(by, "removed workspace", "", name).await?;
        let removed = self.setup.remove(name, confirmed).await;
        if let Err(why) = &removed {
            self.note_refused(by, "", &format!("to remove the workspace {name}"), &why.to_string()).await;
        }
        removed
    }
}
