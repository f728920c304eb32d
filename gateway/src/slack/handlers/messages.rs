//! What people write: to the agent in a session's thread, to the app by name, or in their own conversation with it.

use super::reply::ReplyTarget;
use super::start_form::{AgentChoice, WorkLocation};
use super::start_session::{self, StartPlan};
use super::{SlackContext, SlackRequest, commands, confirm};
use crate::sessions::ports::{Project, Repository};
use crate::slack::client::PROMPT;
use crate::slack::config::ChannelRule;
use crate::slack::inbound::event::Message;
use crate::slack::{message_keys, mrkdwn_to_text, sentences};
use gateway_domain::{AskBody, ModelChoice, Proof, Proven, Said, SessionCard, Verdict, introduced};
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

pub(super) async fn message(context: &SlackContext, request: &SlackRequest, message: Message) {
    // Slack tells a message that names the app a second time, as a mention.
    if !message.direct && names(context, &message.text) {
        return;
    }
    if let Some(card) = context.shown_above(&message).await {
        let reply_to =
            ReplyTarget::in_thread(&request.who, &request.reply, &message.channel, message.thread.as_deref());
        return context.show(&reply_to, &context.ways().told(&card), &[]).await;
    }
    match session(context, &message).await {
        Some(card) => say(context, request, &card, &message).await,
        None if message.direct => addressed(context, request, message).await,
        None => {}
    }
}

pub(super) async fn mention(context: &SlackContext, request: &SlackRequest, message: Message) {
    match session(context, &message).await {
        None => addressed(context, request, message).await,
        Some(card) => {
            let text = without_name(context, &message.text);
            let reply_to = ReplyTarget::in_thread(
                &request.who,
                &request.reply,
                &message.channel,
                message.thread.as_deref(),
            );
            if commands::is_command(&text) {
                context
                    .outlet
                    .came_from(&card.session, &message_id(&request.who.team, &message), &message.ts)
                    .await;
            }
            if !commands::in_thread(context, request, &reply_to, &card, &text).await {
                say(context, request, &card, &message).await;
            }
        }
    }
}

/// The agent may have read it already; nothing is sent again in silence.
pub(super) async fn edited(context: &SlackContext, request: &SlackRequest, message: &Message) {
    let reply_to =
        ReplyTarget::in_thread(&request.who, &request.reply, &message.channel, Some(message.thread()));
    context.tell(&reply_to, sentences::EDITED).await;
}

async fn session(context: &SlackContext, message: &Message) -> Option<Arc<SessionCard>> {
    let look = || context.session_at(&message.channel, message.thread());
    let ours = message.parent.as_deref() == Some(&context.identity.user);
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

pub(super) fn names(context: &SlackContext, text: &str) -> bool {
    text.contains(&format!("<@{}>", context.identity.user))
        || text.contains(&format!("<@{}|", context.identity.user))
}

/// Under which a session keeps it. The same however often, and as whatever, Slack tells it.
pub(super) fn message_id(team: &str, message: &Message) -> String {
    format!("msg_gw{}", message_keys::of_message(team, &message.channel, &message.ts))
}

/// What is said to the app, without its name in front.
pub(super) fn without_name(context: &SlackContext, text: &str) -> String {
    let name = format!("<@{}>", context.identity.user);
    let text = text.trim();
    context.plain(text.strip_prefix(&name).unwrap_or(text).trim())
}

impl SlackContext {
    /// As the agent reads it.
    pub(super) fn plain(&self, text: &str) -> String {
        mrkdwn_to_text::plain(text, |user| self.people.name(user))
    }
}

async fn say(context: &SlackContext, request: &SlackRequest, card: &SessionCard, message: &Message) {
    let reply_to =
        ReplyTarget::in_thread(&request.who, &request.reply, &message.channel, Some(message.thread()));
    let files = context.files(&reply_to, message).await;
    let text = without_name(context, &message.text);
    if text.is_empty() && files.is_empty() {
        return;
    }
    let message_id = message_id(&request.who.team, message);
    context.outlet.came_from(&card.session, &message_id, &message.ts).await;
    // An answer is taken word for word; the agent is told who writes to it.
    let is_answer = files.is_empty() && answers(context, card);
    let text = if is_answer { text } else { introduced(&request.by.name, &text) };
    let (by, proven) = (request.by.clone(), Proven::by(Proof::Account));
    let said = Said { message_id, by, proven, text, files: vec![], agent: None, model: None };
    match context.desk.say_with(&card.session, said, files).await {
        Ok(verdict @ Verdict::Queued { .. }) => {
            context.react(message, "hourglass_flowing_sand").await;
            context.tell_queued(&reply_to, &verdict).await;
        }
        Ok(Verdict::Answered { .. }) => context.react(message, "white_check_mark").await,
        Ok(verdict) => {
            if let Some(told) = sentences::heard(&verdict) {
                context.tell(&reply_to, &told).await;
            }
        }
        Err(refusal) => context.tell_refusal(&reply_to, &refusal).await,
    }
}

/// Whether a plain reply would answer the only open question.
fn answers(context: &SlackContext, card: &SessionCard) -> bool {
    let now = context.desk.card_of(&card.session);
    let [only] = now.as_deref().unwrap_or(card).open_asks.as_slice() else { return false };
    let ask = context.desk.ask(only);
    ask.is_some_and(|ask| matches!(&ask.body, AskBody::Question { questions } if questions.len() == 1))
}

impl SlackContext {
    /// A sign on a person's message; without the right to set it nothing is lost.
    async fn react(&self, message: &Message, name: &str) {
        let args = json!({ "channel": message.channel, "timestamp": message.ts, "name": name });
        if let Err(error) = self.client.call("reactions.add", &args, PROMPT).await {
            tracing::debug!(%error, "reaction not set");
        }
    }
}

/// Said to the app where there is no session: a command, or a task.
async fn addressed(context: &SlackContext, request: &SlackRequest, message: Message) {
    let text = without_name(context, &message.text);
    let reply_to =
        ReplyTarget::in_thread(&request.who, &request.reply, &message.channel, message.thread.as_deref());
    if commands::said(context, request, &reply_to, &message.channel, &text).await {
        return;
    }
    if text.is_empty() {
        return context.tell(&reply_to, sentences::NO_TASK).await;
    }
    let rule = context.settings.channel(&message.channel);
    // Nobody said where, so nothing is begun on a guess, and no "hello" becomes a session.
    if rule.project.is_none() {
        return confirm::ask(context, &reply_to, &message, &text).await;
    }
    match site(&context.offered_projects(), &rule) {
        Ok((project, repository)) => {
            let wanted = wanted(
                context,
                request,
                &message,
                &text,
                TaskSetup { project, repository, model: rule.model },
            )
            .await;
            start_session::begin(context, request, wanted).await;
        }
        Err(why) => context.tell(&reply_to, why).await,
    }
}

/// Where the channel's sessions work.
fn site(offered: &[Project], rule: &ChannelRule) -> Result<(Option<String>, Repository), &'static str> {
    let project = offered
        .iter()
        .find(|one| rule.project.as_ref() == Some(&one.name))
        .ok_or(sentences::WHERE_TO_WORK)?;
    let named = project.repositories.iter().find(|one| Some(&one.name) == rule.repository.as_ref());
    let repository = named.or(project.repositories.first()).ok_or(sentences::WHERE_TO_WORK)?;
    Ok((Some(project.name.clone()), repository.clone()))
}

/// Where a task in a message is worked on.
pub(super) struct TaskSetup {
    pub(super) project: Option<String>,
    pub(super) repository: Repository,
    pub(super) model: Option<ModelChoice>,
}

/// The session that a task in a message wants. Its key is the message's, so it is started once, however often and
/// as whatever Slack tells it.
pub(super) async fn wanted(
    context: &SlackContext,
    request: &SlackRequest,
    message: &Message,
    task: &str,
    at: TaskSetup,
) -> StartPlan {
    let reply_to =
        ReplyTarget::in_thread(&request.who, &request.reply, &message.channel, message.thread.as_deref());
    let earlier = match &message.thread {
        Some(thread) => context.said_earlier(message, thread).await,
        None => String::new(),
    };
    StartPlan {
        key: message_keys::of_message(&request.who.team, &message.channel, &message.ts),
        channel: message.channel.clone(),
        thread: Some(message.thread().to_owned()),
        asked_in: Some(message.ts.clone()),
        title: title(task),
        typed: task.to_owned(),
        prompt: format!("{task}{earlier}"),
        project: at.project,
        site: WorkLocation::Directories(vec![at.repository]),
        routed: AgentChoice { agent: None, model: at.model },
        category: None,
        priority: None,
        files: context.files(&reply_to, message).await,
    }
}

pub(super) fn title(task: &str) -> String {
    let line = task.lines().find(|line| !line.trim().is_empty()).unwrap_or(task);
    let line: String = line.chars().filter(|c| !c.is_control()).collect();
    crate::slack::formatting::line(&line, TITLE)
}

impl SlackContext {
    /// What was said in the thread before, with its links.
    async fn said_earlier(&self, message: &Message, thread: &str) -> String {
        let args = json!({ "channel": message.channel, "ts": thread, "limit": CONTEXT_MESSAGES });
        let answer = match self.client.call("conversations.replies", &args, PROMPT).await {
            Ok(answer) => answer,
            Err(error) => {
                tracing::warn!(%error, "thread not read; the session starts without it");
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
            None => "a bot".to_owned(),
        };
        format!("{name}: {text}\n")
    }
}
