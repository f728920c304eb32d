//! Failures: told to people as one plain sentence, kept until another turn begins, and tried again when somebody wants it.

use crate::ask::Person;
use crate::effect::{AskCommand, Effect, Verdict};
use crate::input::CommandOutcome;
use crate::mask::mask;
use crate::session::Session;
use crate::thread::Tone;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Longest sentence; what is longer is among the details.
const SENTENCE: usize = 300;

/// Longest details: a stack trace says enough with its first lines.
const DETAILS: usize = 4_000;

/// How each failure begins, whoever tells of it.
pub(crate) const STOPPED: &str = "The agent stopped with an error: ";

/// What is said when a program's message has no words for people.
const NO_WORDS: &str = "OpenCode reported an error without an explanation.";

/// The newest turn failed, and nothing was done about it so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Failed {
    pub at: Timestamp,
    /// One plain sentence.
    pub why: String,
}

/// A program's message, as it is shown: the sentence at once, everything else to whoever asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plain {
    pub(crate) sentence: String,
    pub(crate) details: Option<String>,
}

/// Makes one sentence of what a program printed, be it a stack trace or JSON (B2, B25).
pub(crate) fn plainly(message: &str) -> Plain {
    let whole = mask(message.trim());
    let words = whole.lines().map(without_class).find(|line| is_for_people(line));
    let sentence = words.map_or_else(|| NO_WORDS.to_owned(), sentence);
    let says_all = whole.trim_end_matches('.') == sentence.trim_end_matches('.');
    let details = (!whole.is_empty() && !says_all).then(|| whole.chars().take(DETAILS).collect());
    Plain { sentence, details }
}

fn sentence(line: &str) -> String {
    let mut text: String = line.chars().take(SENTENCE).collect();
    if line.chars().nth(SENTENCE).is_some() {
        return text + "…";
    }
    text.truncate(text.trim_end_matches(['.', ' ']).len());
    if !text.ends_with(['?', '!', '…']) {
        text.push('.');
    }
    text
}

/// `TypeError: x is not a function` without the name of the class.
fn without_class(line: &str) -> &str {
    let mut rest = line.trim();
    while let Some((class, words)) = rest.split_once(':')
        && is_class(class.trim_start_matches("Uncaught "))
    {
        rest = words.trim_start();
    }
    rest
}

fn is_class(word: &str) -> bool {
    let ends = word.ends_with("Error") || word.ends_with("Exception");
    ends && word.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'))
}

/// Neither a place in a program nor a piece of data.
fn is_for_people(line: &str) -> bool {
    let place = line.starts_with("at ") && line.contains(['(', '/']);
    let data = |text: &str| text.starts_with(['{', '[', '<', '}', ']', '"']);
    let data = data(line) || line.split_once(": ").is_some_and(|(_, value)| data(value));
    line.chars().any(char::is_alphabetic) && !place && !data && !is_class(line)
}

impl Session {
    /// The turn is over: OpenCode says so by itself after some failures only.
    pub(crate) fn failed(&mut self, message: &str, now: Timestamp) {
        let Plain { sentence, details } = plainly(message);
        self.activity.ending.told();
        self.busy = false;
        self.record.working = false;
        let told_before = self.record.failed.as_ref().is_some_and(|failed| failed.why == sentence);
        let text = format!("{STOPPED}{sentence}");
        if told_before {
            self.told_again(&text, details);
        } else {
            self.record.failed = Some(Failed { at: now, why: sentence });
            self.note_with("failed", Tone::Error, text, details, now);
        }
        self.effects.push(Effect::Persist);
    }

    /// OpenCode tells of one failure twice, and only one of them has the details.
    fn told_again(&mut self, text: &str, details: Option<String>) {
        let Some(note) = self.record.notes.iter_mut().rev().find(|note| note.text == text) else { return };
        if note.details.is_none() && details.is_some() {
            note.details = details;
            let item = note.clone().item();
            self.put(item);
        }
    }

    /// The agent goes on with the message that it failed at, with the agent and the model that are chosen now.
    pub(crate) fn retry(&mut self, by: &Person, now: Timestamp) {
        if self.record.failed.is_none() {
            return self.tell(Verdict::Idle { why: "the last turn did not fail".to_owned() });
        }
        if self.record.paused.is_some() || !self.online {
            let why =
                if self.online { "the session is paused; resume it first" } else { "the agent is offline" };
            return self.tell(Verdict::Idle { why: why.to_owned() });
        }
        if let Some(limit) = self.full.clone() {
            return self.tell(Verdict::AtLimit(limit));
        }
        self.audit_steering(by, "retried", now);
        self.note("retry", Tone::Info, format!("{} tried again.", by.name), now);
        let (session, chosen) = (self.record.session.clone(), self.record.about.chosen.clone());
        let command = AskCommand::Retry { session, agent: chosen.agent, model: chosen.model };
        let sent = self.intend_plain(command);
        self.turn_began(now);
        self.effects.push(Effect::Persist);
        self.tell(Verdict::Done);
        self.send(sent);
    }

    /// There was nothing to try again after all: somebody wrote in OpenCode meanwhile, or its message is gone.
    pub(crate) fn after_retry(&mut self, outcome: &CommandOutcome, now: Timestamp) {
        if !matches!(outcome, CommandOutcome::Superseded | CommandOutcome::NotPending { .. }) {
            return;
        }
        (self.busy, self.record.working) = (false, false);
        let text = "There was nothing to try again: OpenCode has a newer turn. Write to the agent instead.";
        self.note("retry", Tone::Warning, text.to_owned(), now);
        self.send_next(None, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(message: &str) -> String {
        plainly(message).sentence
    }

    #[test]
    fn a_stack_trace_becomes_one_sentence_with_details() {
        // B2, B25
        let trace = "ProviderModelNotFoundError: Model not found: local/qwen2.5-coder:32b. Did you mean: scripted-1?\n    \
                     at getModel (/$bunfs/root/src/index.js:1021:11)\n    at processTicksAndRejections (native)";
        let plain = plainly(trace);
        assert_eq!(plain.sentence, "Model not found: local/qwen2.5-coder:32b. Did you mean: scripted-1?");
        assert!(plain.details.unwrap().contains("at getModel"));
    }

    #[test]
    fn a_sentence_has_one_full_stop_and_no_class() {
        assert_eq!(said("no credit"), "no credit.");
        assert_eq!(said("The provider is down.."), "The provider is down.");
        assert_eq!(said("Error: TypeError: x is not a function"), "x is not a function.");
        assert_eq!(plainly("There is no such agent.").details, None, "the sentence says all");
    }

    #[test]
    fn what_has_no_words_for_people_gets_some() {
        let data = "UnknownError\n data: { a: 1 }\n    at x (/y.js:1)";
        for odd in ["", "{\"error\":{\"code\":500}}", "UnknownError", "<html>\n<body>", "\n\n", data] {
            assert_eq!(said(odd), NO_WORDS, "{odd:?}");
        }
        assert!(said(&"x".repeat(5_000)).chars().count() <= SENTENCE + 1);
    }

    #[test]
    fn secrets_are_hidden_in_the_sentence_and_in_the_details() {
        // I8
        let told = format!("{:?}", plainly("Refused: Authorization: Bearer abcdef123456\nat x (/y)"));
        assert!(!told.contains("abcdef123456"), "{told}");
    }
}
