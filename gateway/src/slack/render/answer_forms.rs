//! Forms that answer an ask: a reason for a denial, the questions with room for own words, a configuration.

use super::blocks::{OPTIONS, input, option, section, select, text_field};
use super::{form_ids, modal};
use crate::slack::actions::short;
use crate::slack::formatting::{self, code, cut};
use crate::slack::sentences;
use gateway_domain::{Ask, Field, MAX_REASON, OptionDisplay, QuestionDisplay};
use serde_json::{Value, json};

/// Options that radio buttons or check boxes can hold; more are a list to choose from.
const BOXES: usize = 10;

/// Questions of one form: each takes up to three blocks.
const QUESTIONS: usize = 30;

/// What a form says about itself when it is submitted.
fn private(ask: &Ask) -> String {
    format!("{} {}", ask.id, short(&ask.digest))
}

/// Asks why not. The agent reads the words.
pub fn reason_form(ask: &Ask) -> Value {
    let hint = "Use the test database instead";
    let blocks = [
        section(&format!("Deny {}", code(&ask.body.subject().line))),
        input(
            form_ids::REASON,
            "Reason (the agent will read this)",
            text_field(form_ids::VALUE, true, None, hint),
            false,
        ),
    ];
    modal(form_ids::REASON_FORM, "Deny with a reason", Some("Deny"), &private(ask), &blocks)
}

/// Asks why it is allowed, where the rules want to know, or why they are overridden.
pub fn allow_form(ask: &Ask, overrides: bool) -> Value {
    let what = code(&ask.body.subject().line);
    let mut reason = text_field(form_ids::VALUE, true, None, "The fix for the outage of this morning");
    reason["max_length"] = json!(MAX_REASON);
    let reason = input(form_ids::REASON, "Reason (everyone sees this)", reason, false);
    let (id, title, submit, told) = match overrides {
        true => (
            form_ids::OVERRIDE_FORM,
            "Override the rules",
            "Override",
            format!("{}\n{what}", sentences::OVERRIDES),
        ),
        false => (form_ids::ALLOW_FORM, "Allow once", "Allow", format!("Allow {what}")),
    };
    modal(id, title, Some(submit), &private(ask), &[section(&told), reason])
}

/// All questions with their options and own words, or all fields of a configuration.
pub fn own_words_form(ask: &Ask) -> Value {
    match (ask.display().questions.as_slice(), ask.body.fields()) {
        ([], []) => reason_form(ask),
        ([], fields) => {
            let why = format!(
                "The agent wants to make its first change: {}\nIt continues as soon as you've set this up.",
                code(&ask.body.subject().line)
            );
            let mut blocks = vec![section(&why)];
            blocks.extend(fields.iter().enumerate().map(|(n, one)| field(n, one)));
            modal(form_ids::WORDS_FORM, "Set up", Some("Set up"), &private(ask), &blocks)
        }
        (questions, _) => {
            let shown = questions.iter().take(QUESTIONS).enumerate();
            let blocks: Vec<_> = shown.flat_map(|(n, one)| question(n, one)).collect();
            modal(form_ids::WORDS_FORM, "Answer", Some("Answer"), &private(ask), &blocks)
        }
    }
}

fn question(n: usize, question: &QuestionDisplay) -> Vec<Value> {
    let mut blocks = vec![section(&formatting::bold(&cut(&question.question, 2_500)))];
    if !question.options.is_empty() {
        let label = if question.multiple { "Choose any" } else { "Choose one" };
        blocks.push(input(&format!("{}{n}", form_ids::CHOICE), label, choice(question), true));
    }
    let label = if question.options.is_empty() { "Your answer" } else { "Or write your own answer" };
    blocks.push(input(
        &format!("{}{n}", form_ids::WORDS),
        label,
        text_field(form_ids::VALUE, true, None, ""),
        true,
    ));
    blocks
}

fn choice(question: &QuestionDisplay) -> Value {
    let of = |(at, shown): (usize, &OptionDisplay)| {
        let star = if shown.recommended { "★ " } else { "" };
        let mut one = option(&format!("{star}{}", shown.label), &at.to_string());
        if let Some(means) = &shown.means {
            one["description"] = super::blocks::plain(means, 75);
        }
        one
    };
    let options: Vec<_> = question.options.iter().take(OPTIONS).enumerate().map(of).collect();
    let kind = match (question.multiple, options.len() <= BOXES) {
        (true, true) => "checkboxes",
        (true, false) => "multi_static_select",
        (false, true) => "radio_buttons",
        (false, false) => "static_select",
    };
    select(kind, form_ids::VALUE, options, &[])
}

fn field(n: usize, field: &Field) -> Value {
    let element = match field.options.is_empty() {
        true => text_field(form_ids::VALUE, false, field.suggestion.as_deref(), ""),
        false => choice_of_field(field),
    };
    input(&format!("{}{n}", form_ids::FIELD), &field.label, element, !field.required)
}

fn choice_of_field(field: &Field) -> Value {
    let of = |(at, label): (usize, &String)| option(label, &at.to_string());
    let options: Vec<_> = field.options.iter().take(OPTIONS).enumerate().map(of).collect();
    let suggested: Vec<_> = match (&field.suggestion, field.multiple) {
        (Some(names), true) => names.split(',').map(str::trim).collect(),
        (suggestion, _) => suggestion.iter().map(String::as_str).collect(),
    };
    let numbers = field.options.iter().enumerate().filter(|(_, option)| suggested.contains(&option.as_str()));
    let initial: Vec<_> = numbers.map(|(at, _)| at.to_string()).collect();
    let kind = if field.multiple { "multi_static_select" } else { "static_select" };
    select(kind, form_ids::VALUE, options, &initial)
}
