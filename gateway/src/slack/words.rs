//! Sentences for the person who did something: what became of it, and what to do if nothing did.
//!
//! Plain text with some mrkdwn: whoever sends it escapes the whole, so nothing in it mentions or links.

use super::config::ChannelRule;
use super::text::{answer_words, line};
use super::people::AdmissionRefusal;
use super::handlers::Choice;
use crate::projects::Project;
use crate::sessions::desk::Refusal;
use bridge_protocol::FileChange;
use gateway_domain::{LimitReached, ModelChoice, SessionCard, Steer, Suggestion, Verdict};

/// Files that are listed.
const FILES: usize = 40;

/// Longest piece of somebody's text in a sentence.
const QUOTED: usize = 140;

pub(super) const TOO_LATE: &str =
    "The form took too long to open. Please press the button or write the command again.";
pub(super) const NOT_OPENED: &str = "Slack did not open the form. Please try again.";
pub(super) const OLD_BUTTON: &str =
    "This button is from another version of the gateway and no longer works. Use the latest card.";
pub(super) const NO_SUCH_ASK: &str = "This request is no longer open. See the thread for what became of it.";
pub(super) const CHANGED: &str =
    "The request has changed since this card was posted. Please answer the latest card.";
pub(super) const EDITED: &str = "The agent does not see edits. Please post the correction as a new message.";
pub(super) const NO_TASK: &str =
    "Tell me what to do, for example: *@me fix the login timeout*. `help` lists the rest.";
pub(super) const NO_LAB: &str = "Deploys, checks and clean-ups aren't available here yet. You can ask the agent in the thread to run the tests.";
pub(super) const NOT_ADMINISTRATOR: &str =
    "Only gateway admins can link a channel to a project. Admins are listed under `slack.administrators`.";
pub(super) const CHANNEL_HELP: &str = "Write `channel project NAME`, with `repository NAME` or `model PROVIDER/MODEL` behind it, or `channel clear`.";
pub(super) const WHERE_TO_WORK: &str = "This channel isn't linked to a project that can be worked on, so I don't know where to work. Use `start` and choose one, or ask a gateway administrator for `channel project NAME` here.";
pub(super) const NOT_SHOWN: &str =
    "Slack refused to show the rest of this answer here; the gateway's console has it.";
pub(super) const MESSAGE_GONE: &str = "That message can't be read any more. Please write it again.";
pub(super) const NO_SUCH_ITEM: &str = "This is not in the thread any more.";
pub(super) const NO_THREAD_HERE: &str = "That session has no thread in Slack. Open it in the console.";
pub(super) const FILE_IS_THERE: &str = "All of it is in the session's thread, as a file.";
pub(super) const FILE_NOT_TAKEN: &str =
    "Slack rejected the file. Please try again later; `gateway doctor` says whether the app may share files.";
pub(super) const NO_PATCH: &str = "Line-by-line changes aren't available here. See the console or the files.";
pub(super) const WHICH_MODEL: &str =
    "Write the model as `provider/model`, such as `anthropic/claude-sonnet-4-5`.";
pub(super) const WHICH_AGENT: &str = "Write the name of one of OpenCode's agents, such as `build` or `plan`.";
pub(super) const NOT_STORED: &str = "That couldn't be saved, so nothing was done. Please try again.";

pub(super) fn turned_away(why: AdmissionRefusal) -> &'static str {
    match why {
        AdmissionRefusal::OtherTeam | AdmissionRefusal::Stranger => {
            "This gateway works for people of its own workspace only, so nothing was done."
        }
        AdmissionRefusal::Guest => {
            "Guests may not use this gateway, so nothing was done. Ask a member of the workspace."
        }
        AdmissionRefusal::NotListed => {
            "You are not on the list of people who may use this gateway, so nothing was done. Ask an administrator."
        }
        AdmissionRefusal::Gone | AdmissionRefusal::Robot => "This account may not use the gateway, so nothing was done.",
        AdmissionRefusal::Unsure => "Slack did not say who you are, so nothing was done. Please try again.",
    }
}

/// Why the desk did not do it.
pub(super) fn refusal(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Decided(verdict) => verdict_refused(verdict),
        Refusal::NotStored => NOT_STORED.to_owned(),
        Refusal::UnknownAsk(_) => NO_SUCH_ASK.to_owned(),
        Refusal::UnknownSession(id) => format!("There is no session `{id}`. `list` shows all sessions."),
        other => other.to_string(),
    }
}

fn verdict_refused(verdict: &Verdict) -> String {
    match verdict {
        Verdict::AnsweredBefore { by, answer } => {
            format!("{} answered first: {}.", by, &answer_words(answer))
        }
        Verdict::NoLongerAsked { why } => format!("This is no longer open: {}.", why),
        Verdict::NotAllowed => "You can't answer for this project. Ask one of its approvers.".to_owned(),
        Verdict::Changed => CHANGED.to_owned(),
        Verdict::WrongKind => {
            "This request can't be answered that way. Use the buttons on its card.".to_owned()
        }
        Verdict::QueueFull { limit } => format!(
            "The agent is busy and {limit} messages are already queued. Stop it, or wait until it has read them."
        ),
        Verdict::TooLong { limit } => format!(
            "The message is too long: {} KiB at most. Put the rest into a file of the repository.",
            limit / 1024
        ),
        Verdict::SessionEnded => "This session is closed. Reopen it to continue.".to_owned(),
        Verdict::Idle { why } => format!("Nothing was done: {why}."),
        Verdict::Unknown => NO_SUCH_ASK.to_owned(),
        _ => "That wasn't possible. Please look at the thread and try again.".to_owned(),
    }
}

/// What a person hears about an answer that was taken, where the card alone does not say it.
pub(super) fn taken(verdict: &Verdict) -> Option<String> {
    Some(match verdict {
        Verdict::TakenForLater => {
            "Your answer is saved and will be applied when the agent is back.".to_owned()
        }
        Verdict::TakenLate => {
            "The request had timed out, but the agent has been told what you decided.".to_owned()
        }
        Verdict::NeedsSecond { why } => {
            format!("Your approval is saved. A second person must approve it too: {}.", why)
        }
        _ => return None,
    })
}

pub(super) fn steered(to: Steer, card: Option<&SessionCard>) -> String {
    let did = match to {
        Steer::Pause => "is paused",
        Steer::Resume => "is resumed",
        Steer::Retry => "is trying again",
        Steer::Stop => "is stopped",
        Steer::Close => "is closed",
        Steer::Reopen => "is open again",
    };
    format!("{} {did}.", card.map_or_else(|| "The session".to_owned(), named))
}

/// A session in a sentence.
pub(super) fn named(card: &SessionCard) -> String {
    let title = if card.about.title.is_empty() { "no title" } else { &card.about.title };
    format!("\"{}\" (`{}`)", &line(title, QUOTED), &card.session)
}

pub(super) fn which_session(cards: &[&SessionCard]) -> String {
    if cards.is_empty() {
        return "There is no session in this conversation. Use `start` to begin one, or `list` to see all."
            .to_owned();
    }
    let named: Vec<_> = cards.iter().take(10).map(|card| named(card)).collect();
    format!("Say which session, by its id: {}.", named.join(", "))
}

/// A start that came to nothing. What was typed is given back.
pub(super) fn not_started(why: &str, title: &str, description: &str) -> String {
    let typed =
        if description.is_empty() { String::new() } else { format!("\n> {}", &line(description, 2_000)) };
    format!("No session was started: {}\nYou typed:\n> *{}*{typed}", why, &line(title, QUOTED))
}

/// Slack's word for why there is no thread.
pub(super) fn no_thread(code: &str) -> String {
    match code {
        "not_in_channel" | "channel_not_found" => {
            "the gateway is not in that channel. Invite it with `/invite`, and start again.".to_owned()
        }
        "is_archived" => "that channel is archived. Start it in another one.".to_owned(),
        other => format!("Slack couldn't create the thread ({other})."),
    }
}

pub(super) fn files_not_taken(names: &[&str], why: &str) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{}`", line(name, 80))).collect();
    format!("These files weren't passed to the agent: {}. {why}", names.join(", "))
}

pub(super) fn queued(behind: usize) -> String {
    match behind {
        0 => "The agent is busy or offline. Your message is next.".to_owned(),
        1 => "The agent is busy or offline. Your message is second in the queue.".to_owned(),
        more => format!("The agent is busy or offline. Your message is queued behind {more} others."),
    }
}

pub(super) fn queued_at_limit(limit: &LimitReached) -> String {
    let reason = limit.reason();
    format!(
        "{reason} Your message is queued and sent as soon as one of them finishes, is stopped or asks for input."
    )
}

/// A suggestion that is a guess is told to nobody.
const SURE: f64 = 0.5;

/// Who works on a task and why, and who would suit it. None: nothing was suggested, so there is nothing to say.
pub(super) fn routing(hint: &Suggestion, agent: Option<&str>, model: Option<&ModelChoice>) -> Option<String> {
    if hint.confidence < SURE {
        return None;
    }
    let (suggested, why) = (&hint.agent, hint.because.join(", "));
    let who = match agent {
        Some(agent) if agent == suggested => format!("*{agent}* works on this, as suggested ({why})."),
        Some(agent) => format!("*{agent}* works on this. Suggested: *{suggested}* ({why})."),
        None => format!(
            "OpenCode's default agent works on this. *{suggested}* may suit it better ({why}); to switch: `agent {suggested}`."
        ),
    };
    let hinted = hint.model.as_ref().map(|one| format!("{}/{}", one.provider, one.model));
    let with = match (model.map(ModelChoice::label), hinted) {
        (Some(model), Some(hinted)) if model == hinted => format!(" Model: *{model}*, as suggested."),
        (Some(model), Some(hinted)) => format!(" Model: *{model}*. Suggested: *{hinted}*."),
        (Some(model), None) => format!(" Model: *{model}*."),
        (None, Some(hinted)) => {
            format!(" Model: OpenCode's default. Suggested: *{hinted}*; to switch: `model {hinted}`.")
        }
        (None, None) => String::new(),
    };
    Some(who + &with)
}

pub(super) fn changed(files: &[FileChange]) -> String {
    if files.is_empty() {
        return "No changes yet.".to_owned();
    }
    let line_of = |file: &FileChange| {
        format!(
            "• `{}` +{} −{}",
            &line(&file.path, QUOTED),
            file.additions.unwrap_or_default(),
            file.deletions.unwrap_or_default()
        )
    };
    let mut lines: Vec<_> = files.iter().take(FILES).map(line_of).collect();
    if files.len() > FILES {
        lines.push(format!("… and {} more", files.len() - FILES));
    }
    lines.join("\n")
}

pub(super) fn chosen(which: &str, card: &SessionCard, choice: &Choice) -> String {
    let chosen = match which {
        "model" => choice.model.as_ref().map(|model| format!("{}/{}", model.provider, model.model)),
        _ => choice.agent.clone(),
    };
    let known = if which == "model" { &card.about.model } else { &card.about.agent };
    match (chosen, known) {
        (Some(chosen), _) => {
            format!("{} will use {which} `{}` from the next message on.", named(card), &chosen)
        }
        (None, Some(known)) => {
            format!("{} is using {which} `{}`. To switch: `{which} NAME`.", named(card), known)
        }
        (None, None) => {
            format!("{} is using OpenCode's default {which}. To switch: `{which} NAME`.", named(card))
        }
    }
}

pub(super) fn channel_set(rule: &ChannelRule) -> String {
    let Some(project) = &rule.project else {
        return "This channel is no longer linked to a project.".to_owned();
    };
    let mut told = format!("This channel is now linked to project *{}*", project);
    if let Some(repository) = &rule.repository {
        told.push_str(&format!(", repository `{}`", repository));
    }
    if let Some(model) = &rule.model {
        told.push_str(&format!(", model `{}/{}`", &model.provider, &model.model));
    }
    told + "."
}

pub(super) fn no_such_project(projects: &[Project]) -> String {
    let names: Vec<_> = projects.iter().map(|project| project.name.as_str()).collect();
    format!(
        "Name one of the configured projects: {}.",
        if names.is_empty() { "there are none".to_owned() } else { names.join(", ") }
    )
}

pub(super) fn no_such_repository(project: &Project) -> String {
    let names: Vec<_> = project.repositories.iter().map(|one| one.name.as_str()).collect();
    format!("The project *{}* has these repositories: {}.", &project.name, names.join(", "))
}
