//! The full truth of an ask in a modal: everything that would run, who decides, what silence means, what became of it.

use super::ask::{option_line, title, warnings};
use super::ask_buttons;
use super::blocks::{VIEW_BLOCKS, code, context, header, rows, section};
use super::full_output::shortened;
use super::{form_ids, modal};
use crate::slack::formatting::{self, code as inline, cut, day_and_time, esc, said, visible};
use crate::slack::patterns;
use crate::slack::sentences;
use gateway_domain::thread::{ToolDetail, ToolLine};
use gateway_domain::{AnswerKey, Ask, AskBody, AskDisplay, QuestionDisplay};
use serde_json::Value;

/// Characters of one block of code.
const CHUNK: usize = 2_900;

/// Of a question in the modal, with room for its options.
const QUESTION: usize = 1_500;

/// Blocks of code in a modal: a view may weigh 250 KB, and not-ASCII text weighs up to four bytes a character.
const CHUNKS: usize = 20;

/// The modal of one person, who perhaps `overrides` the rules. What is too long for it is in [`details_file`].
pub fn details(ask: &Ask, console: Option<&str>, overrides: bool) -> Value {
    let shown = ask.display();
    let mut blocks = match shown.questions.as_slice() {
        // Literal: an asterisk or a backtick of a command would end a heading in markup.
        [] => vec![title(ask, &shown)],
        questions => questions.iter().map(asked).collect(),
    };
    blocks.extend(what_runs(ask));
    blocks.push(context(&format!("In the directory {}", inline(&cut(&ask.directory, 500)))));
    blocks.extend(terms(ask, &shown));
    blocks.push(history(ask, &shown));
    // A question and a form are answered on the card.
    if ask.is_answerable() && shown.answers.iter().any(|choice| choice.key == AnswerKey::Once) {
        blocks.extend(rows(ask_buttons::of_details(ask, &shown, console, overrides)));
    }
    modal(form_ids::DETAILS, "Details", None, &ask.id, &blocks)
}

/// What runs, as a file, where the modal cannot hold it.
pub fn details_file(ask: &Ask) -> Option<String> {
    let whole = visible(&ask.body.whole());
    (whole.chars().count() > CHUNK * CHUNKS).then_some(whole)
}

/// A question is nothing that runs: it stands there once, with all that can be answered.
fn asked(question: &QuestionDisplay) -> Value {
    let mut told = formatting::bold(&cut(&question.question, QUESTION));
    for option in &question.options {
        told.push_str(&format!("\n{}", option_line(option)));
    }
    section(&told)
}

fn what_runs(ask: &Ask) -> Vec<Value> {
    let whole = ask.body.whole();
    let mut told = if matches!(ask.body, AskBody::Question { .. }) { vec![] } else { chunks(&whole) };
    if details_file(ask).is_some() {
        told.push(context("Too long to show here. The full output is in the file in the thread."));
    }
    if let AskBody::Permission { metadata, .. } = &ask.body {
        let more: Vec<_> = metadata
            .iter()
            .filter(|(name, value)| !matches!(name.as_str(), "command" | "diff") && !is_empty(value))
            .take(20)
            .map(|(name, value)| format!("{}: {}", esc(name), inline(&cut(&plain(value), 300))))
            .collect();
        if !more.is_empty() {
            told.push(section(&more.join("\n")));
        }
    }
    told
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value == ""
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A long text in blocks of code, cut between lines where that is possible.
fn chunks(text: &str) -> Vec<Value> {
    let (mut blocks, mut rest) = (vec![], text);
    while !rest.is_empty() && blocks.len() < CHUNKS {
        let end = rest.char_indices().nth(CHUNK).map_or(rest.len(), |(at, _)| at);
        let end = match rest[..end].rfind('\n') {
            Some(line) if end < rest.len() && line > end / 2 => line + 1,
            _ => end,
        };
        blocks.push(code(rest[..end].trim_end_matches('\n')));
        rest = &rest[end..];
    }
    blocks
}

fn terms(ask: &Ask, shown: &AskDisplay) -> Vec<Value> {
    let always = shown.answers.iter().filter(|choice| choice.key == AnswerKey::Always);
    let covers = |choice| patterns::always_covers(choice, patterns::IN_DETAILS);
    let mut told = warnings(shown);
    told.extend(always.map(|choice| section(&format!("*If you always allow it:* {}", covers(choice)))));
    let grant = shown.answers.iter().find(|choice| choice.key == AnswerKey::Grant);
    told.extend(grant.map(|choice| {
        let covers = patterns::listed(choice.covers.as_deref().unwrap_or_default(), patterns::IN_DETAILS);
        section(&format!("*If you allow it for longer:* {covers}"))
    }));
    told.extend(shown.no_grant.as_ref().map(|why| section(&esc(why))));
    if ask.is_answerable() {
        let lines = [
            format!("*Who:* {}", said(&shown.terms.who)),
            format!("*Time limit:* {}", said(&shown.terms.silence)),
            format!("*Fingerprint:* {} {}", inline(&cut(&ask.digest, 12)), sentences::EXACTLY_THIS),
        ];
        told.push(section(&lines.join("\n")));
    }
    told
}

fn history(ask: &Ask, shown: &AskDisplay) -> Value {
    let mut told = vec![format!("Asked {}.", day_and_time(ask.asked_at))];
    if let Some(outcome) = &shown.outcome {
        let detail = sentences::outcome(outcome, shown);
        told.push(format!("{} *{}.* {detail}", sentences::emoji(ask), esc(&outcome.label)));
    }
    if let Some(aside) = &ask.aside {
        told.push(sentences::taken_aside(&aside.by, aside.place.as_deref()));
    }
    section(&told.join("\n"))
}

/// Bytes of a window's calls: a view may weigh 250 KB.
const WEIGHT: usize = 200_000;

/// Most blocks of one call, and of what stands above all of them.
const ONE_TOOL: usize = 8;
const ABOVE: usize = 2;

/// What stands behind the lines of an item with tools. `became` is what became of the wish for all of it, where it is
/// too long for the window.
pub fn tool_details(session: &str, item: &str, lines: &[ToolLine], became: Option<&str>) -> Value {
    let calls: Vec<_> = lines.iter().flat_map(|line| &line.details).collect();
    let (mut blocks, mut shown, mut weight) = (vec![], 0, 0);
    for detail in &calls {
        let drawn = one_tool(detail);
        weight += drawn.iter().map(|block| block.to_string().len()).sum::<usize>();
        if blocks.len() + ONE_TOOL + ABOVE > VIEW_BLOCKS || weight > WEIGHT {
            break;
        }
        blocks.extend(drawn);
        shown += 1;
    }
    if shown < calls.len() || calls.iter().any(|call| is_cut(call)) {
        // On top: behind a long window nobody looks for it.
        blocks.splice(0..0, shortened(session, item, became));
    }
    if blocks.is_empty() {
        blocks.push(section("No further details."));
    }
    modal(form_ids::DETAILS, "What the agent did", None, "", &blocks)
}

/// Each call gets a fair share of the window.
const OUTPUT: usize = 1_500;

/// Not all of the call fits into its share.
fn is_cut(detail: &ToolDetail) -> bool {
    let parts = [Some(&detail.subject), detail.error.as_ref(), detail.diff.as_ref(), detail.output.as_ref()];
    parts.into_iter().flatten().any(|part| part.chars().count() > OUTPUT)
}

fn one_tool(detail: &ToolDetail) -> Vec<Value> {
    let mut blocks =
        vec![header(&format!("{} {}", detail.tool, formatting::line(&visible(&detail.subject), 100)))];
    if detail.subject.chars().count() > 100 || detail.subject.contains('\n') {
        blocks.push(code(&cut(&detail.subject, OUTPUT)));
    }
    for (name, told) in [("Failed", &detail.error), ("Change", &detail.diff), ("Output", &detail.output)] {
        if let Some(told) = told.as_ref().filter(|told| !told.trim().is_empty()) {
            blocks.push(context(name));
            blocks.push(code(&cut(told, OUTPUT)));
        }
    }
    blocks
}
