//! What people write: to the agent in a session's thread, to the app by name, or in their own conversation with it.

use super::start_form::{Routed, Site};
use super::start_session::{self, Wanted};
use super::reply::Where;
use super::{Deed, Room, commands, confirm};
use crate::projects::{Project, Repository};
use crate::slack::client::PROMPT;
use crate::slack::config::ChannelRule;
use crate::slack::inbound::event::Message;
use crate::slack::{message_keys, mrkdwn_to_text, words};
use gateway_domain::{AskBody, ModelChoice, Said, SessionCard, Verdict, introduced};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// A reply in a thread of ours can be faster than the session that is being made for it.
const BEING_MADE: Duration = Duration::from_secs(20);
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Messages of a thread that are given to a new session: what is older has been said again since, or is lost on people too.
const CONTEXT_MESSAGES: u32 = 100;

/// Bytes of it: together with the task it stays far below what a message may have.
const CONTEXT_BYTES: usize = 60_000;

/// Longest title made out of a task.
const TITLE: usize = 80;

pub(super) async fn message(room: &Room, deed: &Deed, message: Message) {
    // Slack tells a message that names the app a second time, as a mention.
    if !message.direct && names(room, &message.text) {
        return;
    }
    if let Some(card) = room.shown_above(&message).await {
        let place = Where::in_thread(&deed.who, &deed.reply, &message.channel, message.thread.as_deref());
        return room.show(&place, &room.ways().told(&card), &[]).await;
    }
    match session(room, &message).await {
        Some(card) => say(room, deed, &card, &message).await,
        None if message.direct => addressed(room, deed, message).await,
        None => {}
    }
}

pub(super) async fn mention(room: &Room, deed: &Deed, message: Message) {
    match session(room, &message).await {
        None => addressed(room, deed, message).await,
        Some(card) => {
            let text = without_name(room, &message.text);
            let place = Where::in_thread(&deed.who, &deed.reply, &message.channel, message.thread.as_deref());
            if !commands::in_thread(room, deed, &place, &card, &text).await {
                say(room, deed, &card, &message).await;
            }
        }
    }
}

/// The agent may have read it already; nothing is sent again in silence.
pub(super) async fn edited(room: &Room, deed: &Deed, message: &Message) {
    let place = Where::in_thread(&deed.who, &deed.reply, &message.channel, Some(message.thread()));
    room.tell(&place, words::EDITED).await;
}

async fn session(room: &Room, message: &Message) -> Option<Arc<SessionCard>> {
    let look = || room.session_at(&message.channel, message.thread());
    let ours = message.parent.as_deref() == Some(&room.identity.user);
    if let Some(card) = look() {
        return Some(card);
    }
    if !ours {
        return None;
    }
    let waiting = async {
        loop {
            tokio::time::sleep(LOOK_AGAIN).await;
            if let Some(card) = look() {
                return card;
            }
        }
    };
    tokio::time::timeout(BEING_MADE, waiting).await.ok()
}

fn names(room: &Room, text: &str) -> bool {
    text.contains(&format!("<@{}>", room.identity.user))
        || text.contains(&format!("<@{}|", room.identity.user))
}

/// What is said to the app, without its name in front.
pub(super) fn without_name(room: &Room, text: &str) -> String {
    let name = format!("<@{}>", room.identity.user);
    let text = text.trim();
    room.plain(text.strip_prefix(&name).unwrap_or(text).trim())
}

impl Room {
    /// As the agent reads it.
    pub(super) fn plain(&self, text: &str) -> String {
        mrkdwn_to_text::plain(text, |user| self.people.name(user))
    }
}

async fn say(room: &Room, deed: &Deed, card: &SessionCard, message: &Message) {
    let place = Where::in_thread(&deed.who, &deed.reply, &message.channel, Some(message.thread()));
    let files = room.files(&place, message).await;
    let text = without_name(room, &message.text);
    if text.is_empty() && files.is_empty() {
        return;
    }
    let message_id = format!("msg_gw{}", message_keys::of_message(&deed.who.team, &message.channel, &message.ts));
    room.outlet.came_from(&card.session, &message_id, &message.ts).await;
    let choice = room.settings.choice(&card.session);
    // An answer is taken word for word; the agent is told who writes to it.
    let is_answer = files.is_empty() && answers(room, card);
    let text = if is_answer { text } else { introduced(&deed.by.name, &text) };
    let said = Said {
        message_id,
        by: deed.by.clone(),
        text,
        files: vec![],
        agent: choice.agent,
        model: choice.model,
    };
    match room.desk.say_with(&card.session, said, files).await {
        Ok(Verdict::Queued { behind, at_limit }) => {
            room.react(message, "hourglass_flowing_sand").await;
            match at_limit {
                Some(limit) => room.tell_queued_at_limit(&place, &limit).await,
                None => room.tell(&place, &words::queued(behind)).await,
            }
        }
        Ok(Verdict::Answered { .. }) => room.react(message, "white_check_mark").await,
        Ok(verdict) => {
            if let Some(told) = words::taken(&verdict) {
                room.tell(&place, &told).await;
            }
        }
        Err(refusal) => room.tell_refusal(&place, &refusal).await,
    }
}

/// Whether a plain reply would answer the only open question.
fn answers(room: &Room, card: &SessionCard) -> bool {
    let now = room.desk.card_of(&card.session);
    let [only] = now.as_deref().unwrap_or(card).open_asks.as_slice() else { return false };
    let ask = room.desk.ask(only);
    ask.is_some_and(|ask| matches!(&ask.body, AskBody::Question { questions } if questions.len() == 1))
}

impl Room {
    /// A sign on a person's message; without the right to set it nothing is lost.
    async fn react(&self, message: &Message, name: &str) {
        let args = json!({ "channel": message.channel, "timestamp": message.ts, "name": name });
        if let Err(error) = self.client.call("reactions.add", &args, PROMPT).await {
            tracing::debug!(%error, "a sign was not set");
        }
    }
}

/// Said to the app where there is no session: a command, or a task.
async fn addressed(room: &Room, deed: &Deed, message: Message) {
    let text = without_name(room, &message.text);
    let place = Where::in_thread(&deed.who, &deed.reply, &message.channel, message.thread.as_deref());
    if commands::said(room, deed, &place, &message.channel, &text).await {
        return;
    }
    if text.is_empty() {
        return room.tell(&place, words::NO_TASK).await;
    }
    let rule = room.settings.channel(&message.channel);
    // Nobody said where, so nothing is begun on a guess, and no "hello" becomes a session.
    if rule.project.is_none() {
        return confirm::ask(room, &place, &message, &text).await;
    }
    match site(&room.offered_projects(), &rule) {
        Ok((project, repository)) => {
            let wanted =
                wanted(room, deed, &message, &text, Ground { project, repository, model: rule.model }).await;
            start_session::begin(room, deed, wanted).await;
        }
        Err(why) => room.tell(&place, why).await,
    }
}

/// Where the channel's sessions work.
fn site(offered: &[Project], rule: &ChannelRule) -> Result<(Option<String>, Repository), &'static str> {
    let project =
        offered.iter().find(|one| rule.project.as_ref() == Some(&one.name)).ok_or(words::WHERE_TO_WORK)?;
    let named = project.repositories.iter().find(|one| Some(&one.name) == rule.repository.as_ref());
    let repository = named.or(project.repositories.first()).ok_or(words::WHERE_TO_WORK)?;
    Ok((Some(project.name.clone()), repository.clone()))
}

/// Where a task in a message is worked on.
pub(super) struct Ground {
    pub(super) project: Option<String>,
    pub(super) repository: Repository,
    pub(super) model: Option<ModelChoice>,
}

/// The session that a task in a message wants. Its key is the message's, so it is started once, however often and
/// as whatever Slack tells it.
pub(super) async fn wanted(room: &Room, deed: &Deed, message: &Message, task: &str, at: Ground) -> Wanted {
    let place = Where::in_thread(&deed.who, &deed.reply, &message.channel, message.thread.as_deref());
    let context = match &message.thread {
        Some(thread) => room.context(message, thread).await,
        None => String::new(),
    };
    Wanted {
        key: message_keys::of_message(&deed.who.team, &message.channel, &message.ts),
        channel: message.channel.clone(),
        thread: Some(message.thread().to_owned()),
        asked_in: Some(message.ts.clone()),
        title: title(task),
        typed: task.to_owned(),
        prompt: format!("{task}{context}"),
        project: at.project,
        site: Site::Directories(vec![at.repository]),
        routed: Routed { agent: None, model: at.model },
        category: None,
        priority: None,
        files: room.files(&place, message).await,
    }
}

pub(super) fn title(task: &str) -> String {
    let line = task.lines().find(|line| !line.trim().is_empty()).unwrap_or(task);
    let line: String = line.chars().filter(|c| !c.is_control()).collect();
    crate::slack::text::line(&line, TITLE)
}

impl Room {
    /// What was said in the thread before, with its links.
    async fn context(&self, message: &Message, thread: &str) -> String {
        let args = json!({ "channel": message.channel, "ts": thread, "limit": CONTEXT_MESSAGES });
        let answer = match self.client.call("conversations.replies", &args, PROMPT).await {
            Ok(answer) => answer,
            Err(error) => {
                tracing::warn!(%error, "a thread could not be read; the session starts without it");
                return String::new();
            }
        };
        let before = answer["messages"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|one| one["ts"] != message.ts.as_str());
        let mut said = String::new();
        for one in before {
            let line = self.said_before(one).await;
            if said.len() + line.len() > CONTEXT_BYTES {
                break;
            }
            said.push_str(&line);
        }
        if said.is_empty() { said } else { format!("\n\nEarlier in this thread:\n{said}") }
    }

    async fn said_before(&self, message: &Value) -> String {
        let text = self.plain(message["text"].as_str().unwrap_or_default());
        if text.is_empty() {
            return String::new();
        }
        let name = match message["user"].as_str() {
            Some(user) => self.people.look_up(user).await,
            None => "a robot".to_owned(),
        };
        format!("{name}: {text}\n")
    }
}
