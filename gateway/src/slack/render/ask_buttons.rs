//! The buttons of an ask's card: one for each answer that the domain says is possible, in an order that suits a thumb.

use super::blocks::{Look, PLACEHOLDER, button, confirmed, link, option, plain, select};
use crate::slack::actions::{Act, Give};
use crate::slack::formatting::{self, esc, line};
use crate::slack::patterns;
use crate::slack::sentences;
use gateway_domain::{
    AnswerChoice, AnswerKey, Ask, AskDisplay, GrantFor, OptionDisplay, Proof, QuestionDisplay, StandingKind,
};
use serde_json::Value;

/// Options that are buttons of their own; with more of them a form is easier.
const OPTION_BUTTONS: usize = 6;

/// Longest label of an option's button that a phone shows whole.
const OPTION_LABEL: usize = 60;

/// For the card, the details among them.
pub(super) fn of_card(ask: &Ask, shown: &AskDisplay, console: Option<&str>) -> Vec<Value> {
    let details = button(sentences::DETAILS, &Act::Details { ask: ask.id.clone() }, Look::Plain);
    let Some(question) = on_buttons(&shown.questions).filter(|_| ask.is_answerable()) else {
        let (first, second) = deciding(ask, shown, console);
        let aside = aside(ask, shown);
        return first.into_iter().chain([details]).chain(second).chain(aside).collect();
    };
    let own = button(sentences::OWN_WORDS, &form(ask), Look::Plain);
    option_buttons(ask, question).into_iter().chain([own, details]).chain(aside(ask, shown)).collect()
}

/// Those that decide, for the window with the details. It is one person's own, so it has what only some people can do.
pub(super) fn of_details(
    ask: &Ask,
    shown: &AskDisplay,
    console: Option<&str>,
    overrides: bool,
) -> Vec<Value> {
    let (first, second) = deciding(ask, shown, console);
    let overriding = overrides.then(|| overriding(ask, console)).flatten();
    first.into_iter().chain(second).chain(overriding).collect()
}

/// More than an account Slack can't prove: that leads to the console.
fn overriding(ask: &Ask, console: Option<&str>) -> Option<Value> {
    let glass = ask.rules.demand.as_ref()?.break_glass.as_ref()?;
    if glass.proof > Proof::Account {
        return Some(link(sentences::OVERRIDE_IN_CONSOLE, &page(ask, console?)));
    }
    let act = Act::Override { ask: ask.id.clone(), digest: ask.digest.clone() };
    Some(button(sentences::OVERRIDE, &act, Look::Danger))
}

fn page(ask: &Ask, console: &str) -> String {
    format!("{console}/sessions/{}", ask.session)
}

/// Those for everybody, and those that ask once more.
fn deciding(ask: &Ask, shown: &AskDisplay, console: Option<&str>) -> (Vec<Value>, Vec<Value>) {
    let late = shown.standing.kind == StandingKind::TimedOut;
    let (mut first, mut second) = (vec![], vec![]);
    for choice in &shown.answers {
        let button = touched(ask, choice, console).unwrap_or_else(|| of_choice(ask, shown, choice));
        let reason = choice.with_reason.as_ref().map(|label| with_reason(ask, label));
        match choice.key {
            AnswerKey::Once | AnswerKey::Answers | AnswerKey::Configured => first.push(button),
            // Who comes late has something to say, or nothing to do.
            AnswerKey::Deny if late => first.extend(reason),
            AnswerKey::Deny => {
                first.push(button);
                second.extend(reason);
            }
            AnswerKey::Always => second.insert(0, button),
            AnswerKey::Grant => {}
        }
    }
    second.extend(grants(ask, shown));
    (first, second)
}

/// One menu for all of them: each says the same of what it covers.
fn grants(ask: &Ask, shown: &AskDisplay) -> Option<Value> {
    let choices = || shown.answers.iter().filter(|choice| choice.key == AnswerKey::Grant);
    let of = |lasts: GrantFor| answer(ask, Give::Grant(lasts)).encode();
    let each = |choice: &AnswerChoice| Some(option(&choice.label, &of(choice.lasts?).1));
    let options: Vec<_> = choices().filter_map(each).collect();
    let (first, lasts) = choices().find_map(|choice| Some((choice, choice.lasts?)))?;
    let mut menu = select("static_select", &of(lasts).0, options, &[]);
    menu["placeholder"] = plain(sentences::ALLOW_LONGER, PLACEHOLDER);
    let covers = patterns::listed(first.covers.as_deref().unwrap_or_default(), patterns::IN_A_QUESTION);
    let question = format!("From then on agents can do this without asking: {covers}");
    Some(confirmed(menu, "Allow for longer?", &question, "Allow"))
}

/// Slack has no passkeys and no fresh sign-ins, so this is a way to where they are. Without one a press says so, in the
/// gateway's own words.
fn touched(ask: &Ask, choice: &AnswerChoice, console: Option<&str>) -> Option<Value> {
    let console = console.filter(|_| choice.key == AnswerKey::Once)?;
    let label = match choice.proof {
        Proof::Passkey => sentences::APPROVE_WITH_PASSKEY,
        Proof::Fresh => sentences::APPROVE_IN_CONSOLE,
        Proof::Account | Proof::Claimed => return None,
    };
    Some(link(label, &page(ask, console)))
}

fn takes_reason(ask: &Ask) -> bool {
    ask.rules.demand.as_ref().is_some_and(|demand| demand.reason)
}

fn of_choice(ask: &Ask, shown: &AskDisplay, choice: &AnswerChoice) -> Value {
    let look = if choice.primary { Look::Primary } else { Look::Plain };
    let label = &choice.label;
    match choice.key {
        // The form asks once more by itself.
        AnswerKey::Once if takes_reason(ask) => {
            let act = Act::AllowWithReason { ask: ask.id.clone(), digest: ask.digest.clone() };
            button(&format!("{label}…"), &act, look)
        }
        AnswerKey::Once => {
            let button = button(label, &answer(ask, Give::Once), look);
            match &choice.confirm {
                // Two people must allow it: nobody should be the first by a slip of the thumb.
                Some(why) => {
                    let question = format!("{}\n{}", esc(why), formatting::code(&shown.subject.line));
                    confirmed(button, "Allow this?", &question, "Allow once")
                }
                None => button,
            }
        }
        // Says what it would cover before it counts.
        AnswerKey::Always => {
            let covers = patterns::always_covers(choice, patterns::IN_A_QUESTION);
            let button = button(label, &answer(ask, Give::Always), look);
            confirmed(button, "Always allow?", &covers, "Always allow")
        }
        AnswerKey::Deny => button(label, &answer(ask, Give::Deny), Look::Danger),
        // A menu has all of these.
        AnswerKey::Grant => Value::Null,
        AnswerKey::Answers | AnswerKey::Configured => button(label, &form(ask), look),
    }
}

fn answer(ask: &Ask, give: Give) -> Act {
    Act::Answer { ask: ask.id.clone(), digest: ask.digest.clone(), give }
}

fn form(ask: &Ask) -> Act {
    Act::OwnWords { ask: ask.id.clone(), digest: ask.digest.clone() }
}

fn with_reason(ask: &Ask, label: &str) -> Value {
    let reason = Act::DenyWithReason { ask: ask.id.clone(), digest: ask.digest.clone() };
    button(label, &reason, Look::Plain)
}

/// A question that takes talking gets a thread of its own.
fn aside(ask: &Ask, shown: &AskDisplay) -> Option<Value> {
    let takes_talking = ask.is_answerable() && !shown.questions.is_empty() && ask.aside.is_none();
    takes_talking.then(|| button(sentences::ASIDE, &Act::TakeAside { ask: ask.id.clone() }, Look::Plain))
}

/// A question whose options fit on buttons.
pub(super) fn on_buttons(questions: &[QuestionDisplay]) -> Option<&QuestionDisplay> {
    let [question] = questions else { return None };
    let fits = !question.multiple && (1..=OPTION_BUTTONS).contains(&question.options.len());
    fits.then_some(question)
}

fn option_buttons(ask: &Ask, question: &QuestionDisplay) -> Vec<Value> {
    let recommended = question.options.iter().position(|option| option.recommended);
    let of = |(at, option): (usize, &OptionDisplay)| {
        let is_it = recommended == Some(at);
        let shown = if is_it { format!("★ {}", option.label) } else { option.label.clone() };
        let look = if is_it { Look::Primary } else { Look::Plain };
        button(&line(&shown, OPTION_LABEL), &answer(ask, Give::Option { question: 0, option: at }), look)
    };
    question.options.iter().enumerate().map(of).collect()
}
