//! An ask as a card that fits on a phone: what will run, what silence means, two or three buttons. The full truth is
//! behind "Details"; when it is decided, the buttons are gone and the card says who, when and what.

use super::ask_buttons;
use super::blocks::{code, context, rich_line, rows, section};
use super::{Drawing, top_text};
use crate::slack::formatting::{self, esc, line, said, visible};
use crate::slack::sentences;
use gateway_domain::{Ask, AskBody, AskDisplay, CommandRuns, OptionDisplay, Part, Person, plain_person};
use serde_json::Value;

/// Lines and characters of a command or diff on the card itself.
const PREVIEW_LINES: usize = 8;
const PREVIEW: usize = 700;

/// Whom a card is for, and where they find more.
#[derive(Clone, Copy, Debug, Default)]
pub struct CardFor<'a> {
    /// Told of it, if nobody else is named.
    pub owner: Option<&'a Person>,
    /// The console's address, if people can reach it.
    pub console: Option<&'a str>,
}

/// The card of an ask as it is now.
pub fn ask_card(ask: &Ask, whom: CardFor<'_>) -> Drawing {
    let shown = ask.display();
    let mut blocks = vec![title(ask, &shown)];
    blocks.extend(preview(ask, &shown));
    if ask.is_answerable() {
        blocks.extend(shown.runs.as_ref().map(runs));
        blocks.extend(shown.hidden.as_ref().map(|hidden| context(hidden)));
        blocks.extend(warnings(&shown));
        blocks.extend(aside(ask));
        blocks.extend(options_told(&shown));
        blocks.push(context(&sentences::terms(&shown, whom.owner)));
        blocks.extend(rows(ask_buttons::of_card(ask, &shown, whom.console)));
    } else {
        blocks.extend(became(ask, &shown, whom.console));
    }
    Drawing::new(top_text(&said(&shown.summary)), blocks)
}

/// The one line that says all, with the tool behind it while there is something to decide.
pub(super) fn title(ask: &Ask, shown: &AskDisplay) -> Value {
    let sign = format!("{} ", sentences::emoji(ask));
    let tool = shown.subject.tool.as_ref().filter(|_| shown.outcome.is_none());
    let tool = tool.map(|tool| format!("  ({tool})")).unwrap_or_default();
    let summary: Vec<_> = shown.summary.parts().iter().map(literal).collect();
    let mut whole = vec![(sign.as_str(), false)];
    whole.extend(summary.iter().map(|(text, code)| (text.as_str(), *code)));
    whole.push((tool.as_str(), false));
    rich_line(&whole)
}

/// A part as it is, and whether it is code: a title is literal, nothing in it is markup.
fn literal(part: &Part) -> (String, bool) {
    match part {
        Part::Text { text } => (text.clone(), false),
        Part::Code { text } => (text.clone(), true),
        Part::Quote { text } => (format!("“{text}”"), false),
        Part::Person { id, name } => (name.clone().unwrap_or_else(|| plain_person(id).to_owned()), false),
        Part::Everyone => ("Anyone in this channel".to_owned(), false),
        Part::Time { at } | Part::Deadline { at } => (at.strftime("%H:%M UTC").to_string(), false),
    }
}

/// What the title could not hold, as far as it fits.
fn preview(ask: &Ask, shown: &AskDisplay) -> Option<Value> {
    let whole = &shown.subject.text;
    let longer = shown.subject.line != *whole;
    match &ask.body {
        AskBody::Gate { detail, .. } | AskBody::Deploy { detail, .. } => {
            let detail = formatting::cut(&visible(detail), PREVIEW);
            (!detail.is_empty()).then(|| section(&esc(&detail)))
        }
        AskBody::Delivery { .. } => {
            let detail = formatting::cut(&visible(&ask.body.more()), PREVIEW);
            (!detail.is_empty()).then(|| section(&esc(&detail)))
        }
        AskBody::Question { questions } => {
            let more = questions.len() == 1 && longer;
            more.then(|| section(&esc(&formatting::cut(whole, 2_000))))
        }
        AskBody::Permission { .. } => match ask.body.diff() {
            Some(diff) => Some(code(&first_lines(changed_lines(diff)))),
            None => longer.then(|| code(&first_lines(whole.lines()))),
        },
        AskBody::Held { held } | AskBody::Configuration { held, .. } => {
            let more = held.more();
            let command = whole.lines().filter(|_| longer);
            let told = first_lines(command.chain(changed_lines(&more)));
            (!told.is_empty()).then(|| code(&told))
        }
    }
}

/// What a command runs, program by program.
fn runs(CommandRuns { head, lines }: &CommandRuns) -> Value {
    code(&format!("{head}:\n{}", first_lines(lines.iter().map(String::as_str))))
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

/// What to look at before deciding, those of one kind together.
pub(super) fn warnings(shown: &AskDisplay) -> Vec<Value> {
    let kinds = shown.warnings.chunk_by(|one, next| one.kind == next.kind);
    kinds.map(|same| section(&same.iter().map(sentences::warning).collect::<Vec<_>>().join("\n"))).collect()
}

fn aside(ask: &Ask) -> Option<Value> {
    let aside = ask.aside.as_ref()?;
    Some(context(&sentences::taken_aside(&aside.by, aside.place.as_deref())))
}

/// What options mean, and all questions where there are several.
fn options_told(shown: &AskDisplay) -> Option<Value> {
    let several = shown.questions.len() > 1;
    let on_buttons = ask_buttons::on_buttons(&shown.questions).is_some();
    let mut told = vec![];
    for (n, question) in shown.questions.iter().enumerate() {
        if several {
            told.push(formatting::bold(&format!("{}. {}", n + 1, line(&question.question, 200))));
        }
        let described = question.options.iter().any(|option| option.means.is_some());
        if several || described || !on_buttons {
            told.extend(question.options.iter().map(option_line));
        }
    }
    (!told.is_empty()).then(|| section(&told.join("\n")))
}

pub(super) fn option_line(option: &OptionDisplay) -> String {
    let star = if option.recommended { " ★ _recommended_" } else { "" };
    let means = option.means.as_ref().map(|means| format!(" – {}", esc(&line(means, 200))));
    format!("• {}{star}{}", formatting::bold(&line(&option.label, 100)), means.unwrap_or_default())
}

/// Who, when, and what follows.
fn became(ask: &Ask, shown: &AskDisplay, console: Option<&str>) -> Vec<Value> {
    let outcome = shown.outcome.as_ref().map(|outcome| sentences::outcome(outcome, shown));
    let outcome = outcome.filter(|told| !told.is_empty());
    let warnings = shown.warnings.iter().map(sentences::warning);
    let mut told: Vec<_> = outcome.into_iter().chain(warnings).map(|told| context(&told)).collect();
    told.extend(aside(ask));
    told.extend(rows(ask_buttons::of_card(ask, shown, console)));
    told
}
