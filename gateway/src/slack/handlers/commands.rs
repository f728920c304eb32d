//! The words behind the slash command, and behind the app's name in a thread.

use super::reply::ReplyTarget;
use super::start_session::{self, open_form};
use super::{SlackContext, SlackRequest};
use crate::slack::config::ChannelRule;
use crate::slack::formatting::esc;
use crate::slack::inbound::event::EventBody;
use crate::slack::{render, sentences};
use gateway_domain::{ModelChoice, SessionCard, Steer};
use std::sync::Arc;

/// Words that this gateway has no machinery for yet, and says so.
const LAB: [&str; 3] = ["deploy", "test", "cleanup"];

/// Longest words that a choice of agent may have; OpenCode's own are shorter.
const AGENT: usize = 64;

/// Where a command was given.
struct CommandOrigin<'a> {
    reply_to: &'a ReplyTarget,
    channel: &'a str,
    here: Option<Arc<SessionCard>>,
}

/// The slash command. Returns the command's name, for its measure.
pub(super) async fn command(
    context: &SlackContext,
    request: &SlackRequest,
    channel: &str,
    text: &str,
) -> &'static str {
    let what = EventBody::Command { channel: channel.to_owned(), text: String::new() };
    let reply_to = ReplyTarget::of(&request.who, &request.reply, &what);
    let origin = CommandOrigin { reply_to: &reply_to, channel, here: None };
    match run(context, request, &origin, text).await {
        Some(name) => name,
        None => {
            let word = text.split_whitespace().next().unwrap_or_default();
            let blocks = render::unknown(&context.config.command, word);
            context.show(&reply_to, "I don't know that command", &blocks).await;
            "unknown"
        }
    }
}

/// Behind the app's name in a session's thread. False if it is no command but for the agent.
pub(super) async fn in_thread(
    context: &SlackContext,
    request: &SlackRequest,
    reply_to: &ReplyTarget,
    card: &Arc<SessionCard>,
    text: &str,
) -> bool {
    let channel = reply_to.channel.clone().unwrap_or_default();
    let origin = CommandOrigin { reply_to, channel: &channel, here: Some(Arc::clone(card)) };
    is_terse(text) && run(context, request, &origin, text).await.is_some()
}

/// Behind the app's name where there is no session. False if it is a task.
pub(super) async fn said(
    context: &SlackContext,
    request: &SlackRequest,
    reply_to: &ReplyTarget,
    channel: &str,
    text: &str,
) -> bool {
    let origin = CommandOrigin { reply_to, channel, here: None };
    is_terse(text) && run(context, request, &origin, text).await.is_some()
}

/// "test the login page" is a task, "test" is a command.
fn is_terse(text: &str) -> bool {
    let words: Vec<_> = text.split_whitespace().collect();
    match words.as_slice() {
        [_] => true,
        ["model" | "agent", _] | ["channel", ..] => true,
        [_, session, ..] => session.starts_with("ses_"),
        [] => false,
    }
}

const STEERS: [(&str, Steer); 6] = [
    ("pause", Steer::Pause),
    ("resume", Steer::Resume),
    ("retry", Steer::Retry),
    ("stop", Steer::Stop),
    ("close", Steer::Close),
    ("reopen", Steer::Reopen),
];

async fn run(
    context: &SlackContext,
    request: &SlackRequest,
    origin: &CommandOrigin<'_>,
    text: &str,
) -> Option<&'static str> {
    let (word, rest) = text.trim().split_once(char::is_whitespace).unwrap_or((text.trim(), ""));
    let (word, rest) = (word.to_lowercase(), rest.trim());
    if let Some((name, to)) = STEERS.into_iter().find(|(name, _)| *name == word) {
        if let Some((card, _)) = meant(context, request, origin, rest).await {
            // In its thread everybody reads the note about it.
            steer(context, request, origin.reply_to, &card.session, to, origin.here.is_some()).await;
        }
        return Some(name);
    }
    if let Some(name) = LAB.into_iter().find(|name| *name == word) {
        context.tell(origin.reply_to, sentences::NO_LAB).await;
        return Some(name);
    }
    Some(match word.as_str() {
        "start" => {
            let from = start_session::FormSource {
                typed: rest.to_owned(),
                is_task: true,
                ..start_session::FormSource::default()
            };
            open_form(context, request, Some(origin.channel.to_owned()), from).await;
            "start"
        }
        "list" => {
            let blocks = render::session_list(&context.desk.cards(), context.ways());
            context.show(origin.reply_to, "Sessions", &blocks).await;
            "list"
        }
        "status" => {
            if let Some((card, _)) = meant(context, request, origin, rest).await {
                status(context, origin.reply_to, &card.session).await;
            }
            "status"
        }
        "diff" => {
            if let Some((card, _)) = meant(context, request, origin, rest).await {
                diff(context, origin.reply_to, &card.session).await;
            }
            "diff"
        }
        "link" => {
            if let Some((card, _)) = meant(context, request, origin, rest).await {
                link(context, origin.reply_to, &card).await;
            }
            "link"
        }
        "model" => {
            choose(context, request, origin, rest, "model").await;
            "model"
        }
        "agent" => {
            choose(context, request, origin, rest, "agent").await;
            "agent"
        }
        "channel" => {
            channel(context, request, origin, rest).await;
            "channel"
        }
        "help" | "" => {
            help(context, origin.reply_to).await;
            "help"
        }
        _ => return None,
    })
}

async fn meant<'a>(
    context: &SlackContext,
    request: &SlackRequest,
    origin: &CommandOrigin<'_>,
    rest: &'a str,
) -> Option<(Arc<SessionCard>, &'a str)> {
    match context.meant(origin.here.clone(), origin.channel, &request.by.id, rest) {
        Ok(found) => Some(found),
        Err(why) => {
            context.tell(origin.reply_to, &why).await;
            None
        }
    }
}

pub(super) async fn help(context: &SlackContext, reply_to: &ReplyTarget) {
    context.show(reply_to, "What you can do", &render::help(&context.config.command)).await;
}

/// `noted`: the person sees the thread in which the note about it stands.
pub(super) async fn steer(
    context: &SlackContext,
    request: &SlackRequest,
    reply_to: &ReplyTarget,
    session: &str,
    to: Steer,
    noted: bool,
) {
    match context.desk.steer(session, request.by.clone(), to).await {
        Ok(_) if noted => {}
        Ok(_) => {
            context.tell(reply_to, &sentences::steered(to, context.desk.card_of(session).as_deref())).await
        }
        Err(refusal) => context.tell_refusal(reply_to, &refusal).await,
    }
}

pub(super) async fn status(context: &SlackContext, reply_to: &ReplyTarget, session: &str) {
    match context.desk.card_of(session) {
        Some(card) => {
            let project = context.desk.project_title(&card);
            let shown =
                render::Shown { console: context.config.console.as_deref(), project: project.as_deref() };
            let drawing = render::session_card(&card, shown);
            context.show(reply_to, &drawing.text, &drawing.blocks).await;
        }
        None => {
            let unknown = crate::sessions::desk::Refusal::UnknownSession(session.to_owned());
            context.tell(reply_to, &sentences::refusal(&unknown)).await;
        }
    }
}

/// What the session changed, file by file.
pub(super) async fn diff(context: &SlackContext, reply_to: &ReplyTarget, session: &str) {
    match context.desk.diff(session).await {
        Ok(files) => {
            let told = sentences::changed(&files);
            context.show(reply_to, &esc(&told), &render::changes(session, &told, &files)).await;
        }
        Err(refusal) => context.tell(reply_to, &sentences::refusal(&refusal)).await,
    }
}

async fn link(context: &SlackContext, reply_to: &ReplyTarget, card: &SessionCard) {
    match context.permalink(card).await {
        Some(link) => {
            let text = format!("{}: <{}>", esc(&sentences::named(card)), esc(&link));
            context.show(reply_to, &text, &[]).await;
        }
        None => context.tell(reply_to, sentences::NO_THREAD_HERE).await,
    }
}

/// The model or the agent of the messages that come next.
async fn choose(
    context: &SlackContext,
    request: &SlackRequest,
    origin: &CommandOrigin<'_>,
    rest: &str,
    which: &str,
) {
    let Some((card, wanted)) = meant(context, request, origin, rest).await else { return };
    let mut choice = context.settings.choice(&card.session);
    if wanted.is_empty() {
        return context.tell(origin.reply_to, &sentences::chosen(which, &card, &choice)).await;
    }
    if which == "model" {
        let Some(model) = model(wanted) else {
            return context.tell(origin.reply_to, sentences::WHICH_MODEL).await;
        };
        choice.model = Some(model);
    } else {
        if wanted.len() > AGENT || wanted.contains(char::is_whitespace) {
            return context.tell(origin.reply_to, sentences::WHICH_AGENT).await;
        }
        choice.agent = Some(wanted.to_owned());
    }
    let told = match context.settings.choose(&card.session, choice.clone()).await {
        Ok(()) => sentences::chosen(which, &card, &choice),
        Err(error) => {
            tracing::error!(%error, "a choice is not on disk");
            sentences::NOT_STORED.to_owned()
        }
    };
    context.tell(origin.reply_to, &told).await;
}

pub(super) fn model(text: &str) -> Option<ModelChoice> {
    let (provider, model) = text.split_once('/')?;
    let fits = !provider.is_empty() && !model.is_empty() && !text.contains(char::is_whitespace);
    fits.then(|| ModelChoice { provider: provider.to_owned(), model: model.to_owned() })
}

/// What this channel is for; only administrators say so.
async fn channel(context: &SlackContext, request: &SlackRequest, origin: &CommandOrigin<'_>, rest: &str) {
    if !context.config.administrators.contains(&request.who.user) {
        return context.tell(origin.reply_to, sentences::NOT_ADMINISTRATOR).await;
    }
    let told = match rule(context, rest) {
        Err(why) => why,
        Ok(rule) => match context.settings.set_channel(origin.channel, rule.clone()).await {
            Ok(()) => sentences::channel_set(&context.settings.channel(origin.channel)),
            Err(error) => {
                tracing::error!(%error, "what a channel is for is not on disk");
                sentences::NOT_STORED.to_owned()
            }
        },
    };
    context.tell(origin.reply_to, &told).await;
}

fn rule(context: &SlackContext, text: &str) -> Result<Option<ChannelRule>, String> {
    let words: Vec<_> = text.split_whitespace().collect();
    if words == ["clear"] {
        return Ok(None);
    }
    let mut rule = ChannelRule::default();
    for pair in words.chunks(2) {
        match pair {
            ["project", name] => rule.project = Some((*name).to_owned()),
            ["repository", name] => rule.repository = Some((*name).to_owned()),
            ["model", name] => rule.model = Some(model(name).ok_or(sentences::WHICH_MODEL)?),
            _ => return Err(sentences::CHANNEL_HELP.to_owned()),
        }
    }
    let all = context.desk.projects();
    let known = all.iter().find(|one| Some(&one.name) == rule.project.as_ref());
    let project = known.ok_or_else(|| sentences::no_such_project(&all))?;
    match &rule.repository {
        Some(name) if !project.repositories.iter().any(|one| one.name == *name) => {
            Err(sentences::no_such_repository(project))
        }
        _ => Ok(Some(rule)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_no_command() {
        // REQ-START-06, REQ-START-07
        for command in ["status", "stop", "help", "status ses_12345678", "model a/b", "agent plan"] {
            assert!(is_terse(command), "{command}");
        }
        for task in ["", "test the login page", "stop the timeout from firing", "list all users on the page"]
        {
            assert!(!is_terse(task), "{task}");
        }
    }
}
