//! Sentences about an ask that is not open any more: what became of it, by whom and when.

use crate::slack::formatting::{cut, esc, time};
use gateway_domain::{Answer, Ask, AskState, Decision, OnSilence, Person};

/// What became of an ask that is not open any more.
pub(crate) struct Outcome {
    pub emoji: &'static str,
    /// A few words, for the title and notifications.
    pub plain: String,
    /// Who and when, and what follows.
    pub detail: String,
}

fn became(emoji: &'static str, plain: &str, detail: String) -> Option<Outcome> {
    Some(Outcome { emoji, plain: plain.to_owned(), detail })
}

pub(crate) fn outcome(ask: &Ask) -> Option<Outcome> {
    match &ask.state {
        AskState::Open | AskState::Suspended => None,
        AskState::Decided => decided(ask, " Saved; it takes effect when the agent receives it."),
        AskState::Applied if ask.late => timed_out(ask),
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
        let (by, reason) = (by_and_when(late), reason(late));
        let detail = format!("Nobody answered in time. Late: {by}{reason} The agent has been told.");
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
            "Denied automatically. You can still answer, and the agent will be told.".to_owned(),
        ),
    }
}

fn decided(ask: &Ask, more: &str) -> Option<Outcome> {
    let Some(by) = &ask.decision else { return became("✅", "Answered", more.trim().to_owned()) };
    let emoji = if matches!(by.answer, Answer::Deny { .. }) { "⛔" } else { "✅" };
    let first = |first: &Decision| {
        format!(" First approved by {}{}, {}.", esc(&first.by.name), from_where(&first.by), time(first.at))
    };
    let second = ask.first_approval.as_ref().map(first);
    let detail = format!("{}{}{}{more}", by_and_when(by), reason(by), second.unwrap_or_default());
    became(emoji, &answer_words(&by.answer), detail)
}

/// Why it was denied, if the person said so.
fn reason(decision: &Decision) -> String {
    match &decision.answer {
        Answer::Deny { reason: Some(reason) } => format!(" “{}”", esc(&cut(reason, 500))),
        _ => String::new(),
    }
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

pub(crate) fn answer_words(answer: &Answer) -> String {
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
