//! Starting a session: limits, the pod, OpenCode's session under a key that never makes two, the first message.

use super::{Desk, PATIENCE, Refusal, Stage, Step, Task, WorkspaceWanted};
use crate::sessions::ports::{NewSession, PodRefusal, PodRefused};
use crate::sessions::tasks::ReservedRoom;
use crate::sessions::workspace_setup::{OnStage, ReservedWorkspace, WorkspaceOwner};
use crate::sessions::{Attachments, about};
use bridge_protocol::{HoldMode, ModelRef};
use gateway_domain::{
    About, Choice, MAX_CATEGORY, MAX_QUEUED_BYTES, MAX_TITLE, ModelChoice, Person, Priority, ProgressLine,
    Proven, RoutingDecision, SafeName, Said, Sort, ThreadLocation, Verdict, Workspace, is_blank,
};
use std::sync::Arc;

/// What a person wants to start.
#[derive(Clone)]
pub struct Start {
    pub by: Person,
    /// How far that is proven.
    pub proven: Proven,
    /// Where to work; not needed when a workspace is made.
    pub directory: String,
    /// A place of its own for the session, made before it begins.
    pub workspace: Option<WorkspaceWanted>,
    pub title: String,
    /// The sender's own word for this start, of letters and digits: the same one never starts two sessions.
    pub key: String,
    pub project: Option<String>,
    /// The pod to work in; with just one connected it need not be named.
    pub pod: Option<String>,
    pub agent: Option<String>,
    pub model: Option<ModelRef>,
    pub hold: HoldMode,
    /// What kind of work it is, in the team's own word.
    pub category: Option<String>,
    pub priority: Option<Priority>,
    /// The task in the person's own words, where the first message says more than that: routing goes by it.
    pub description: Option<String>,
    /// The first message.
    pub prompt: Option<String>,
    /// The files of the first message.
    pub files: Attachments,
    /// Where its thread is.
    pub thread: Option<ThreadLocation>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    pub session: String,
    /// False when the same was started before.
    pub new: bool,
}

impl Desk {
    /// Starts the session. If the gateway is killed midway, the same key returns the session that was made, and its
    /// first message is written once.
    pub async fn start(&self, wanted: Start) -> Result<Started, Refusal> {
        self.start_telling(wanted, &|_| {}).await
    }

    /// The same, with each step told as it is taken: routing, workspace, session (REQ-START-02).
    pub async fn start_telling(
        &self,
        mut wanted: Start,
        tell: &(dyn Fn(Step) + Send + Sync),
    ) -> Result<Started, Refusal> {
        wanted.title = checked_title(&wanted.title)?;
        check_first_message(&wanted)?;
        wanted.project = wanted.project.map(|project| self.projects.filed_as(&project));
        wanted.category = wanted.category.map(checked_category).transpose()?;
        // The room is the session's own until its first message is on the way.
        let (started, _room) = match self.started_before(&wanted.key) {
            Some(session) => (Started { session, new: false }, None),
            None => self.begin(&wanted, tell).await?,
        };
        if wanted.prompt.is_some() || !wanted.files.is_empty() {
            let text = wanted.prompt.unwrap_or_default();
            let model = wanted.model.map(choice);
            let (message_id, agent) = (format!("msg_gw{}", wanted.key), wanted.agent);
            let (by, proven) = (wanted.by, wanted.proven);
            let said = Said { message_id, by, proven, text, files: vec![], agent, model };
            self.say_with(&started.session, said, wanted.files).await?;
        }
        Ok(started)
    }

    /// Makes it under the eyes of whoever asks for the start by its key.
    async fn begin(
        &self,
        wanted: &Start,
        tell: &(dyn Fn(Step) + Send + Sync),
    ) -> Result<(Started, Option<ReservedRoom>), Refusal> {
        let start = self.setup.starts.begin(&wanted.key).await;
        if let Some(session) = self.started_before(&wanted.key) {
            return Ok((Started { session, new: false }, None));
        }
        start.anew();
        let told = |stage, line| {
            let step = Step { stage, line };
            start.step(&step);
            tell(step);
        };
        let made = self.make(wanted, &told).await;
        let forbidden = made.as_ref().err().filter(|why| is_forbidden(why)).map(ToString::to_string);
        if let Some(why) = forbidden {
            self.note_refused(&wanted.by, "", &format!("to start {}", wanted.title), &why).await;
        }
        match &made {
            Ok((session, _)) => start.made(session),
            Err(refusal) => {
                told(Stage::Failed, ProgressLine::warning(refusal.to_string()));
                start.failed();
            }
        }
        made.map(|(session, room)| (Started { session, new: true }, Some(room)))
    }

    /// The session that was started for the same.
    pub fn started_before(&self, key: &str) -> Option<String> {
        let cards = self.threads.cards();
        let same = cards.iter().find(|card| card.about.start_key.as_deref() == Some(key))?;
        Some(same.session.clone())
    }

    /// Whether one more may run, for that project and person.
    pub fn may_start(&self, project: Option<&str>, by: &Person) -> Result<(), Refusal> {
        self.session_tasks.running().check(project, by).map_err(Refusal::Limit)
    }

    async fn make(&self, wanted: &Start, told: &OnStage<'_>) -> Result<(String, ReservedRoom), Refusal> {
        self.known_project(wanted.project.as_deref())?;
        self.lets_start(wanted)?;
        let Start { key, title, project, by, .. } = wanted;
        let running = self.session_tasks.running();
        let mut room = running.reserve(key, title, project.as_deref(), by).map_err(Refusal::Limit)?;
        let pod = self.choose_pod(wanted.pod.clone())?;
        if let Some(why) = self.session_tasks.refuses_unguarded(&pod, wanted.project.as_deref()) {
            return Err(unguarded(&pod, &why).into());
        }
        let routing = self.routed(wanted, told).await?;
        let reserved = self.workspace_for(wanted, told).await?;
        let new = NewSession {
            directory: reserved.made.as_ref().map_or(&wanted.directory, |made| &made.directory).clone(),
            title: wanted.title.clone(),
            agent: wanted.agent.clone(),
            model: wanted.model.clone(),
            hold: wanted.hold,
        };
        let session = match self.pods.create(&pod, format!("req_start_{}", wanted.key), new).await {
            Ok(session) => session,
            Err(refused) => {
                self.setup.take_back(&reserved, refused.kind).await;
                return Err(refused.into());
            }
        };
        told(
            Stage::Session,
            ProgressLine::info(format!("Session {} started in {}.", session.id, session.directory)),
        );
        let pod: Arc<str> = pod.into();
        self.live.made(&pod, &session);
        room.becomes(&session.id);
        let ReservedWorkspace { made, progress, held } = reserved;
        let about = About {
            sort: Sort::Work,
            project: wanted.project.clone(),
            owner: Some(wanted.by.clone()),
            started_at: Some(self.clock.now()),
            start_key: Some(wanted.key.clone()),
            thread: wanted.thread.clone(),
            category: wanted.category.clone(),
            priority: wanted.priority,
            holds_writes: wanted.hold != HoldMode::None,
            routing,
            // The messages that follow name neither, and OpenCode would take its own for them.
            chosen: Choice { agent: wanted.agent.clone(), model: wanted.model.clone().map(choice) },
            workspace: made.map(|made| made.workspace),
            ..about(&session)
        };
        self.session_tasks.begin(&pod, &session.id, about, progress).await;
        let stored = self.threads.shown_as(&session.id, |card| card.about.start_key.is_some());
        // Sent again with the same key, it is the same session.
        tokio::time::timeout(PATIENCE, stored).await.map_err(|_| Refusal::NotStored)?;
        drop(held);
        Ok((session.id, room))
    }

    /// What is suggested and what was decided. A model that is down is never used silently (REQ-START-04).
    async fn routed(&self, wanted: &Start, told: &OnStage<'_>) -> Result<Option<RoutingDecision>, Refusal> {
        let description = wanted.description.as_deref().or(wanted.prompt.as_deref()).unwrap_or_default();
        let directory = Some(wanted.directory.as_str()).filter(|_| wanted.workspace.is_none());
        let task = Task {
            project: wanted.project.as_deref(),
            title: &wanted.title,
            description,
            pod: wanted.pod.as_deref(),
            directory,
        };
        let suggested = self.suggest(task).await;
        let (agent, model) = (wanted.agent.clone(), wanted.model.clone().map(choice));
        if let Some(model) = &model {
            self.usable_at(model, task.pod, directory).await?;
        }
        if let Some(agent) = &agent {
            self.has_agent_at(agent, task.pod, directory).await?;
        }
        let Some(suggested) = suggested else { return Ok(None) };
        let decision = RoutingDecision { suggested, agent, model };
        if let Some(sentence) = decision.sentence() {
            told(Stage::Routing, ProgressLine::info(sentence));
        }
        Ok(Some(decision))
    }

    /// A name that nobody gave a project would file the session where nobody looks for it.
    fn known_project(&self, project: Option<&str>) -> Result<(), Refusal> {
        let Some(project) = project else { return Ok(()) };
        let all = self.projects.names();
        if all.iter().any(|known| known == project) {
            return Ok(());
        }
        let offered = match &all[..] {
            [] => "No projects are configured, so leave it out.".to_owned(),
            all => format!("Choose one of these: {}.", all.join(", ")),
        };
        Err(Refusal::NoSuch(format!("There is no project {project:?}. {offered}")))
    }

    /// The rules of where it is to work say who can start there.
    fn lets_start(&self, wanted: &Start) -> Result<(), Refusal> {
        let names = wanted.workspace.iter().flat_map(|workspace| &workspace.repositories);
        let repositories: Vec<_> = names.filter_map(|name| SafeName::parse(name).ok()).collect();
        let name = SafeName::parse("new").ok().filter(|_| !repositories.is_empty());
        let about = About {
            directory: wanted.directory.clone(),
            project: wanted.project.clone(),
            workspace: name.map(|name| Workspace { name, branch: None, repositories }),
            ..About::default()
        };
        match self.session_tasks.no_start(&about, &wanted.by, &wanted.proven) {
            Some(why) => Err(Refusal::Decided(Verdict::RefusedByRule { why })),
            None => Ok(()),
        }
    }

    /// A workspace of its own if one is wanted, else the directory that was named.
    async fn workspace_for(&self, wanted: &Start, told: &OnStage<'_>) -> Result<ReservedWorkspace, Refusal> {
        let Some(workspace) = &wanted.workspace else {
            if wanted.directory.is_empty() {
                let told = "Say where to work: a directory, or a workspace with repositories.";
                return Err(Refusal::Invalid(told.to_owned()));
            }
            return Ok(ReservedWorkspace::default());
        };
        let (project, title) = (wanted.project.as_deref(), wanted.title.as_str());
        let owner = WorkspaceOwner { key: &wanted.key, project, title, session: None };
        self.setup.prepare_free(&owner, workspace, told).await
    }

    fn choose_pod(&self, wanted: Option<String>) -> Result<String, Refusal> {
        if let Some(pod) = wanted {
            return Ok(pod);
        }
        let mut connected = self.pods.connected();
        match connected.len() {
            1 => Ok(connected.remove(0)),
            0 => Err(Refusal::NoPod),
            _ => Err(Refusal::WhichPod(connected)),
        }
    }
}

/// Looked at before anything is made: a session without its task would be left behind.
/// Not merely impossible right now: rules or settings are against it.
fn is_forbidden(why: &Refusal) -> bool {
    let is_unguarded = |refused: &PodRefused| refused.kind == PodRefusal::Conflict;
    matches!(why, Refusal::Decided(_)) || matches!(why, Refusal::Pod(refused) if is_unguarded(refused))
}

fn check_first_message(Start { prompt, files, .. }: &Start) -> Result<(), Refusal> {
    let Some(prompt) = prompt else { return Ok(()) };
    if prompt.trim().is_empty() && files.is_empty() {
        let told = "The first message is empty. Say what the agent should do, or leave it out.";
        return Err(Refusal::Invalid(told.to_owned()));
    }
    if prompt.len() > MAX_QUEUED_BYTES {
        return Err(Refusal::Decided(Verdict::TooLong { limit: MAX_QUEUED_BYTES }));
    }
    Ok(())
}

/// Nothing was begun yet; the agent could reach what is not its own, and so get past the gate.
fn unguarded(pod: &str, why: &str) -> PodRefused {
    let sentence = format!(
        "No session starts in {pod} while its agents are unguarded ({why}). Start OpenCode with the guard, or set \
         `gate.unguarded: allow`."
    );
    PodRefused { kind: PodRefusal::Conflict, sentence }
}

fn checked_category(category: String) -> Result<String, Refusal> {
    let category = category.trim();
    if category.is_empty()
        || category.chars().count() > MAX_CATEGORY
        || category.chars().any(char::is_control)
    {
        return Err(Refusal::Invalid(format!(
            "A category must be one line of 1 to {MAX_CATEGORY} characters."
        )));
    }
    Ok(category.to_owned())
}

fn choice(ModelRef { provider, model }: ModelRef) -> ModelChoice {
    ModelChoice { provider, model }
}

/// A title as OpenCode's lists can show it.
pub(crate) fn checked_title(title: &str) -> Result<String, Refusal> {
    let title = title.trim();
    if is_blank(title) || title.chars().count() > MAX_TITLE || title.chars().any(char::is_control) {
        return Err(Refusal::Invalid(format!("A title must be one line of 1 to {MAX_TITLE} characters.")));
    }
    Ok(title.to_owned())
}
