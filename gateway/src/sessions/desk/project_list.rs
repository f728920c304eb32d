//! The projects that work is filed under.

use super::{Desk, Refusal};
use crate::sessions::ports::Project;
use gateway_domain::{Inference, ListedProject, NewProject, Person, RowFault, SessionCard};
use std::sync::Arc;

impl Desk {
    /// All projects, those of the configuration first.
    pub fn projects(&self) -> Vec<Project> {
        self.projects.all()
    }

    /// Rows of the project list that could not be used.
    pub fn project_faults(&self) -> Vec<RowFault> {
        self.projects.faults()
    }

    /// Which project a title means.
    pub fn infer_project(&self, title: &str) -> Inference {
        self.projects.infer(title)
    }

    /// The name that the project list has for it, where its sessions are filed under an id.
    pub fn project_title(&self, card: &SessionCard) -> Option<String> {
        self.projects.title(card.about.project.as_deref()?)
    }

    /// Returns when it is in the list.
    pub async fn add_project(&self, new: NewProject, by: &Person) -> Result<ListedProject, Refusal> {
        self.note_act(by, "added project", "", &new.name).await?;
        let wanted = format!("to add the project {}", new.name);
        let projects = Arc::clone(&self.projects);
        let added = tokio::task::spawn_blocking(move || projects.add(&new)).await;
        // A thread that did not come to its end says nothing of what it wrote.
        let added = match added {
            Ok(added) => added.map_err(Refusal::from),
            Err(_) => Err(Refusal::NotStored),
        };
        if let Err(why) = &added {
            self.note_refused(by, "", &wanted, &why.to_string()).await;
        }
        added
    }

    /// The agents that tasks are given to by their words.
    pub fn routed_agents(&self) -> Vec<String> {
        self.projects.routed_agents()
    }
}
