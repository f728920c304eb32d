//! Sentences about an ask that waits: what it is about, who decides, what happens when nobody answers.

use super::ask_outcome::{answer_words, outcome};
use crate::slack::formatting::{code, day_and_time, esc, line, person_id, time, visible};
use gateway_domain::{Ask, AskBody, AskState, Danger, Decision, OnSilence, RanBefore};

/// Longest subject in a line; all of it is in the card or behind "Details".
const SUBJECT: usize = 140;

pub(crate) const STILL_WRITING: &str = "💭 Thinking…";
pub(crate) const SUSPENDED: &str =
    "⏸️ The agent is restarting or offline. You can answer now; your answer is applied when it's back.";
pub(crate) const MAY_HAVE_RUN: &str = "⚠️ *This may already have run in part.* The agent stopped while it was running. \
     Check the result before you allow it again.";
pub(crate) const EXACTLY_THIS: &str = "Your answer applies to this request only.";

/// What will run, or which file changes: the first line of the truth.
pub(crate) fn subject(ask: &Ask) -> String {
    match &ask.body {
        AskBody::Permission { metadata, patterns, permission, .. } => {
            let named = ["command", "filepath", "url"].iter().find_map(|name| metadata.get(*name)?.as_str());
            let told = named.map_or_else(|| patterns.join(", "), str::to_owned);
            if told.is_empty() { permission.clone() } else { told }
        }
        AskBody::Question { questions } => {
            questions.first().map_or_else(|| "A question".to_owned(), |one| one.question.clone())
        }
        AskBody::Held { held } | AskBody::Configuration { held, .. } => held.about(),
        AskBody::Gate { title, .. } => title.clone(),
    }
}

/// The subject in one visible line.
pub(crate) fn subject_line(ask: &Ask) -> String {
    line(&visible(&subject(ask)), SUBJECT)
}

/// What stands before the subject while the ask is open.
pub(crate) fn wants(ask: &Ask) -> &'static str {
    match &ask.body {
        AskBody::Permission { permission, .. } => match permission.as_str() {
            "bash" => "Run",
            "edit" | "write" => "Change",
            "webfetch" => "Open",
            "websearch" => "Search for",
            "external_directory" => "Access files outside the workspace with",
            "read" => "Read",
            "task" => "Start a sub-agent for",
            "doom_loop" => "Keep going although it is repeating itself:",
            _ => "Allow",
        },
        AskBody::Held { held } if held.command.is_some() => "Run",
        AskBody::Held { held } if held.file.is_none() => "Use",
        AskBody::Held { held } if held.only_reads() => "Read",
        AskBody::Held { .. } => "Change",
        AskBody::Configuration { .. } => "Set up before it can run",
        AskBody::Question { .. } | AskBody::Gate { .. } => "",
    }
}

/// What stands behind it: the tool, where the verb does not say it.
pub(crate) fn tool(ask: &Ask) -> Option<&str> {
    match &ask.body {
        AskBody::Permission { permission, .. } if wants(ask) == "Allow" => Some(permission),
        AskBody::Held { held } | AskBody::Configuration { held, .. } => {
            Some(held.tool.as_str()).filter(|tool| held.about() != **tool)
        }
        _ => None,
    }
}

/// What a notification says.
pub(crate) fn summary(ask: &Ask) -> String {
    let (line, code) = (subject_line(ask), code(&subject_line(ask)));
    let subject = esc(&line);
    if let Some(outcome) = outcome(ask) {
        return format!("{}: {subject}", outcome.plain);
    }
    match &ask.body {
        AskBody::Question { questions } if questions.len() > 1 => {
            format!("{} questions: {subject}", questions.len())
        }
        AskBody::Question { .. } => format!("Question: {subject}"),
        AskBody::Gate { .. } => subject,
        AskBody::Configuration { .. } => format!("Set up this session before it can run {code}"),
        AskBody::Permission { .. } | AskBody::Held { .. } => format!("Allow {code}?"),
    }
}

/// Who decides.
pub(crate) fn who_may_answer(ask: &Ask) -> String {
    let people = |ids: &[String]| ids.iter().map(|id| person_id(id)).collect::<Vec<_>>().join(", ");
    let who = match &ask.rules.may_answer {
        None => "Anyone in this channel".to_owned(),
        Some(ids) if ids.is_empty() => "Nobody".to_owned(),
        Some(ids) => people(ids),
    };
    let backup = ask.rules.backup.as_ref();
    let backup = backup
        .map(|backup| format!("; from {}, {} can answer too", time(backup.from), people(&backup.people)))
        .unwrap_or_default();
    format!("{who} can answer{backup}.")
}

/// What happens when nobody answers.
pub(crate) fn silence(ask: &Ask) -> String {
    let Some(deadline) = ask.deadline else {
        return match ask.state {
            AskState::Suspended => "The timer is paused while the agent is offline.".to_owned(),
            _ => "No time limit.".to_owned(),
        };
    };
    let until = day_and_time(deadline);
    match ask.rules.on_silence {
        OnSilence::Deny => format!("Denied automatically at {until} if nobody answers."),
        OnSilence::TakeRecommended => {
            format!("If nobody answers by {until}, the agent continues with the recommended option.")
        }
        OnSilence::Remind => format!("Reminder at {until}; it stays open."),
        OnSilence::Wait => "No time limit.".to_owned(),
    }
}

pub(crate) fn two_people(risk: &str, first: Option<&Decision>) -> String {
    let first = first.map(|first| {
        format!(" Approved by {}, {}. One more approval is needed.", esc(&first.by.name), time(first.at))
    });
    format!("👥 *Needs two approvals:* {}.{}", esc(risk.trim_end_matches('.')), first.unwrap_or_default())
}

/// What stands out in what would run, the worst first; nothing while there is nothing.
pub(crate) fn dangers(ask: &Ask) -> Option<String> {
    let line = |danger: &Danger| format!("⚠️ *{}:* {}", esc(&danger.label), code(&danger.why));
    let told: Vec<_> = ask.rules.dangers.iter().map(line).collect();
    (!told.is_empty()).then(|| told.join("\n"))
}

pub(crate) fn ran_before(before: &RanBefore) -> String {
    format!(
        "⚠️ *This ran before in the same turn*, allowed by {}, {}. If you allow it, it runs again.",
        esc(&before.by),
        time(before.at)
    )
}

/// An answer that is not on the disk.
pub(crate) fn unstored(answer: &Decision) -> String {
    format!(
        "💾 {} by {} isn't saved yet and *does not count yet*. Until it is saved, the same person's last answer counts, and so does any denial.",
        answer_words(&answer.answer),
        esc(&answer.by.name)
    )
}

pub(crate) fn taken_aside(by: &str, place: Option<&str>) -> String {
    let place = place.filter(|place| place.starts_with("https://") && !place.contains(['|', '<', '>', ' ']));
    let link = place.map(|place| format!(": <{place}|the thread>")).unwrap_or_default();
    format!("🧵 {} moved this to its own thread{link}.", esc(by))
}

pub(crate) fn is_recommended(label: &str) -> bool {
    label.to_lowercase().contains("(recommended)")
}

/// The label without its mark, which is drawn as one.
pub(crate) fn plain_label(label: &str) -> String {
    match label.to_lowercase().find("(recommended)") {
        Some(at) if label.is_char_boundary(at) && label.is_char_boundary(at + 13) => {
            format!("{} {}", label[..at].trim_end(), label[at + 13..].trim_start()).trim().to_owned()
        }
        _ => label.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recommended_mark_is_taken_off() {
        assert_eq!(plain_label("Keep it (Recommended)"), "Keep it");
        assert_eq!(plain_label("Ä (recommended) b"), "Ä b");
    }
}
