//! Sentences about a start: what it needs, who takes it, and why it came to nothing.

use super::QUOTED;
use crate::slack::formatting::line;
use gateway_domain::{ModelChoice, Suggestion};

pub(crate) const TOO_LATE: &str =
    "The form took too long to open. Please press the button or write the command again.";
pub(crate) const NOT_OPENED: &str = "Slack did not open the form. Please try again.";
pub(crate) const NO_TASK: &str =
    "Tell me what to do, for example: *@me fix the login timeout*. `help` lists the rest.";
pub(crate) const WHERE_TO_WORK: &str = "This channel isn't linked to a project with a repository, so I don't know where to work. Use `start` and choose one, or ask a gateway administrator to run `channel project NAME` here.";
pub(crate) const MESSAGE_GONE: &str = "That message can no longer be read. Please write it again.";

/// A suggestion that is a guess is told to nobody.
const SURE: f64 = 0.5;

/// A start that came to nothing. What was typed is given back.
pub(crate) fn not_started(why: &str, title: &str, description: &str) -> String {
    let typed =
        if description.is_empty() { String::new() } else { format!("\n> {}", &line(description, 2_000)) };
    format!("No session was started: {}\nYou typed:\n> *{}*{typed}", why, &line(title, QUOTED))
}

/// Slack's word for why there is no thread.
pub(crate) fn no_thread(code: &str) -> String {
    match code {
        "not_in_channel" | "channel_not_found" => {
            "the gateway is not in that channel. Invite it with `/invite`, and start again.".to_owned()
        }
        "is_archived" => "that channel is archived. Start it in another one.".to_owned(),
        other => format!("Slack couldn't create the thread ({other})."),
    }
}

/// Who works on a task and why, and who would suit it. None: nothing was suggested, so there is nothing to say.
pub(crate) fn routing(hint: &Suggestion, agent: Option<&str>, model: Option<&ModelChoice>) -> Option<String> {
    if hint.confidence < SURE {
        return None;
    }
    let (suggested, why) = (&hint.agent, hint.because.join(", "));
    let who = match agent {
        Some(agent) if agent == suggested => format!("*{agent}* is working on this, as suggested ({why})."),
        Some(agent) => format!("*{agent}* is working on this. Suggested: *{suggested}* ({why})."),
        None => format!(
            "OpenCode's default agent is working on this. *{suggested}* may suit it better ({why}); to switch: `agent {suggested}`."
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
