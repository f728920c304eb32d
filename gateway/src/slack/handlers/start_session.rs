//! Starting a session: the form is opened, what it says is checked, the thread is made, then the session.

use super::reply::ReplyTarget;
use super::start_form::{AgentChoice, WorkLocation, first_model, first_repositories, site};
use super::{OPEN, SlackContext, SlackRequest, messages};
use crate::sessions::Attachments;
use crate::sessions::desk::{Refusal, Start, Started, Task, WorkspaceWanted, checked_title};
use crate::sessions::ports::{PodRefusal, PodRefused};
use crate::slack::client::PROMPT;
use crate::slack::formatting::esc;
use crate::slack::inbound::event::Message;
use crate::slack::outbound::{Note, Opening, ThreadTarget};
use crate::slack::render::{Draft, start_form};
use crate::slack::sentences;
use bridge_protocol::{HoldMode, ModelRef};
use gateway_domain::thread::Tone;
use gateway_domain::{ModelChoice, Priority, Proof, Proven};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;

/// Longest message that can be a title.
const TITLE: usize = 80;

/// What the form gives back when it is submitted: where it was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FormOrigin {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) channel: Option<String>,
    /// A thread that there is already becomes the session's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) thread: Option<String>,
}

/// A session that somebody wants, with everything that is needed for it.
#[derive(Clone)]
pub(super) struct StartPlan {
    pub(super) key: String,
    pub(super) channel: String,
    pub(super) thread: Option<String>,
    /// The message that asks for it, if it is one.
    pub(super) asked_in: Option<String>,
    pub(super) title: String,
    /// What the person wrote, to be given back if it comes to nothing.
    pub(super) typed: String,
    pub(super) prompt: String,
    pub(super) project: Option<String>,
    pub(super) site: WorkLocation,
    pub(super) routed: AgentChoice,
    pub(super) category: Option<String>,
    pub(super) priority: Option<Priority>,
    pub(super) files: Attachments,
}

/// The message that a form is opened for, if it is one.
#[derive(Default)]
pub(super) struct FormSource {
    pub(super) message: Option<Message>,
    /// What was typed behind the command, where there is no message.
    pub(super) typed: String,
    /// It was said to the app as a task, so it may be the title itself.
    pub(super) is_task: bool,
}

/// A view that is on somebody's screen.
pub(super) struct OpenView {
    pub(super) id: String,
    pub(super) hash: String,
}

/// Opens the form: nothing is looked up first, for Slack waits three seconds from the click. Which models are down is
/// drawn in as soon as it is known.
pub(super) async fn open_form(
    context: &SlackContext,
    request: &SlackRequest,
    channel: Option<String>,
    from: FormSource,
) {
    let FormSource { message: from, typed, is_task } = from;
    let opened = FormOrigin {
        channel: channel.or_else(|| from.as_ref().map(|message| message.channel.clone())),
        thread: from.as_ref().map(|message| message.thread().to_owned()),
    };
    let rule = opened.channel.as_deref().map(|channel| context.settings.channel(channel)).unwrap_or_default();
    let projects = context.offered_projects();
    let only = (projects.len() == 1).then(|| projects[0].name.clone());
    let project = rule.project.clone().or(only);
    let typed = from.map_or(typed, |message| messages::without_name(context, &message.text));
    let (title, description) = if is_task { split(typed) } else { (String::new(), typed) };
    let draft = Draft {
        repositories: first_repositories(&rule, &projects, project.as_deref()),
        project,
        title,
        description,
        model: first_model(&rule),
        private: serde_json::to_string(&opened).unwrap_or_default(),
        ..Draft::default()
    };
    let reply_to = ReplyTarget::of(&request.who, &request.reply, opened.channel.as_deref(), None);
    let models = context.desk.models_as_known();
    let view = start_form(&context.offer(&draft, models.clone()), &draft, None);
    let Some(shown) = context.open_view(request, &reply_to, view).await else { return };
    if context.desk.models().await != models {
        context.draw_again(&shown.id, Some(&shown.hash), &draft).await;
    }
}

/// A message of one short line is a title; a longer one needs one of its own.
fn split(typed: String) -> (String, String) {
    let is_title = typed.lines().count() == 1 && typed.chars().count() <= TITLE;
    if is_title { (typed, String::new()) } else { (String::new(), typed) }
}

impl SlackContext {
    /// Opens a view on the screen of whoever clicked.
    pub(super) async fn open_view(
        &self,
        request: &SlackRequest,
        reply_to: &ReplyTarget,
        view: Value,
    ) -> Option<OpenView> {
        let Some(trigger) = &request.reply.trigger else {
            self.tell(reply_to, sentences::TOO_LATE).await;
            return None;
        };
        let args = json!({ "trigger_id": trigger, "view": view });
        match self.client.call("views.open", &args, PROMPT).await {
            Ok(answer) => {
                let text = |name: &str| answer["view"][name].as_str().unwrap_or_default().to_owned();
                Some(OpenView { id: text("id"), hash: text("hash") })
            }
            Err(error) => {
                tracing::warn!(%error, "form not opened");
                let late = matches!(
                    error.code(),
                    Some("expired_trigger_id" | "exchanged_trigger_id" | "invalid_trigger_id")
                );
                self.tell(reply_to, if late { sentences::TOO_LATE } else { sentences::NOT_OPENED }).await;
                None
            }
        }
    }
}

/// What a submitted form wants. An error only if somebody changed the projects meanwhile.
pub(super) async fn wanted(
    context: &SlackContext,
    request: &SlackRequest,
    draft: &Draft,
    routed: AgentChoice,
) -> Result<StartPlan, String> {
    let opened: FormOrigin = serde_json::from_str(&draft.private).unwrap_or_default();
    // The form said so as far as it could; one without any field has no place to say it.
    checked_title(&draft.title).map_err(|refusal| refusal.to_string())?;
    let site = site(&context.offered_projects(), draft).map_err(|(_, why)| why)?;
    let project = draft.project.clone().filter(|name| name != OPEN);
    let channel = match opened.channel.or_else(|| context.settings.channel_of(project.as_deref()?)) {
        Some(channel) => channel,
        None => context.direct(&request.who.user).await?,
    };
    Ok(StartPlan {
        key: request.desk_key(),
        thread: opened.thread,
        asked_in: None,
        title: draft.title.clone(),
        typed: draft.description.clone(),
        prompt: prompt(draft, &site),
        project,
        site,
        routed,
        category: draft.category.clone(),
        priority: draft.priority.as_deref().and_then(priority),
        files: Attachments::default(),
        channel,
    })
}

fn priority(word: &str) -> Option<Priority> {
    serde_json::from_value(Value::String(word.to_owned())).ok()
}

fn prompt(draft: &Draft, site: &WorkLocation) -> String {
    let mut prompt = draft.title.clone();
    if !draft.description.is_empty() {
        prompt.push_str(&format!("\n\n{}", draft.description));
    }
    let mut facts = vec![];
    facts.extend(draft.category.as_ref().map(|category| format!("Category: {category}.")));
    facts.extend(draft.priority.as_ref().map(|priority| format!("Priority: {priority}.")));
    if let WorkLocation::Directories(all) = site
        && let [_, others @ ..] = &all[..]
        && !others.is_empty()
    {
        let named: Vec<_> = others.iter().map(|one| format!("{} ({})", one.name, one.directory)).collect();
        facts.push(format!("It also concerns: {}.", named.join(", ")));
    }
    if !facts.is_empty() {
        prompt.push_str(&format!("\n\n{}", facts.join(" ")));
    }
    prompt
}

impl SlackContext {
    /// The person's own conversation with the app.
    pub(super) async fn direct(&self, user: &str) -> Result<String, String> {
        let opened = self.client.call("conversations.open", &json!({ "users": user }), PROMPT).await;
        let opened = opened.map_err(|error| error.to_string())?;
        let id = opened.pointer("/channel/id").and_then(Value::as_str);
        id.map(str::to_owned).ok_or_else(|| "Slack named no conversation for it".to_owned())
    }
}

/// After a restart of ours the pods come back within this, and a pod that restarts within it too.
const POD: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_millis(500);

impl SlackContext {
    /// A start that was promised before a restart finds no pod at first. Tried again, it is the same session.
    async fn start_when_possible(&self, start: Start) -> Result<Started, Refusal> {
        let until = tokio::time::Instant::now() + POD;
        loop {
            match self.desk.start(start.clone()).await {
                Err(refusal) if is_away(&refusal) && tokio::time::Instant::now() < until => {
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
                other => return other,
            }
        }
    }
}

fn is_away(refusal: &Refusal) -> bool {
    matches!(
        refusal,
        Refusal::NoPod | Refusal::Pod(PodRefused { kind: PodRefusal::Away | PodRefusal::TimedOut, .. })
    )
}

/// The thread first: whatever comes of the start is told there. Done again, it is the same thread and session.
pub(super) async fn begin(context: &SlackContext, request: &SlackRequest, wanted: StartPlan) {
    let person =
        ReplyTarget::in_thread(&request.who, &request.reply, &wanted.channel, wanted.thread.as_deref());
    let target = ThreadTarget {
        team: request.who.team.clone(),
        channel: wanted.channel.clone(),
        thread: wanted.thread.clone(),
    };
    let opening = Opening {
        title: wanted.title.clone(),
        by: request.by.name.clone(),
        project: wanted.project.clone(),
        works_in: wanted.site.told(),
        asked_in: wanted.asked_in.clone(),
    };
    let thread = match context.outlet.open_thread(target, &wanted.key, opening).await {
        Ok(thread) => thread,
        Err(not) => {
            tracing::warn!(error = %not, "session not started: its thread could not be created");
            let told = sentences::not_started(&sentences::no_thread(&not.code), &wanted.title, &wanted.typed);
            return context.tell_alone(&person, &told).await;
        }
    };
    context.tell_routing(&wanted, &thread).await;
    let (directory, workspace) = match &wanted.site {
        WorkLocation::Directories(all) => {
            (all.first().map(|one| one.directory.clone()).unwrap_or_default(), None)
        }
        WorkLocation::Workspace(names) => {
            (String::new(), Some(WorkspaceWanted { name: None, repositories: names.clone() }))
        }
    };
    let AgentChoice { agent, model } = wanted.routed.clone();
    let start = Start {
        by: request.by.clone(),
        proven: Proven::by(Proof::Account),
        directory,
        workspace,
        title: wanted.title.clone(),
        key: wanted.key.clone(),
        project: wanted.project.clone(),
        pod: None,
        agent,
        model: model.map(|ModelChoice { provider, model }| ModelRef { provider, model }),
        hold: HoldMode::default(),
        category: wanted.category.clone(),
        priority: wanted.priority,
        description: Some(wanted.typed.clone()),
        prompt: Some(wanted.prompt.clone()),
        files: wanted.files.clone(),
        thread: Some(thread.clone()),
    };
    match context.start_when_possible(start).await {
        Ok(started) => context.outlet.follow(&started.session, thread),
        Err(refusal) => context.failed(&wanted, &thread, &refusal, &person).await,
    }
}

impl SlackContext {
    /// Who would suit the task and why, who takes it, and where: making a workspace can take a while.
    async fn tell_routing(&self, wanted: &StartPlan, thread: &gateway_domain::ThreadLocation) {
        let project = wanted.project.as_deref();
        let task = Task { project, title: &wanted.title, description: &wanted.typed, ..Task::default() };
        if let Some(hint) = self.desk.suggest_as_known(task) {
            let AgentChoice { agent, model } = &wanted.routed;
            if let Some(text) = sentences::routing(&hint, agent.as_deref(), model.as_ref()) {
                let note = Note { tone: Tone::Info, text: esc(&text) };
                self.outlet.note_of_start(thread, &wanted.key, "routing", note).await;
            }
        }
        if let WorkLocation::Workspace(names) = &wanted.site {
            let text = esc(&format!("Creating a workspace with {}…", names.join(", ")));
            self.outlet
                .note_of_start(thread, &wanted.key, "workspace", Note { tone: Tone::Info, text })
                .await;
        }
    }

    async fn failed(
        &self,
        wanted: &StartPlan,
        thread: &gateway_domain::ThreadLocation,
        refusal: &Refusal,
        person: &ReplyTarget,
    ) {
        let why = sentences::refusal(refusal);
        let links = match refusal {
            Refusal::Limit(limit) => self.links(limit).await,
            _ => String::new(),
        };
        let text = esc(&format!("No session was started: {why}")) + &links;
        self.outlet.close_opening(thread, &wanted.key, &text).await;
        let told = esc(&sentences::not_started(&why, &wanted.title, &wanted.typed)) + &links;
        self.show(person, &told, &[]).await;
    }
}
