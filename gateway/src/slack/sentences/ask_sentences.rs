//! What Slack adds to the words of an ask: signs, and the frame of a line. The words are the domain's (`Ask::display`).

use crate::slack::formatting::{esc, said};
use gateway_domain::{
    Answer, Ask, AskBody, AskDisplay, AskOutcome, AskState, AskWarning, Part, Person, WarningKind,
};

pub(crate) const STILL_WRITING: &str = "💭 Thinking…";
pub(crate) const OVERRIDES: &str = "This overrides the rules, for this one request. Everyone in the thread sees it, and the audit log says so.";
pub(crate) const NO_REASON: &str = "Say why; everyone sees it.";
pub(crate) const EXACTLY_THIS: &str = "Your answer applies to this request only.";

/// The sign before an ask: what kind it is, or what came of it.
pub(crate) fn emoji(ask: &Ask) -> &'static str {
    let decided = |answer: Option<&Answer>| match answer {
        Some(Answer::Deny { .. }) => "⛔",
        Some(
            Answer::Once
            | Answer::Always
            | Answer::Grant { .. }
            | Answer::Answers { .. }
            | Answer::Configured { .. },
        )
        | None => "✅",
    };
    let answer = ask.decision.as_ref().map(|decision| &decision.answer);
    match &ask.state {
        AskState::Open | AskState::Suspended => kind_emoji(&ask.body),
        AskState::Applied if ask.late => "🕰️",
        AskState::Decided | AskState::Applied => decided(answer),
        AskState::AnsweredElsewhere { .. } => "↪️",
        AskState::TimedOut if answer.is_none() => "⌛",
        AskState::TimedOut | AskState::AllowedLate => "🕰️",
        AskState::Withdrawn { .. } | AskState::Superseded => "🚫",
    }
}

fn kind_emoji(body: &AskBody) -> &'static str {
    match body {
        AskBody::Permission { .. } => "🔐",
        AskBody::Question { .. } => "❓",
        AskBody::Held { .. } => "✋",
        AskBody::Gate { .. } => "🚦",
        AskBody::Configuration { .. } => "🛠️",
        AskBody::Deploy { .. } => "🚀",
        AskBody::Delivery { .. } => "📦",
    }
}

/// A warning as a line of a card.
pub(crate) fn warning(AskWarning { kind, head, text }: &AskWarning) -> String {
    let sign = match kind {
        WarningKind::Danger | WarningKind::Opaque | WarningKind::MayHaveRun | WarningKind::RanBefore => "⚠️",
        WarningKind::Unsaved => "💾",
        WarningKind::Offline => "⏸️",
        WarningKind::TwoApprovals => "👥",
    };
    format!("{sign} *{}{}* {}", esc(head).replace('*', "∗"), kind.joint(), said(text))
}

/// What happens in silence and who decides, in one line. The session's owner is told of it, if nobody else is named.
pub(crate) fn terms(shown: &AskDisplay, owner: Option<&Person>) -> String {
    let terms = &shown.terms;
    let owner = owner.filter(|owner| owner.id.starts_with("slack:"));
    let who = match (terms.who.parts(), owner) {
        ([Part::Everyone, ..], Some(owner)) => {
            let who = said(&terms.who);
            let rest = who.strip_prefix("Anyone").unwrap_or_default();
            format!("{} or anyone{rest}", crate::slack::formatting::person_id(&owner.id))
        }
        _ => said(&terms.who),
    };
    let reminded = terms.reminded.as_ref().map(|reminded| format!(" {reminded}")).unwrap_or_default();
    format!("{} {who}{reminded}", said(&terms.silence))
}

/// Who and when, and what can still be done.
pub(crate) fn outcome(outcome: &AskOutcome, shown: &AskDisplay) -> String {
    let still = if shown.answers.is_empty() { String::new() } else { said(&shown.standing.sentence) };
    format!("{} {still}", said(&outcome.sentence)).trim().to_owned()
}

pub(crate) fn taken_aside(by: &str, place: Option<&str>) -> String {
    let place = place.filter(|place| place.starts_with("https://") && !place.contains(['|', '<', '>', ' ']));
    let link = place.map(|place| format!(": <{place}|the thread>")).unwrap_or_default();
    format!("🧵 {} moved this to its own thread{link}.", esc(by))
}
