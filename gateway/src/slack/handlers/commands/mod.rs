//! The words behind the slash command, and behind the app's name in a thread.
//!
//! Each command is a file, and a row of one table. From that come dispatch, the help, the hint in the app's manifest and the
//! table in docs/slack.md.

mod slash_audit;
mod slash_channel;
mod slash_choose;
mod slash_deliver;
mod slash_diff;
mod slash_grants;
mod slash_help;
mod slash_lab;
mod slash_link;
mod slash_list;
mod slash_start;
mod slash_status;
mod slash_steer;
mod slash_test;

pub(super) use slash_deliver::deliver;
pub(super) use slash_diff::show_diff;
pub(super) use slash_grants::revoke;
pub(super) use slash_help::show_help;
pub(super) use slash_lab::{clean, deploy, take_over};
pub(super) use slash_status::show_status;
pub(super) use slash_steer::steer;
pub(super) use slash_test::run_checks;

use super::reply::ReplyTarget;
use super::{SlackContext, SlackRequest};
use crate::slack::render;
use futures_util::future::BoxFuture;
use gateway_domain::SessionCard;
use std::sync::Arc;

/// All commands, as the help lists them.
const COMMANDS: [&Command; 22] = [
    &slash_start::START,
    &slash_list::LIST,
    &slash_status::STATUS,
    &slash_steer::PAUSE,
    &slash_steer::RESUME,
    &slash_steer::STOP,
    &slash_steer::RETRY,
    &slash_steer::CLOSE,
    &slash_steer::REOPEN,
    &slash_choose::MODEL,
    &slash_choose::AGENT,
    &slash_diff::DIFF,
    &slash_test::TEST,
    &slash_lab::DEPLOY,
    &slash_lab::CLEANUP,
    &slash_deliver::DELIVER,
    &slash_deliver::DELIVERIES,
    &slash_grants::GRANTS,
    &slash_audit::AUDIT,
    &slash_link::LINK,
    &slash_channel::CHANNEL,
    &slash_help::HELP,
];

struct Command {
    name: &'static str,
    /// What may stand behind the name.
    usage: &'static str,
    help: &'static str,
    run: Run,
    /// Words besides a session's id that may follow; with more, what is said to the app is a task.
    most_words: usize,
    /// Slack names it while somebody types the slash command.
    is_hinted: bool,
}

type Run = for<'a> fn(Invocation<'a>) -> BoxFuture<'a, ()>;

/// A command that somebody gave.
#[derive(Clone, Copy)]
struct Invocation<'a> {
    context: &'a SlackContext,
    request: &'a SlackRequest,
    reply_to: &'a ReplyTarget,
    channel: &'a str,
    /// The session in whose thread it was given.
    here: Option<&'a Arc<SessionCard>>,
    /// What stands behind the name.
    rest: &'a str,
}

impl Command {
    const fn new(name: &'static str, usage: &'static str, help: &'static str, run: Run) -> Self {
        Self { name, usage, help, run, most_words: 0, is_hinted: false }
    }

    const fn with_words(self, most_words: usize) -> Self {
        Self { most_words, ..self }
    }

    const fn hinted(self) -> Self {
        Self { is_hinted: true, ..self }
    }

    fn find(word: &str) -> Option<&'static Self> {
        COMMANDS.into_iter().find(|command| command.name == word.to_lowercase())
    }
}

impl<'a> Invocation<'a> {
    /// In private.
    async fn tell(&self, text: &str) {
        self.context.tell(self.reply_to, text).await;
    }

    /// The session that is meant, and what is left of the words. Without one the person has been told why.
    async fn session(&self) -> Option<(Arc<SessionCard>, &'a str)> {
        match self.context.meant(self.here.cloned(), self.channel, &self.request.by.id, self.rest) {
            Ok(found) => Some(found),
            Err(why) => {
                self.tell(&why).await;
                None
            }
        }
    }
}

/// The slash command. Returns the command's name, for its measure.
pub(super) async fn command(
    context: &SlackContext,
    request: &SlackRequest,
    channel: &str,
    text: &str,
) -> &'static str {
    let reply_to = ReplyTarget::of(&request.who, &request.reply, Some(channel), None);
    let given = Invocation { context, request, reply_to: &reply_to, channel, here: None, rest: text };
    match run(given).await {
        Some(name) => name,
        None => {
            let word = text.split_whitespace().next().unwrap_or_default();
            let blocks = render::unknown(&context.config.command, word, &help_lines());
            let told = format!("I don't know that command. Try one of these: {}", usage_hint());
            context.show(&reply_to, &told, &blocks).await;
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
    let channel = reply_to.channel.as_deref().unwrap_or_default();
    let given = Invocation { context, request, reply_to, channel, here: Some(card), rest: text };
    is_terse(text) && run(given).await.is_some()
}

/// Behind the app's name where there is no session. False if it is a task.
pub(super) async fn said(
    context: &SlackContext,
    request: &SlackRequest,
    reply_to: &ReplyTarget,
    channel: &str,
    text: &str,
) -> bool {
    let given = Invocation { context, request, reply_to, channel, here: None, rest: text };
    is_terse(text) && run(given).await.is_some()
}

/// Whether it would be done as a command, and not told to the agent.
pub(super) fn is_command(text: &str) -> bool {
    is_terse(text) && text.split_whitespace().next().is_some_and(|word| Command::find(word).is_some())
}

/// "test the login page" is a task, "test" is a command.
fn is_terse(text: &str) -> bool {
    let words: Vec<_> = text.split_whitespace().collect();
    match words.as_slice() {
        [] => false,
        [_] => true,
        [_, session, ..] if session.starts_with("ses_") => true,
        [name, rest @ ..] => Command::find(name).is_some_and(|command| rest.len() <= command.most_words),
    }
}

/// Does what the first of the words says. None: it is no command.
async fn run(given: Invocation<'_>) -> Option<&'static str> {
    let text = given.rest.trim();
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let word = if word.is_empty() { slash_help::HELP.name } else { word };
    let command = Command::find(word)?;
    (command.run)(Invocation { rest: rest.trim(), ..given }).await;
    Some(command.name)
}

/// The commands that are needed first.
fn usage_hint() -> String {
    let hinted = COMMANDS.into_iter().filter(|command| command.is_hinted);
    hinted.map(|command| command.name).collect::<Vec<_>>().join(" | ")
}

/// Each command with what may follow, and what it does.
fn help_lines() -> Vec<(String, &'static str)> {
    let written = |command: &Command| match command.usage {
        "" => command.name.to_owned(),
        usage => format!("{} {usage}", command.name),
    };
    COMMANDS.into_iter().map(|command| (written(command), command.help)).collect()
}

#[cfg(test)]
mod tests;
