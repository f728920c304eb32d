//! A session that began in OpenCode is set up: its form is filled in, its workspace made (REQ-START-10, REQ-START-12).

use super::{Stage, Step, WorkspaceOwner, WorkspaceSetup, WorkspaceWanted};
use crate::sessions::Refusal;
use crate::sessions::builder_form::NEW_PROJECT;
use crate::sessions::channels::{WHICH_CHANNEL, channel_of};
use crate::sessions::live::MessageView;
use bridge_protocol::PartView;
use gateway_domain::{Field, NewProject, ProgressLine, WorkspaceOrder, WorkspaceOutcome, WorkspaceReady};
use std::collections::BTreeMap;
use std::path::Path;

/// What OpenCode calls a session whose title is not known yet.
const UNTITLED: &str = "New session - ";

/// Longest title that is made of a first message.
const TITLE_CHARS: usize = 80;

impl WorkspaceSetup {
    /// What is asked of a person before the session may write, filled in as far as it is known.
    pub(crate) fn form(&self, session: &str, title: &str) -> Vec<Field> {
        let mut fields = self.projects.form(&self.title_of(session, title));
        let detected =
            fields.iter_mut().find(|field| field.name == "repositories" && field.suggestion.is_none());
        if let Some(field) = detected {
            field.suggestion = self.repository_of(session).filter(|name| field.options.contains(name));
        }
        fields
    }

    /// Given again for the same session, the order leads to the same workspace.
    pub(crate) async fn carry_out(&self, order: WorkspaceOrder) -> WorkspaceOutcome {
        let WorkspaceOrder::Prepare { session, title, values } = order;
        match self.prepare_configured(&session, &title, &values).await {
            Ok(ready) => WorkspaceOutcome::Ready(Box::new(ready)),
            Err(refusal) => WorkspaceOutcome::Refused { why: refusal.to_string() },
        }
    }

    /// By the name of the directory that the session works in.
    fn repository_of(&self, session: &str) -> Option<String> {
        let directory = self.live.get(session)?.info.directory;
        Some(Path::new(&directory).file_name()?.to_string_lossy().into_owned())
    }

    /// Asked again for the same session it waits for the first, and gets the same workspace.
    async fn prepare_configured(
        &self,
        session: &str,
        title: &str,
        values: &BTreeMap<String, String>,
    ) -> Result<WorkspaceReady, Refusal> {
        let key: String = session.chars().filter(char::is_ascii_alphanumeric).collect();
        let start = self.starts.begin(&key).await;
        start.anew();
        let given = |name: &str| values.get(name).map(|value| value.trim()).filter(|value| !value.is_empty());
        // Before anything is made: a thread that cannot be would be missed much later.
        let thread = given("thread").map(channel).transpose()?;
        let repositories: Vec<String> = given("repositories").map(words).unwrap_or_default();
        let project = match given("project") {
            Some(NEW_PROJECT) => {
                Some(self.new_project(given("new_project"), &repositories, given("category"))?)
            }
            named => named.map(|project| self.projects.filed_as(project)),
        };
        let title = self.title_of(session, title);
        // What was filled in already is nobody's choice.
        let filled_in = self.projects.form(&title).into_iter().find(|field| field.name == "workspace");
        let filled_in = filled_in.and_then(|field| field.suggestion);
        let name = given("workspace").filter(|name| filled_in.as_deref() != Some(name)).map(str::to_owned);
        let wanted = WorkspaceWanted { name, repositories };
        let owner =
            WorkspaceOwner { key: &key, project: project.as_deref(), title: &title, session: Some(session) };
        let told = |stage: Stage, line: ProgressLine| start.step(&Step { stage, line });
        let reserved = self.prepare_free(&owner, &wanted, &told).await?;
        let made = reserved.made.ok_or(Refusal::NotStored)?;
        start.made(session);
        Ok(WorkspaceReady {
            directory: made.directory,
            workspace: made.workspace,
            project,
            category: given("category").map(str::to_owned),
            thread,
            progress: reserved.progress,
        })
    }

    /// Killed in between and asked again, it is the project that was made.
    fn new_project(
        &self,
        name: Option<&str>,
        repositories: &[String],
        category: Option<&str>,
    ) -> Result<String, Refusal> {
        let name = name.ok_or_else(|| Refusal::Invalid("Give the new project a name.".to_owned()))?;
        let new = NewProject {
            name: name.to_owned(),
            repositories: repositories.to_vec(),
            category: category.map(str::to_owned),
            channel: None,
        };
        Ok(self.projects.find_or_add(&new)?)
    }

    /// A session without a title yet is named after what was asked first.
    fn title_of(&self, session: &str, title: &str) -> String {
        if !title.is_empty() && !title.starts_with(UNTITLED) {
            return title.to_owned();
        }
        let first = self.live.message_ids(session).into_iter().next();
        let first =
            first.and_then(|id| self.live.look_at(session, &id)).map(|(message, _)| text_of(&message));
        let line = first.as_deref().and_then(|text| text.trim().lines().next()).unwrap_or_default();
        let line: String = line.chars().take(TITLE_CHARS).collect();
        if line.is_empty() { "session".to_owned() } else { line }
    }
}

fn text_of(view: &MessageView) -> String {
    let text = |part: &PartView| match part {
        PartView::Text { text, .. } => Some(text.clone()),
        _ => None,
    };
    view.message.parts.iter().find_map(text).unwrap_or_default()
}

fn channel(text: &str) -> Result<String, Refusal> {
    channel_of(text).ok_or_else(|| Refusal::Invalid(format!("\"{text}\" is not a channel. {WHICH_CHANNEL}")))
}

/// Names as people list them.
fn words(text: &str) -> Vec<String> {
    text.split([',', ' ', ';']).map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}
