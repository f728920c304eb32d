//! Starting a session: the form is opened, what it says is checked, the thread is made, then the session.

use super::tell::Where;
use super::{Deed, OPEN, Room};
use crate::projects::{Catalogue, Repository};
use crate::sessions::Attachments;
use crate::sessions::desk::{Refusal, Start, Started};
use crate::sessions::ports::{PodRefusal, PodRefused};
use crate::slack::client::PROMPT;
use crate::slack::inbound::happening::{Message, View};
use crate::slack::out::{Note, Opening, Spot};
use crate::slack::render::{Draft, ids, start_form};
use crate::slack::text::esc;
use crate::slack::words;
use bridge_protocol::{HoldMode, ModelRef};
use gateway_domain::thread::Tone;
use gateway_domain::{ModelChoice, Priority};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;

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
    pub(super) title: String,
    /// What the person wrote, to be given back if it comes to nothing.
    pub(super) typed: String,
    pub(super) prompt: String,
    pub(super) project: Option<String>,
    pub(super) directory: String,
    pub(super) model: Option<ModelChoice>,
    pub(super) category: Option<String>,
    pub(super) priority: Option<Priority>,
    pub(super) files: Attachments,
}

/// Opens the form: nothing is looked up first, for Slack waits three seconds from the click.
pub(super) async fn open_form(room: &Room, deed: &Deed, channel: Option<String>, from: Option<Message>) {
    let opened = Opened {
        channel: channel.or_else(|| from.as_ref().map(|message| message.channel.clone())),
        thread: from.as_ref().map(|message| message.thread().to_owned()),
    };
    let rule = opened.channel.as_deref().map(|channel| room.settings.channel(channel)).unwrap_or_default();
    let catalogue = room.projects();
    let only = (catalogue.projects.len() == 1).then(|| catalogue.projects[0].name.clone());
    let project = rule.project.or(only);
    let repositories = rule.repository.or_else(|| only_repository(&catalogue, project.as_deref()));
    let draft = Draft {
        project,
        repositories: repositories.into_iter().collect(),
        description: from.map(|message| room.plain(&message.text)).unwrap_or_default(),
        private: serde_json::to_string(&opened).unwrap_or_default(),
        ..Draft::default()
    };
    let place =
        Where { channel: opened.channel.clone(), ..Where::of(&deed.who, &deed.reply, &what_for(&opened)) };
    room.open_view(deed, &place, start_form(&catalogue, &draft, None)).await;
}

fn what_for(opened: &Opened) -> crate::slack::inbound::happening::What {
    let channel = opened.channel.clone().unwrap_or_default();
    crate::slack::inbound::happening::What::Command { channel, text: String::new() }
}

fn only_repository(catalogue: &Catalogue, project: Option<&str>) -> Option<String> {
    let project = catalogue.projects.iter().find(|one| Some(one.name.as_str()) == project)?;
    (project.repositories.len() == 1).then(|| project.repositories[0].name.clone())
}

impl Room {
    /// Opens a view on the screen of whoever clicked.
    pub(super) async fn open_view(&self, deed: &Deed, place: &Where, view: Value) {
        let Some(trigger) = &deed.reply.trigger else {
            return self.tell(place, words::TOO_LATE).await;
        };
        let args = json!({ "trigger_id": trigger, "view": view });
        if let Err(error) = self.client.call("views.open", &args, PROMPT).await {
            tracing::warn!(%error, "a form could not be opened");
            let late = matches!(
                error.code(),
                Some("expired_trigger_id" | "exchanged_trigger_id" | "invalid_trigger_id")
            );
            self.tell(place, if late { words::TOO_LATE } else { words::NOT_OPENED }).await;
        }
    }
}

/// What the form says so far.
pub(super) fn draft(view: &View) -> Draft {
    Draft {
        category: view.text(ids::CATEGORY),
        project: view.text(ids::PROJECT),
        repositories: view.chosen(ids::REPOSITORIES),
        title: view.text(ids::TITLE).unwrap_or_default(),
        description: view.text(ids::DESCRIPTION).unwrap_or_default(),
        priority: view.text(ids::PRIORITY),
        private: view.metadata.clone(),
    }
}

/// Another project has other repositories.
pub(super) async fn redraw(room: &Room, view: &View) {
    let catalogue = room.projects();
    let mut draft = draft(view);
    draft.repositories = only_repository(&catalogue, draft.project.as_deref()).into_iter().collect();
    let args = json!({ "view_id": view.id, "hash": view.hash, "view": start_form(&catalogue, &draft, None) });
    if let Err(error) = room.client.call("views.update", &args, PROMPT).await {
        tracing::info!(%error, "the form was not drawn anew; a newer choice may have been faster");
    }
}

/// The repositories that the form names, or those of its project, in the order of the list.
pub(super) fn repositories(catalogue: &Catalogue, draft: &Draft) -> Vec<Repository> {
    let projects = catalogue
        .projects
        .iter()
        .filter(|one| draft.project.is_none() || Some(&one.name) == draft.project.as_ref());
    let all: Vec<_> = projects.flat_map(|project| project.repositories.clone()).collect();
    if draft.repositories.is_empty() && all.len() == 1 {
        return all;
    }
    all.into_iter().filter(|one| draft.repositories.contains(&one.name)).collect()
}

/// What a submitted form wants. None only if somebody changed the projects meanwhile.
pub(super) async fn wanted(room: &Room, deed: &Deed, view: &View) -> Result<Wanted, String> {
    let draft = draft(view);
    let opened: Opened = serde_json::from_str(&view.metadata).unwrap_or_default();
    let chosen = repositories(&room.projects(), &draft);
    let first = chosen.first().ok_or_else(|| "that project has no such repository any more".to_owned())?;
    let project = draft.project.clone().filter(|name| name != OPEN);
    let channel = match opened.channel.or_else(|| room.settings.channel_of(project.as_deref()?)) {
        Some(channel) => channel,
        None => room.direct(&deed.who.user).await?,
    };
    Ok(Wanted {
        key: deed.desk_key(),
        thread: opened.thread,
        title: draft.title.clone(),
        typed: draft.description.clone(),
        prompt: prompt(&draft, &chosen),
        project,
        directory: first.directory.clone(),
        model: room.settings.channel(&channel).model,
        category: draft.category.clone(),
        priority: draft.priority.as_deref().and_then(priority),
        files: Attachments::default(),
        channel,
    })
}

fn priority(word: &str) -> Option<Priority> {
    serde_json::from_value(Value::String(word.to_owned())).ok()
}

fn prompt(draft: &Draft, repositories: &[Repository]) -> String {
    let mut prompt = draft.title.clone();
    if !draft.description.is_empty() {
        prompt.push_str(&format!("\n\n{}", draft.description));
    }
    let mut facts = vec![];
    facts.extend(draft.category.as_ref().map(|category| format!("Category: {category}.")));
    facts.extend(draft.priority.as_ref().map(|priority| format!("Priority: {priority}.")));
    if let [_, others @ ..] = repositories
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
    let spot =
        Spot { team: deed.who.team.clone(), channel: wanted.channel.clone(), thread: wanted.thread.clone() };
    let opening =
        Opening { title: wanted.title.clone(), by: deed.by.name.clone(), project: wanted.project.clone() };
    let place = match room.outlet.open_thread(spot, &wanted.key, opening).await {
        Ok(place) => place,
        Err(not) => {
            tracing::warn!(error = %not, "a session is not started, since its thread could not be made");
            let person = Where { channel: None, ..person };
            let told = words::not_started(&words::no_thread(&not.code), &wanted.title, &wanted.typed);
            return room.tell(&person, &told).await;
        }
    };
    room.suggest(&wanted, &place).await;
    let start = Start {
        by: deed.by.clone(),
        directory: wanted.directory.clone(),
        workspace: None,
        title: wanted.title.clone(),
        key: wanted.key.clone(),
        project: wanted.project.clone(),
        pod: None,
        agent: None,
        model: wanted.model.clone().map(|ModelChoice { provider, model }| ModelRef { provider, model }),
        hold: HoldMode::default(),
        category: wanted.category.clone(),
        priority: wanted.priority,
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
    /// Who would suit the task, and why. A person may still choose another.
    async fn suggest(&self, wanted: &Wanted, place: &gateway_domain::Place) {
        let Some(hint) = self.catalogue.routing.suggest(&wanted.title, &wanted.typed) else { return };
        let text = esc(&words::suggestion(&hint));
        self.outlet.note(place, &wanted.key, "routing", Note { tone: Tone::Info, text }).await;
    }

    async fn failed(
        &self,
        wanted: &Wanted,
        place: &gateway_domain::Place,
        refusal: &Refusal,
        person: &Where,
    ) {
        let why = words::refusal(refusal);
        let text = esc(&format!("No session was started: {why}"));
        if wanted.thread.is_none() {
            self.outlet.close_opening(place, &wanted.key, &text).await;
        } else {
            self.outlet.note(place, &wanted.key, "failed", Note { tone: Tone::Error, text }).await;
        }
        self.tell(person, &words::not_started(&why, &wanted.title, &wanted.typed)).await;
    }
}
