//! Sentences of the domain as a terminal writes them: times in UTC, people by their names.

use crate::clock::system;
use gateway_domain::{Part, Phrase, plain_person};
use jiff::{SignedDuration, Timestamp};

pub(super) fn said(phrase: &Phrase) -> String {
    said_at(phrase, system().now())
}

pub(super) fn said_at(phrase: &Phrase, now: Timestamp) -> String {
    phrase.written(|part| match part {
        Part::Text { text } | Part::Code { text } => text.clone(),
        Part::Quote { text } => format!("“{text}”"),
        Part::Person { id, name } => name.clone().unwrap_or_else(|| plain_person(id).to_owned()),
        Part::Everyone => "Anyone who can use this gateway".to_owned(),
        Part::Time { at } => at.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        Part::Deadline { at } => {
            format!("at {} ({})", at.strftime("%Y-%m-%d %H:%M:%S UTC"), left(at.duration_since(now)))
        }
    })
}

fn left(left: SignedDuration) -> String {
    match left.as_secs() {
        ..=0 => "now".to_owned(),
        seconds @ 1..=119 => format!("in {seconds} s"),
        seconds @ 120..=7_199 => format!("in {} min", seconds / 60),
        seconds => format!("in {} h", seconds / 3_600),
    }
}
