//! The words behind the slash command, and behind the app's name in a thread.

use super::start_session::{self, open_form};
use super::reply::Where;
use super::{Deed, Room};
use crate::slack::config::ChannelRule;
use crate::slack::inbound::event::What;
use crate::slack::text::esc;
use crate::slack::{render, words};
use gateway_domain::{ModelChoice, SessionCard, Steer};
use std::sync::Arc;

/// Words that this gateway has no machinery for yet, and says so.
const LAB: [&str; 3] = ["deploy", "test", "cleanup"];

/// Longest words that a choice of agent may have; OpenCode's own are shorter.
const AGENT: usize = 64;

/// Where a command was given.
struct Given<'a> {
    place: &'a Where,
    channel: &'a str,
    here: Option<Arc<SessionCard>>,
}

/// The slash command. Returns the command's name, for its measure.
pub(super) async fn command(room: &Room, deed: &Deed, channel: &str, text: &str) -> &'static str {
    let what = What::Command { channel: channel.to_owned(), text: String::new() };
    let place = Where::of(&deed.who, &deed.reply, &what);
    let given = Given { place: &place, channel, here: None };
    match run(room, deed, &given, text).await {
        Some(name) => name,
        None => {
            let word = text.split_whitespace().next().unwrap_or_default();
            let blocks = render::unknown(&room.config.command, word);
            room.show(&place, "I don't know that command", &blocks).await;
            "unknown"
        }
    }
}

/// Behind the app's name in a session's thread. False if it is no command but for the agent.
pub(super) async fn in_thread(
    room: &Room,
    deed: &Deed,
    place: &Where,
    card: &Arc<SessionCard>,
    text: &str,
) -> bool {
    let channel = place.channel.clone().unwrap_or_default();
    let given = Given { place, channel: &channel, here: Some(Arc::clone(card)) };
    is_terse(text) && run(room, deed, &given, text).await.is_some()
}

/// Behind the app's name where there is no session. False if it is a task.
pub(super) async fn said(room: &Room, deed: &Deed, place: &Where, channel: &str, text: &str) -> bool {
    let given = Given { place, channel, here: None };
    is_terse(text) && run(room, deed, &given, text).await.is_some()
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

async fn run(room: &Room, deed: &Deed, given: &Given<'_>, text: &str) -> Option<&'static str> {
    let (word, rest) = text.trim().split_once(char::is_whitespace).unwrap_or((text.trim(), ""));
    let (word, rest) = (word.to_lowercase(), rest.trim());
    if let Some((name, to)) = STEERS.into_iter().find(|(name, _)| *name == word) {
        if let Some((card, _)) = meant(room, deed, given, rest).await {
            // In its thread everybody reads the note about it.
            steer(room, deed, given.place, &card.session, to, given.here.is_some()).await;
        }
        return Some(name);
    }
    if let Some(name) = LAB.into_iter().find(|name| *name == word) {
        room.tell(given.place, words::NO_LAB).await;
        return Some(name);
    }
    Some(match word.as_str() {
        "start" => {
            let from = start_session::From {
                typed: rest.to_owned(),
                is_task: true,
                ..start_session::From::default()
            };
            open_form(room, deed, Some(given.channel.to_owned()), from).await;
            "start"
        }
        "list" => {
            let blocks = render::session_list(&room.desk.cards(), room.ways());
            room.show(given.place, "Sessions", &blocks).await;
            "list"
        }
        "status" => {
            if let Some((card, _)) = meant(room, deed, given, rest).await {
                status(room, given.place, &card.session).await;
            }
            "status"
        }
        "diff" => {
            if let Some((card, _)) = meant(room, deed, given, rest).await {
                diff(room, given.place, &card.session).await;
            }
            "diff"
        }
        "link" => {
            if let Some((card, _)) = meant(room, deed, given, rest).await {
                link(room, given.place, &card).await;
            }
            "link"
        }
        "model" => {
            choose(room, deed, given, rest, "model").await;
            "model"
        }
        "agent" => {
            choose(room, deed, given, rest, "agent").await;
            "agent"
        }
        "channel" => {
            channel(room, deed, given, rest).await;
            "channel"
        }
        "help" | "" => {
            help(room, given.place).await;
            "help"
        }
        _ => return None,
    })
}

async fn meant<'a>(
    room: &Room,
    deed: &Deed,
    given: &Given<'_>,
    rest: &'a str,
) -> Option<(Arc<SessionCard>, &'a str)> {
    match room.meant(given.here.clone(), given.channel, &deed.by.id, rest) {
        Ok(found) => Some(found),
        Err(why) => {
            room.tell(given.place, &why).await;
            None
        }
    }
}

pub(super) async fn help(room: &Room, place: &Where) {
    room.show(place, "What you can do", &render::help(&room.config.command)).await;
}

/// `noted`: the person sees the thread in which the note about it stands.
pub(super) async fn steer(room: &Room, deed: &Deed, place: &Where, session: &str, to: Steer, noted: bool) {
    match room.desk.steer(session, deed.by.clone(), to).await {
        Ok(_) if noted => {}
        Ok(_) => room.tell(place, &words::steered(to, room.desk.card_of(session).as_deref())).await,
        Err(refusal) => room.tell_refusal(place, &refusal).await,
    }
}

pub(super) async fn status(room: &Room, place: &Where, session: &str) {
    match room.desk.card_of(session) {
        Some(card) => {
            let project = room.desk.project_title(&card);
            let shown =
                render::Shown { console: room.config.console.as_deref(), project: project.as_deref() };
            let drawing = render::session_card(&card, shown);
            room.show(place, &drawing.text, &drawing.blocks).await;
        }
        None => {
            let unknown = crate::sessions::desk::Refusal::UnknownSession(session.to_owned());
            room.tell(place, &words::refusal(&unknown)).await;
        }
    }
}

/// What the session changed, file by file.
pub(super) async fn diff(room: &Room, place: &Where, session: &str) {
    match room.desk.diff(session).await {
        Ok(files) => {
            let told = words::changed(&files);
            room.show(place, &esc(&told), &render::changes(session, &told, &files)).await;
        }
        Err(refusal) => room.tell(place, &words::refusal(&refusal)).await,
    }
}

async fn link(room: &Room, place: &Where, card: &SessionCard) {
    match room.permalink(card).await {
        Some(link) => {
            let text = format!("{}: <{}>", esc(&words::named(card)), esc(&link));
            room.show(place, &text, &[]).await;
        }
        None => room.tell(place, words::NO_THREAD_HERE).await,
    }
}

/// The model or the agent of the messages that come next.
async fn choose(room: &Room, deed: &Deed, given: &Given<'_>, rest: &str, which: &str) {
    let Some((card, wanted)) = meant(room, deed, given, rest).await else { return };
    let mut choice = room.settings.choice(&card.session);
    if wanted.is_empty() {
        return room.tell(given.place, &words::chosen(which, &card, &choice)).await;
    }
    if which == "model" {
        let Some(model) = model(wanted) else { return room.tell(given.place, words::WHICH_MODEL).await };
        choice.model = Some(model);
    } else {
        if wanted.len() > AGENT || wanted.contains(char::is_whitespace) {
            return room.tell(given.place, words::WHICH_AGENT).await;
        }
        choice.agent = Some(wanted.to_owned());
    }
    let told = match room.settings.choose(&card.session, choice.clone()).await {
        Ok(()) => words::chosen(which, &card, &choice),
        Err(error) => {
            tracing::error!(%error, "a choice is not on disk");
            words::NOT_STORED.to_owned()
        }
    };
    room.tell(given.place, &told).await;
}

pub(super) fn model(text: &str) -> Option<ModelChoice> {
    let (provider, model) = text.split_once('/')?;
    let fits = !provider.is_empty() && !model.is_empty() && !text.contains(char::is_whitespace);
    fits.then(|| ModelChoice { provider: provider.to_owned(), model: model.to_owned() })
}

/// What this channel is for; only administrators say so.
async fn channel(room: &Room, deed: &Deed, given: &Given<'_>, rest: &str) {
    if !room.config.administrators.contains(&deed.who.user) {
        return room.tell(given.place, words::NOT_ADMINISTRATOR).await;
    }
    let told = match rule(room, rest) {
        Err(why) => why,
        Ok(rule) => match room.settings.set_channel(given.channel, rule.clone()).await {
            Ok(()) => words::channel_set(&room.settings.channel(given.channel)),
            Err(error) => {
                tracing::error!(%error, "what a channel is for is not on disk");
                words::NOT_STORED.to_owned()
            }
        },
    };
    room.tell(given.place, &told).await;
}

fn rule(room: &Room, text: &str) -> Result<Option<ChannelRule>, String> {
    let words: Vec<_> = text.split_whitespace().collect();
    if words == ["clear"] {
        return Ok(None);
    }
    let mut rule = ChannelRule::default();
    for pair in words.chunks(2) {
        match pair {
            ["project", name] => rule.project = Some((*name).to_owned()),
            ["repository", name] => rule.repository = Some((*name).to_owned()),
            ["model", name] => rule.model = Some(model(name).ok_or(words::WHICH_MODEL)?),
            _ => return Err(words::CHANNEL_HELP.to_owned()),
        }
    }
    let all = room.projects.all();
    let known = all.iter().find(|one| Some(&one.name) == rule.project.as_ref());
    let project = known.ok_or_else(|| words::no_such_project(&all))?;
    match &rule.repository {
        Some(name) if !project.repositories.iter().any(|one| one.name == *name) => {
            Err(words::no_such_repository(project))
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
