//! Every sentence that people read in Slack, as functions. Nothing here knows of blocks.
//!
//! What comes from an agent or a person is escaped where it is put in (`esc`), so a sentence is mrkdwn that
//! notifies nobody and links nowhere.

use gateway_domain::{
    Answer, Ask, AskBody, AskState, Danger, Decision, Doing, HeldCall, OnSilence, Person, RanBefore,
    SessionCard,
};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Longest subject in a line; all of it is in the card or behind "Details".
const SUBJECT: usize = 140;

pub const ALLOW_ONCE: &str = "Allow once";
pub const GO_ON: &str = "Continue";
pub const DENY: &str = "Deny";
pub const DETAILS: &str = "Details…";
pub const ALWAYS: &str = "Always allow…";
pub const DENY_WITH_REASON: &str = "Deny with a reason…";
pub const OWN_WORDS: &str = "Write your own…";
pub const ANSWER: &str = "Answer…";
pub const SET_UP: &str = "Set up…";
pub const ALLOW_LATE: &str = "Allow anyway";
pub const ANSWER_LATE: &str = "Answer anyway…";
pub const ASIDE: &str = "Discuss in a thread";
pub const STILL_WRITING: &str = "💭 Thinking…";
pub const SUSPENDED: &str =
    "⏸️ The agent is restarting or offline. You can answer now; your answer is applied when it's back.";
pub const MAY_HAVE_RUN: &str = "⚠️ *This may already have run in part.* The agent stopped while it was running. \
     Check the result before you allow it again.";
pub const EXACTLY_THIS: &str = "Your answer applies to this request only.";

/// What people wrote, as mrkdwn that means nothing and hides nothing.
pub fn esc(text: &str) -> String {
    visible(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

pub use gateway_domain::visible;

/// At most that many characters, and a sign where something is missing.
pub fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// The first line, cut.
pub fn line(text: &str, most: usize) -> String {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let more = text.trim_end().lines().count() > 1;
    let short = cut(first.trim(), most);
    if more && !short.ends_with('…') { format!("{short} …") } else { short }
}

/// Slack writes it in the reader's own time zone.
pub fn time(at: Timestamp) -> String {
    let utc = at.to_zoned(TimeZone::UTC).strftime("%H:%M UTC").to_string();
    format!("<!date^{}^{{time}}|{utc}>", at.as_second())
}

/// With the day, for what may be tomorrow.
pub fn day_and_time(at: Timestamp) -> String {
    let utc = at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M UTC").to_string();
    format!("<!date^{}^{{date_short_pretty}} {{time}}|{utc}>", at.as_second())
}

/// A person by id: as Slack shows people, if it knows them.
pub fn person_id(id: &str) -> String {
    let slack = id.strip_prefix("slack:").and_then(|rest| rest.split_once(':')).map(|(_, user)| user);
    match slack.filter(|user| !user.is_empty() && user.chars().all(|c| c.is_ascii_alphanumeric())) {
        Some(user) => format!("<@{user}>"),
        None => esc(id.trim_start_matches("web:").trim_start_matches("api:")),
    }
}

// --- asks ---

/// What will run, or which file changes: the first line of the truth.
pub fn subject(ask: &Ask) -> String {
    match &ask.body {
        AskBody::Permission { metadata, patterns, permission, .. } => {
            let named = ["command", "filepath", "url"].iter().find_map(|name| metadata.get(*name)?.as_str());
            let told = named.map_or_else(|| patterns.join(", "), str::to_owned);
            if told.is_empty() { permission.clone() } else { told }
        }
        AskBody::Question { questions } => {
            questions.first().map_or_else(|| "A question".to_owned(), |one| one.question.clone())
        }
        AskBody::Held { held } | AskBody::Configuration { held, .. } => held_subject(held),
        AskBody::Gate { title, .. } => title.clone(),
    }
}

fn held_subject(held: &HeldCall) -> String {
    held.command.clone().or_else(|| held.file.clone()).unwrap_or_else(|| held.tool.clone())
}

/// The subject in one visible line.
pub fn subject_line(ask: &Ask) -> String {
    line(&visible(&subject(ask)), SUBJECT)
}

/// What stands before the subject while the ask is open.
pub fn wants(ask: &Ask) -> &'static str {
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
        AskBody::Held { .. } => "Change",
        AskBody::Configuration { .. } => "Set up before it can run",
        AskBody::Question { .. } | AskBody::Gate { .. } => "",
    }
}

/// What stands behind it: the tool, where the verb does not say it.
pub fn tool(ask: &Ask) -> Option<&str> {
    match &ask.body {
        AskBody::Permission { permission, .. } if wants(ask) == "Allow" => Some(permission),
        AskBody::Held { held } | AskBody::Configuration { held, .. } => Some(&held.tool),
        _ => None,
    }
}

/// What a notification says.
pub fn summary(ask: &Ask) -> String {
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
pub fn who_may_answer(ask: &Ask) -> String {
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
pub fn silence(ask: &Ask) -> String {
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

pub fn two_people(risk: &str, first: Option<&Decision>) -> String {
    let first = first.map(|first| {
        format!(" Approved by {}, {}. One more approval is needed.", esc(&first.by.name), time(first.at))
    });
    format!("👥 *Needs two approvals:* {}.{}", esc(risk.trim_end_matches('.')), first.unwrap_or_default())
}

/// What stands out in what would run, the worst first; nothing while there is nothing.
pub fn dangers(ask: &Ask) -> Option<String> {
    let line = |danger: &Danger| format!("⚠️ *{}:* {}", esc(&danger.label), code(&danger.why));
    let told: Vec<_> = ask.rules.dangers.iter().map(line).collect();
    (!told.is_empty()).then(|| told.join("\n"))
}

pub fn ran_before(before: &RanBefore) -> String {
    format!(
        "⚠️ *This ran before in the same turn*, allowed by {}, {}. If you allow it, it runs again.",
        esc(&before.by),
        time(before.at)
    )
}

/// An answer that is not on the disk.
pub fn unstored(answer: &Decision) -> String {
    format!(
        "💾 {} by {} isn't saved yet and *does not count yet*. Until it is saved, the same person's last answer counts, and so does any denial.",
        answer_words(&answer.answer),
        esc(&answer.by.name)
    )
}

pub fn taken_aside(by: &str, place: Option<&str>) -> String {
    let place = place.filter(|place| place.starts_with("https://") && !place.contains(['|', '<', '>', ' ']));
    let link = place.map(|place| format!(": <{place}|the thread>")).unwrap_or_default();
    format!("🧵 {} moved this to its own thread{link}.", esc(by))
}

/// In bold; an asterisk in it would end it.
pub fn bold(text: &str) -> String {
    format!("*{}*", esc(text).replace('*', "∗"))
}

/// Inline code; a backtick in it would end it.
pub fn code(text: &str) -> String {
    format!("`{}`", esc(&visible(text)).replace('`', "ˋ"))
}

/// What became of an ask that is not open any more.
pub struct Outcome {
    pub emoji: &'static str,
    /// A few words, for the title and notifications.
    pub plain: String,
    /// Who and when, and what follows.
    pub detail: String,
}

fn became(emoji: &'static str, plain: &str, detail: String) -> Option<Outcome> {
    Some(Outcome { emoji, plain: plain.to_owned(), detail })
}

pub fn outcome(ask: &Ask) -> Option<Outcome> {
    match &ask.state {
        AskState::Open | AskState::Suspended => None,
        AskState::Decided => decided(ask, " Saved; it takes effect when the agent receives it."),
        AskState::Applied => decided(ask, ""),
        AskState::AnsweredElsewhere { answer } => {
            became("↪️", "Answered in OpenCode", format!("In OpenCode: {}", esc(&cut(answer, 300))))
        }
        AskState::TimedOut => timed_out(ask),
        AskState::AllowedLate => {
            let by = ask.decision.as_ref().map(by_and_when).unwrap_or_default();
            let detail =
                format!("Nobody answered in time. {by} It applies if the agent asks for exactly this again.");
            became("🕰️", "Allowed late", detail)
        }
        AskState::Withdrawn { why } => became("🚫", "Withdrawn", esc(&cut(why, 300))),
        AskState::Superseded => became(
            "🚫",
            "No longer needed",
            "The agent moved on before the answer could be applied.".to_owned(),
        ),
    }
}

fn timed_out(ask: &Ask) -> Option<Outcome> {
    if let Some(late) = &ask.decision {
        let detail = format!("Nobody answered in time. Late: {} The agent was told.", by_and_when(late));
        return became("🕰️", &format!("{}, late", answer_words(&late.answer)), detail);
    }
    match ask.rules.on_silence {
        OnSilence::TakeRecommended => became(
            "⌛",
            "Nobody answered in time",
            "The agent continued with the recommended option. You can still answer and the agent will be told."
                .to_owned(),
        ),
        _ => became(
            "⌛",
            "Nobody answered in time",
            "Denied automatically, and the agent was told so. You can still answer, and the agent will be told.".to_owned(),
        ),
    }
}

fn decided(ask: &Ask, more: &str) -> Option<Outcome> {
    let Some(by) = &ask.decision else { return became("✅", "Answered", more.trim().to_owned()) };
    let emoji = if matches!(by.answer, Answer::Deny { .. }) { "⛔" } else { "✅" };
    let reason = match &by.answer {
        Answer::Deny { reason: Some(reason) } => format!(" “{}”", esc(&cut(reason, 500))),
        _ => String::new(),
    };
    let second = ask.first_approval.as_ref().map(|first| format!(" First: {}", by_and_when(first)));
    let detail = format!("{}{reason}{}{more}", by_and_when(by), second.unwrap_or_default());
    became(emoji, &answer_words(&by.answer), detail)
}

fn by_and_when(decision: &Decision) -> String {
    format!("By {}{}, {}.", esc(&decision.by.name), from_where(&decision.by), time(decision.at))
}

/// A name of another surface is said to be one: nobody can pass for a colleague by a name.
fn from_where(by: &Person) -> &'static str {
    if by.id.starts_with("slack:") {
        ""
    } else if by.id.starts_with("web:") || by.id.starts_with("api:") {
        " (console)"
    } else {
        " (elsewhere)"
    }
}

pub fn answer_words(answer: &Answer) -> String {
    match answer {
        Answer::Once => "Allowed once".to_owned(),
        Answer::Always => "Always allowed".to_owned(),
        Answer::Deny { .. } => "Denied".to_owned(),
        Answer::Answers { answers } => {
            let told = answers.iter().map(|labels| labels.join(", ")).collect::<Vec<_>>().join("; ");
            format!("Answered “{}”", esc(&cut(&told, 200)))
        }
        Answer::Configured { .. } => "Set up".to_owned(),
    }
}

pub fn is_recommended(label: &str) -> bool {
    label.to_lowercase().contains("(recommended)")
}

/// The label without its mark, which is drawn as one.
pub fn plain_label(label: &str) -> String {
    match label.to_lowercase().find("(recommended)") {
        Some(at) if label.is_char_boundary(at) && label.is_char_boundary(at + 13) => {
            format!("{} {}", label[..at].trim_end(), label[at + 13..].trim_start()).trim().to_owned()
        }
        _ => label.to_owned(),
    }
}

// --- sessions ---

/// What a session is doing, with a sign for it.
pub fn doing(card: &SessionCard) -> (&'static str, String) {
    let emoji = match card.doing {
        _ if card.unrecoverable.is_some() => {
            return ("⛔", "Its record is damaged: an operator must restore it".to_owned());
        }
        Doing::Ended => "🏁",
        _ if !card.online => "🔌",
        Doing::Waiting => "✋",
        Doing::Working => "⚙️",
        Doing::Paused => "⏸️",
        Doing::Failed => "❌",
        Doing::Idle => "💤",
    };
    (emoji, card.standing())
}

/// What a person can do about it, where the buttons do not say it.
pub fn what_to_do(card: &SessionCard) -> Option<&'static str> {
    match card.doing {
        _ if card.unrecoverable.is_some() => None,
        Doing::Ended => None,
        _ if !card.online => Some("continues when the agent is back"),
        Doing::Failed => Some("retry, or choose another model"),
        Doing::Idle if is_in_slack(card) => Some("reply in its thread to continue"),
        Doing::Idle => Some("continue in the console or in OpenCode"),
        Doing::Waiting | Doing::Working | Doing::Paused => None,
    }
}

fn is_in_slack(card: &SessionCard) -> bool {
    card.about.place.as_ref().is_some_and(|place| place.surface == super::SURFACE)
}

pub fn starting(title: &str) -> String {
    format!("Starting session: {}…", esc(&cut(title, 150)))
}

pub fn queued(count: usize) -> String {
    match count {
        1 => "1 message queued.".to_owned(),
        many => format!("{many} messages queued."),
    }
}

/// The sign of a milestone's sort.
pub fn milestone_emoji(sort: &str) -> &'static str {
    match sort.to_lowercase().as_str() {
        "plan" => "🗺️",
        "phase" => "🏗️",
        "tests" | "test" => "🧪",
        "decision" => "⚖️",
        "blocked" => "🚧",
        "done" => "🎉",
        "commit" => "📌",
        "review" => "🔎",
        _ => "🚩",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_was_written_notifies_or_links() {
        // REQ-THREAD-07
        assert_eq!(
            esc("<!channel> <@U1> <http://x|y> &"),
            "&lt;!channel&gt; &lt;@U1&gt; &lt;http://x|y&gt; &amp;"
        );
        assert_eq!(person_id("slack:T1:U1|<!here>"), "slack:T1:U1|&lt;!here&gt;");
        assert_eq!(person_id("slack:T1:U042"), "<@U042>");
        assert_eq!(code("a`b"), "`aˋb`");
    }

    #[test]
    fn a_line_says_when_there_is_more() {
        assert_eq!(line("\nfirst\nsecond", 20), "first …");
        assert_eq!(line("one", 20), "one");
        assert_eq!(line("0123456789", 5), "0123…");
    }

    #[test]
    fn the_recommended_mark_is_taken_off() {
        assert_eq!(plain_label("Keep it (Recommended)"), "Keep it");
        assert_eq!(plain_label("Ä (recommended) b"), "Ä b");
    }
}
