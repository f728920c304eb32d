//! Failures: told to people as one plain sentence, kept until another turn begins, and tried again when somebody wants it.

use crate::mask::mask_text;
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
    let whole = mask_text(message.trim());
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
