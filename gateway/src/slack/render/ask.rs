//! An ask as a card that fits on a phone: what will run, what silence means, two or three buttons. The full truth is
//! behind "Details"; when it is decided, the buttons are gone and the card says who, when and what.

use super::blocks::{Look, button, code, confirmed, context, rich_line, rows, section};
use super::{Drawing, top_text};
use crate::slack::actions::{Act, Give};
use crate::slack::formatting::{self, esc, line, visible};
use crate::slack::patterns;
use crate::slack::sentences;
use gateway_domain::{Ask, AskBody, AskState, Person, Question};
use serde_json::Value;

/// Lines and characters of a command or diff on the card itself.
const PREVIEW_LINES: usize = 8;
const PREVIEW: usize = 700;

/// Options that are buttons of their own; with more of them a form is easier.
const OPTION_BUTTONS: usize = 6;

/// Longest label of an option's button that a phone shows whole.
const OPTION_LABEL: usize = 60;

/// The card of an ask as it is now. Its owner is told of it, if nobody else is named.
pub fn ask_card(ask: &Ask, owner: Option<&Person>) -> Drawing {
    let mut blocks = vec![title(ask)];
    blocks.extend(preview(ask));
    if ask.is_answerable() {
        blocks.extend(warnings(ask));
        blocks.extend(options_told(ask));
        blocks.push(context(&terms(ask, owner)));
        blocks.extend(rows(buttons(ask)));
    } else {
        blocks.extend(became(ask));
    }
    Drawing::new(top_text(&sentences::summary(ask)), blocks)
}

pub(super) fn title(ask: &Ask) -> Value {
    let subject = sentences::subject_line(ask);
    if let Some(outcome) = sentences::outcome(ask) {
        let before = format!("{} {}: ", outcome.emoji, unescaped(&outcome.plain));
        return rich_line(&[(&before, false), (&subject, is_code(ask))]);
    }
    let tool = sentences::tool(ask).map(|tool| format!("  ({tool})")).unwrap_or_default();
    match &ask.body {
        AskBody::Question { questions } if questions.len() > 1 => {
            rich_line(&[(&format!("❓ {} questions: ", questions.len()), false), (&subject, false)])
        }
        AskBody::Question { .. } => rich_line(&[("❓ ", false), (&subject, false)]),
        AskBody::Gate { .. } => rich_line(&[("🚦 ", false), (&subject, false)]),
        AskBody::Held { .. } => {
            let before = format!("✋ On hold: {} ", sentences::wants(ask).to_lowercase());
            rich_line(&[(&before, false), (&subject, true), (&format!("?{tool}"), false)])
        }
        AskBody::Configuration { .. } => {
            rich_line(&[("🛠️ Set up this session before it can run ", false), (&subject, true)])
        }
        AskBody::Permission { .. } => {
            let before = format!("🔐 {} ", sentences::wants(ask));
            rich_line(&[(&before, false), (&subject, true), (&format!("?{tool}"), false)])
        }
    }
}

/// A title is literal; the words of an outcome were escaped for other places.
fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

fn is_code(ask: &Ask) -> bool {
    !matches!(ask.body, AskBody::Question { .. } | AskBody::Gate { .. })
}

/// What the title could not hold, as far as it fits.
fn preview(ask: &Ask) -> Option<Value> {
    match &ask.body {
        AskBody::Permission { metadata, .. } => {
            if let Some(diff) = metadata.get("diff").and_then(Value::as_str).filter(|diff| !diff.is_empty()) {
                return Some(code(&first_lines(changed_lines(diff))));
            }
            longer(ask)
        }
        AskBody::Held { held } | AskBody::Configuration { held, .. } => match held.more().as_str() {
            "" => longer(ask),
            more => {
                let whole = sentences::subject(ask);
                let command =
                    if sentences::subject_line(ask) == whole { String::new() } else { whole + "\n" };
                Some(code(&first_lines(command.lines().chain(changed_lines(more)))))
            }
        },
        AskBody::Gate { detail, .. } if !detail.is_empty() => {
            Some(section(&esc(&formatting::cut(&visible(detail), PREVIEW))))
        }
        AskBody::Question { questions } => {
            let whole = &questions.first()?.question;
            let more = questions.len() == 1 && sentences::subject_line(ask) != *whole;
            more.then(|| section(&esc(&formatting::cut(&visible(whole), 2_000))))
        }
        AskBody::Gate { .. } => None,
    }
}

fn longer(ask: &Ask) -> Option<Value> {
    let whole = sentences::subject(ask);
    (sentences::subject_line(ask) != whole).then(|| code(&first_lines(whole.lines())))
}

/// A diff from its first changed place on; its head says nothing that the title does not.
fn changed_lines(diff: &str) -> impl Iterator<Item = &str> {
    let head = |line: &&str| {
        ["diff ", "index ", "Index: ", "===", "--- ", "+++ "].iter().any(|start| line.starts_with(start))
    };
    diff.lines().skip_while(move |line| head(line) || line.trim().is_empty())
}

fn first_lines<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let mut shown = String::new();
    let (mut told, mut left) = (0, 0);
    for line in lines {
        let room = told < PREVIEW_LINES && shown.chars().count() + line.chars().count() <= PREVIEW;
        match room || told == 0 {
            true => {
                told += 1;
                shown.push_str(&formatting::cut(line, PREVIEW));
                shown.push('\n');
            }
            false => left += 1,
        }
    }
    if left > 0 {
        let lines = if left == 1 { "line" } else { "lines" };
        shown.push_str(&format!("… {left} more {lines} (see Details)"));
    }
    shown.trim_end().to_owned()
}

fn warnings(ask: &Ask) -> Vec<Value> {
    let mut told: Vec<_> = sentences::dangers(ask).map(|told| section(&told)).into_iter().collect();
    if ask.may_have_run {
        told.push(section(sentences::MAY_HAVE_RUN));
    }
    told.extend(ask.ran_before.as_ref().map(|before| section(&sentences::ran_before(before))));
    told.extend(ask.unstored.as_ref().map(|answer| section(&sentences::unstored(answer))));
    if ask.state == AskState::Suspended {
        told.push(section(sentences::SUSPENDED));
    }
    if let Some(risk) = &ask.rules.risk {
        told.push(section(&sentences::two_people(risk, ask.first_approval.as_ref())));
    }
    told.extend(aside(ask));
    told
}

fn aside(ask: &Ask) -> Option<Value> {
    let aside = ask.aside.as_ref()?;
    Some(context(&sentences::taken_aside(&aside.by, aside.place.as_deref())))
}

/// Who decides and what silence means, in one line.
fn terms(ask: &Ask, owner: Option<&Person>) -> String {
    let who = match (&ask.rules.may_answer, owner) {
        (None, Some(owner)) if owner.id.starts_with("slack:") => {
            format!("{} or anyone in this channel can answer.", formatting::person_id(&owner.id))
        }
        _ => sentences::who_may_answer(ask),
    };
    let reminded = match ask.rules.reminders {
        0 => String::new(),
        1 => " Reminded once.".to_owned(),
        times => format!(" Reminded {times} times."),
    };
    format!("{} {who}{reminded}", sentences::silence(ask))
}

fn buttons(ask: &Ask) -> Vec<Value> {
    match &ask.body {
        AskBody::Question { questions } => question_buttons(ask, questions),
        AskBody::Configuration { .. } => {
            let set_up = Act::OwnWords { ask: ask.id.clone(), digest: ask.digest.clone() };
            vec![button(sentences::SET_UP, &set_up, Look::Primary), deny(ask), details(ask)]
        }
        AskBody::Permission { .. } | AskBody::Held { .. } | AskBody::Gate { .. } => decision_buttons(ask),
    }
}

/// The buttons that decide, for the card and for the modal with the details.
pub(super) fn decision_buttons(ask: &Ask) -> Vec<Value> {
    let mut buttons = vec![allow_once(ask), deny(ask), details(ask)];
    buttons.extend(always(ask));
    let reason = Act::DenyWithReason { ask: ask.id.clone(), digest: ask.digest.clone() };
    buttons.push(button(sentences::DENY_WITH_REASON, &reason, Look::Plain));
    buttons
}

fn answer(ask: &Ask, give: Give) -> Act {
    Act::Answer { ask: ask.id.clone(), digest: ask.digest.clone(), give }
}

fn allow_once(ask: &Ask) -> Value {
    let label =
        if matches!(ask.body, AskBody::Gate { .. }) { sentences::GO_ON } else { sentences::ALLOW_ONCE };
    // What stands out is not allowed by the button that the eye falls on first.
    let look = if ask.rules.dangers.is_empty() { Look::Primary } else { Look::Plain };
    let button = button(label, &answer(ask, Give::Once), look);
    match &ask.rules.risk {
        // Two people must allow it: nobody should be the first by a slip of the thumb.
        Some(risk) => {
            let question = format!("{}\n{}", esc(risk), formatting::code(&sentences::subject_line(ask)));
            confirmed(button, "Allow this?", &question, "Allow once")
        }
        None => button,
    }
}

fn deny(ask: &Ask) -> Value {
    button(sentences::DENY, &answer(ask, Give::Deny), Look::Danger)
}

fn details(ask: &Ask) -> Value {
    button(sentences::DETAILS, &Act::Details { ask: ask.id.clone() }, Look::Plain)
}

/// Says what it would cover before it counts.
fn always(ask: &Ask) -> Option<Value> {
    let AskBody::Permission { always, .. } = &ask.body else { return None };
    if always.is_empty() || ask.rules.risk.is_some() {
        return None;
    }
    let button = button(&patterns::always_label(always), &answer(ask, Give::Always), Look::Plain);
    let covers = patterns::always_covers(always, patterns::IN_A_QUESTION);
    Some(confirmed(button, "Always allow?", &covers, "Always allow"))
}

// --- questions ---

/// A question whose options fit on buttons.
fn on_buttons(questions: &[Question]) -> Option<&Question> {
    let [question] = questions else { return None };
    let fits = !question.multiple && (1..=OPTION_BUTTONS).contains(&question.options.len());
    fits.then_some(question)
}

fn question_buttons(ask: &Ask, questions: &[Question]) -> Vec<Value> {
    let form = Act::OwnWords { ask: ask.id.clone(), digest: ask.digest.clone() };
    let mut buttons = match on_buttons(questions) {
        Some(question) => {
            let mut buttons = option_buttons(ask, question);
            buttons.push(button(sentences::OWN_WORDS, &form, Look::Plain));
            buttons
        }
        None => vec![button(sentences::ANSWER, &form, Look::Primary)],
    };
    buttons.push(details(ask));
    if ask.aside.is_none() {
        buttons.push(button(sentences::ASIDE, &Act::TakeAside { ask: ask.id.clone() }, Look::Plain));
    }
    buttons
}

fn option_buttons(ask: &Ask, question: &Question) -> Vec<Value> {
    let recommended = question.options.iter().position(|label| sentences::is_recommended(label));
    let of = |(option, label): (usize, &String)| {
        let is_it = recommended == Some(option);
        let plain = visible(&sentences::plain_label(label));
        let shown = if is_it { format!("★ {plain}") } else { plain };
        let look = if is_it { Look::Primary } else { Look::Plain };
        button(&line(&shown, OPTION_LABEL), &answer(ask, Give::Option { question: 0, option }), look)
    };
    question.options.iter().enumerate().map(of).collect()
}

/// What options mean, and all questions where there are several.
fn options_told(ask: &Ask) -> Option<Value> {
    let AskBody::Question { questions } = &ask.body else { return None };
    let several = questions.len() > 1;
    let mut told = vec![];
    for (n, question) in questions.iter().enumerate() {
        if several {
            let asked = format!("{}. {}", n + 1, line(&visible(&question.question), 200));
            told.push(formatting::bold(&asked));
        }
        let described = question.descriptions.iter().any(|text| !text.is_empty());
        if several || described || on_buttons(questions).is_none() {
            told.extend(
                question.options.iter().enumerate().map(|(at, label)| option_line(question, at, label)),
            );
        }
    }
    (!told.is_empty()).then(|| section(&told.join("\n")))
}

pub(super) fn option_line(question: &Question, at: usize, label: &str) -> String {
    let star = if sentences::is_recommended(label) { " ★ _recommended_" } else { "" };
    let means = question.descriptions.get(at).filter(|means| !means.is_empty());
    let means = means.map(|means| format!(" – {}", esc(&line(&visible(means), 200)))).unwrap_or_default();
    format!("• {}{star}{means}", formatting::bold(&line(&visible(&sentences::plain_label(label)), 100)))
}

/// Who, when, and what follows.
fn became(ask: &Ask) -> Vec<Value> {
    let mut told = vec![];
    if let Some(outcome) = sentences::outcome(ask).filter(|outcome| !outcome.detail.is_empty()) {
        told.push(context(&outcome.detail));
    }
    if ask.may_have_run {
        told.push(context(sentences::MAY_HAVE_RUN));
    }
    told.extend(ask.ran_before.as_ref().map(|before| context(&sentences::ran_before(before))));
    told.extend(aside(ask));
    let mut buttons = late_buttons(ask);
    buttons.push(details(ask));
    told.extend(rows(buttons));
    told
}

/// Nobody answered in time; who comes late can still tell the agent (REQ-ASK-07).
fn late_buttons(ask: &Ask) -> Vec<Value> {
    if ask.state != AskState::TimedOut || ask.decision.is_some() {
        return vec![];
    }
    match &ask.body {
        AskBody::Permission { .. } => {
            vec![button(sentences::ALLOW_LATE, &answer(ask, Give::Once), Look::Plain)]
        }
        AskBody::Question { .. } => {
            let form = Act::OwnWords { ask: ask.id.clone(), digest: ask.digest.clone() };
            vec![button(sentences::ANSWER_LATE, &form, Look::Plain)]
        }
        _ => vec![],
    }
}
