//! One ask through every surface of the gateway: each says the same thing of it, and offers the same answers.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use super::shown::{Shown, in_words};
use crate::opencode_ui::form_of;
use crate::slack::render::{CardFor, ask_card, details};
use gateway_domain::{AnswerKey, Ask, AskDisplay, AskView, StandingKind};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Sample {
    name: String,
    ask: AskView,
}

fn samples() -> Vec<Sample> {
    serde_json::from_str(include_str!("../../../console/test/served-asks.json")).unwrap()
}

/// All text of a card in Slack, as it is read: without its markup.
fn texts(value: &Value, into: &mut String) {
    match value {
        Value::Object(fields) => {
            into.extend(fields.get("text").and_then(Value::as_str).map(|text| format!("{text}\n")));
            fields.values().for_each(|field| texts(field, into));
        }
        Value::Array(all) => all.iter().for_each(|one| texts(one, into)),
        _ => {}
    }
}

fn in_slack(ask: &Ask) -> String {
    let mut told = String::new();
    let card = Value::Array(ask_card(ask, CardFor::default()).blocks);
    for value in [&card, &details(ask, None, false)] {
        texts(value, &mut told);
    }
    told.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

fn at_terminal(view: AskView) -> String {
    in_words(&Shown { view, session_title: None }).join("\n")
}

fn typed(key: AnswerKey) -> &'static str {
    match key {
        AnswerKey::Once => "once",
        AnswerKey::Always => "always",
        AnswerKey::Grant => "grant ",
        AnswerKey::Deny => "deny [REASON]",
        AnswerKey::Answers => "with ",
        AnswerKey::Configured => "set ",
    }
}

/// What Slack's card has a button for: options stand in place of the form, and who is late gives a reason.
fn buttons(display: &AskDisplay) -> Vec<String> {
    let late = display.standing.kind == StandingKind::TimedOut;
    let of_choice = |choice: &gateway_domain::AnswerChoice| match choice.key {
        AnswerKey::Answers if !late && display.questions.len() == 1 && !display.questions[0].multiple => {
            display.questions[0].options.iter().map(|option| option.label.clone()).collect()
        }
        AnswerKey::Deny if late => choice.with_reason.iter().cloned().collect(),
        _ => vec![choice.label.clone()],
    };
    display.answers.iter().flat_map(of_choice).collect()
}

#[test]
fn every_surface_says_the_same_of_an_ask() {
    // REQ-ASK-01, REQ-ASK-02: Slack showed a held call's command, the dialog its file; one knew `url`, the other did not
    let samples = samples();
    assert!(samples.len() > 25);
    for Sample { name, ask: AskView { ask, display } } in samples {
        assert_eq!(ask.display(), display, "{name}: the API serves what the others compute");
        let (slack, terminal) = (in_slack(&ask), at_terminal(AskView::of(ask.clone())));
        for told in [&slack, &terminal] {
            assert!(told.contains(&display.subject.line), "{name}: {told}");
            for warning in &display.warnings {
                assert!(told.contains(&warning.head), "{name}, {}: {told}", warning.head);
            }
            for line in display.runs.iter().filter(|_| ask.is_answerable()).flat_map(|runs| &runs.lines) {
                assert!(told.contains(line), "{name}, {line}: {told}");
            }
            assert!(display.hidden.iter().all(|hidden| told.contains(hidden)), "{name}: {told}");
            let outcome = display.outcome.as_ref().map_or("", |outcome| &outcome.label);
            assert!(told.contains(outcome), "{name}: {told}");
        }
        for button in buttons(&display) {
            assert!(slack.contains(&button), "{name}, {button}: {slack}");
        }
        let answers = terminal.split("gateway asks answer ").nth(1).unwrap_or_default();
        for key in [
            AnswerKey::Once,
            AnswerKey::Always,
            AnswerKey::Grant,
            AnswerKey::Deny,
            AnswerKey::Answers,
            AnswerKey::Configured,
        ] {
            let offered = display.answers.iter().any(|choice| choice.key == key);
            assert_eq!(answers.contains(typed(key)), offered, "{name}, {key:?}: {terminal}");
        }
    }
}

#[test]
fn the_dialog_shows_the_same_of_a_form() {
    // REQ-START-10
    for Sample { name, ask: AskView { ask, display } } in samples() {
        let configured = display.answers.iter().any(|choice| choice.key == AnswerKey::Configured);
        let Some(form) = form_of(&ask) else {
            assert!(!configured, "{name} is to be filled in");
            continue;
        };
        let form = serde_json::to_value(form).unwrap();
        let deny = display.answers.iter().find(|choice| choice.key == AnswerKey::Deny);
        assert_eq!(
            (form["title"].as_str(), form["call"].as_str()),
            (Some(&*display.title), Some(&*display.subject.text))
        );
        assert_eq!(form["deny"].as_str(), deny.map(|choice| choice.label.as_str()), "{name}");
    }
}
