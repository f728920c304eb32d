//! Starting a session: the form is opened, what it says is checked, the thread is made, then the session.

use super::start_form::{Routed, Site, first_model, first_repositories, site};
use super::reply::Where;
use super::{Deed, OPEN, Room, messages};
use crate::sessions::Attachments;
use crate::sessions::desk::{Refusal, Start, Started, Task, WorkspaceWanted, checked_title};
use crate::sessions::ports::{PodRefusal, PodRefused};
use crate::slack::client::PROMPT;
use crate::slack::inbound::event::Message;
use crate::slack::outbound::{Note, Opening, ThreadTarget};
use crate::slack::render::{Draft, start_form};
use crate::slack::text::esc;
use crate::slack::words;
use bridge_protocol::{HoldMode, ModelRef};
use gateway_domain::thread::Tone;
use gateway_domain::{ModelChoice, Priority};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;

/// Longest message that can be a title.
const TITLE: usize = 80;

/// What the form gives back when it is submitted: where it was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Opened {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) channel: Option<String>,
    /// A thread that there is already becomes the session's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) thread: Option<String>,
}

/// A session that somebody wants, with everything that is needed for it.
#[derive(Clone)]
pub(super) struct Wanted {
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
    pub(super) site: Site,
    pub(super) routed: Routed,
    pub(super) category: Option<String>,
    pub(super) priority: Option<Priority>,
    pub(super) files: Attachments,
}

/// The message that a form is opened for, if it is one.
#[derive(Default)]
pub(super) struct From {
    pub(super) message: Option<Message>,
    /// What was typed behind the command, where there is no message.
    pub(super) typed: String,
    /// It was said to the app as a task, so it may be the title itself.
    pub(super) is_task: bool,
}

/// A view that is on somebody's screen.
pub(super) struct Shown {
    pub(super) id: String,
    pub(super) hash: String,
}

/// Opens the form: nothing is looked up first, for Slack waits three seconds from the click. Which models are down is
/// drawn in as soon as it is known.
pub(super) async fn open_form(room: &Room, deed: &Deed, channel: Option<String>, from: From) {
    let From { message: from, typed, is_task } = from;
    let opened = Opened {
        channel: channel.or_else(|| from.as_ref().map(|message| message.channel.clone())),
        thread: from.as_ref().map(|message| message.thread().to_owned()),
    };
    let rule = opened.channel.as_deref().map(|channel| room.settings.channel(channel)).unwrap_or_default();
    let projects = room.offered_projects();
    let only = (projects.len() == 1).then(|| projects[0].name.clone());
    let project = rule.project.clone().or(only);
    let typed = from.map_or(typed, |message| messages::without_name(room, &message.text));
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
    let place =
        Where { channel: opened.channel.clone(), ..Where::of(&deed.who, &deed.reply, &what_for(&opened)) };
    let models = room.desk.models_as_known();
    let view = start_form(&room.offer(&draft, models.clone()), &draft, None);
    let Some(shown) = room.open_view(deed, &place, view).await else { return };
    if room.desk.models().await != models {
        room.draw_again(&shown.id, Some(&shown.hash), &draft).await;
    }
}

/// A message of one short line is a title; a longer one needs one of its own.
fn split(typed: String) -> (String, String) {
    let is_title = typed.lines().count() == 1 && typed.chars().count() <= TITLE;
    if is_title { (typed, String::new()) } else { (String::new(), typed) }
}

fn what_for(opened: &Opened) -> crate::slack::inbound::event::What {
    let channel = opened.channel.clone().unwrap_or_default();
    crate::slack::inbound::event::What::Command { channel, text: String::new() }
}

impl Room {
    /// Opens a view on the screen of whoever clicked.
    pub(super) async fn open_view(&self, deed: &Deed, place: &Where, view: Value) -> Option<Shown> {
        let Some(trigger) = &deed.reply.trigger else {
            self.tell(place, words::TOO_LATE).await;
            return None;
        };
        let args = json!({ "trigger_id": trigger, "view": view });
        match self.client.call("views.open", &args, PROMPT).await {
            Ok(answer) => {
                let text = |name: &str| answer["view"][name].as_str().unwrap_or_default().to_owned();
                Some(Shown { id: text("id"), hash: text("hash") })
            }
            Err(error) => {
                tracing::warn!(%error, "a form could not be opened");
                let late = matches!(
                    error.code(),
                    Some("expired_trigger_id" | "exchanged_trigger_id" | "invalid_trigger_id")
                );
                self.tell(place, if late { words::TOO_LATE } else { words::NOT_OPENED }).await;
                None
            }
        }
    }
}

/// What a submitted form wants. An error only if somebody changed the projects meanwhile.
pub(super) async fn wanted(
    room: &Room,
    deed: &Deed,
    draft: &Draft,
    routed: Routed,
) -> Result<Wanted, String> {
    let opened: Opened = serde_json::from_str(&draft.private).unwrap_or_default();
    // The form said so as far as it could; one without any field has no place to say it.
    checked_title(&draft.title).map_err(|refusal| refusal.to_string())?;
    let site = site(&room.offered_projects(), draft).map_err(|(_, why)| why)?;
    let project = draft.project.clone().filter(|name| name != OPEN);
    let channel = match opened.channel.or_else(|| room.settings.channel_of(project.as_deref()?)) {
        Some(channel) => channel,
        None => room.direct(&deed.who.user).await?,
    };
    Ok(Wanted {
        key: deed.desk_key(),
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

fn prompt(draft: &Draft, site: &Site) -> String {
    let mut prompt = draft.title.clone();
    if !draft.description.is_empty() {
        prompt.push_str(&format!("\n\n{}", draft.description));
    }
    let mut facts = vec![];
    facts.extend(draft.category.as_ref().map(|category| format!("Category: {category}.")));
    facts.extend(draft.priority.as_ref().map(|priority| format!("Priority: {priority}.")));
    if let Site::Directories(all) = site
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

impl Room {
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

impl Room {
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
pub(super) async fn begin(room: &Room, deed: &Deed, wanted: Wanted) {
    let person = Where::in_thread(&deed.who, &deed.reply, &wanted.channel, wanted.thread.as_deref());
    let target =
        ThreadTarget { team: deed.who.team.clone(), channel: wanted.channel.clone(), thread: wanted.thread.clone() };
    let opening = Opening {
        title: wanted.title.clone(),
        by: deed.by.name.clone(),
        project: wanted.project.clone(),
        works_in: wanted.site.told(),
        asked_in: wanted.asked_in.clone(),
    };
    let place = match room.outlet.open_thread(target, &wanted.key, opening).await {
        Ok(place) => place,
        Err(not) => {
            tracing::warn!(error = %not, "a session is not started, since its thread could not be made");
            let told = words::not_started(&words::no_thread(&not.code), &wanted.title, &wanted.typed);
            return room.tell_alone(&person, &told).await;
        }
    };
    room.tell_routing(&wanted, &place).await;
    let (directory, workspace) = match &wanted.site {
        Site::Directories(all) => (all.first().map(|one| one.directory.clone()).unwrap_or_default(), None),
        Site::Workspace(names) => {
            (String::new(), Some(WorkspaceWanted { name: None, repositories: names.clone() }))
        }
    };
    let Routed { agent, model } = wanted.routed.clone();
    let start = Start {
        by: deed.by.clone(),
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
        place: Some(place.clone()),
    };
    match room.start_when_possible(start).await {
        Ok(started) => room.outlet.follow(&started.session, place),
        Err(refusal) => room.failed(&wanted, &place, &refusal, &person).await,
    }
}

impl Room {
    /// Who would suit the task and why, who takes it, and where: making a workspace can take a while.
    async fn tell_routing(&self, wanted: &Wanted, place: &gateway_domain::Place) {
        let project = wanted.project.as_deref();
        let task = Task { project, title: &wanted.title, description: &wanted.typed, ..Task::default() };
        if let Some(hint) = self.desk.suggest_as_known(task) {
            let Routed { agent, model } = &wanted.routed;
            if let Some(text) = words::routing(&hint, agent.as_deref(), model.as_ref()) {
                let note = Note { tone: Tone::Info, text: esc(&text) };
                self.outlet.note_of_start(place, &wanted.key, "routing", note).await;
            }
        }
        if let Site::Workspace(names) = &wanted.site {
            let text = esc(&format!("Creating a workspace with {}…", names.join(", ")));
            self.outlet.note_of_start(place, &wanted.key, "workspace", Note { tone: Tone::Info, text }).await;
        }
    }

    async fn failed(
        &self,
        wanted: &Wanted,
        place: &gateway_domain::Place,
        refusal: &Refusal,
        person: &Where,
    ) {
        let why = words::refusal(refusal);
        let links = match refusal {
            Refusal::Limit(limit) => self.links(limit).await,
            _ => String::new(),
        };
        let text = esc(&format!("No session was started: {why}")) + &links;
        self.outlet.close_opening(place, &wanted.key, &text).await;
        let told = esc(&words::not_started(&why, &wanted.title, &wanted.typed)) + &links;
        self.show(person, &told, &[]).await;
    }
}
