//! A sentence in parts. Each surface draws a part in its own way and joins them: Slack escapes and mentions, the console counts
//! down, a terminal prints. So a sentence is written once and still fits where it is shown.

use crate::ask::Person;
use crate::visible::visible;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A sentence in parts, which are joined with nothing between them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Phrase(Vec<Part>);

/// A part of a sentence. Hidden characters are written out already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "part", rename_all = "snake_case")]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", schemars(rename = "Part"))]
pub enum Part {
    Text {
        text: String,
    },
    /// A command, a file, a name: on one line, as code.
    Code {
        text: String,
    },
    /// What somebody said in their own words.
    Quote {
        text: String,
    },
    Person {
        id: String,
        /// Missing where only the id is known, as configurations name people.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// All who can see it, at the beginning of a sentence: a surface says who that is.
    Everyone,
    /// When something happened or begins.
    Time {
        at: Timestamp,
    },
    /// When the time is over, with its preposition: "at 10:05", "in 5 min".
    Deadline {
        at: Timestamp,
    },
}

by_name::by_name!(Part);

impl Phrase {
    pub fn of(text: impl AsRef<str>) -> Self {
        Self::default().text(text)
    }

    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As a surface writes it.
    pub fn written(&self, part: impl Fn(&Part) -> String) -> String {
        self.0.iter().map(part).collect()
    }

    pub(crate) fn text(self, text: impl AsRef<str>) -> Self {
        self.with(Part::Text { text: visible(text.as_ref()) })
    }

    pub(crate) fn code(self, text: impl AsRef<str>) -> Self {
        self.with(Part::Code { text: visible(text.as_ref()) })
    }

    pub(crate) fn quote(self, text: impl AsRef<str>) -> Self {
        self.with(Part::Quote { text: visible(text.as_ref()) })
    }

    pub(crate) fn person(self, Person { id, name }: &Person) -> Self {
        self.with(Part::Person { id: visible(id), name: Some(visible(name)) })
    }

    /// People by their ids, with commas between them.
    pub(crate) fn people(mut self, ids: &[String]) -> Self {
        for (n, id) in ids.iter().enumerate() {
            if n > 0 {
                self = self.text(", ");
            }
            self = self.with(Part::Person { id: visible(id), name: None });
        }
        self
    }

    pub(crate) fn everyone(self) -> Self {
        self.with(Part::Everyone)
    }

    pub(crate) fn time(self, at: Timestamp) -> Self {
        self.with(Part::Time { at })
    }

    pub(crate) fn deadline(self, at: Timestamp) -> Self {
        self.with(Part::Deadline { at })
    }

    /// Another sentence behind this one.
    pub(crate) fn and(mut self, more: Self) -> Self {
        self.0.extend(more.0);
        self
    }

    fn with(mut self, part: Part) -> Self {
        self.0.push(part);
        self
    }
}

/// A person's id as people know it: without the surface that it comes from.
pub fn plain_person(id: &str) -> &str {
    id.split_once(':').map_or(id, |(_, own)| own)
}
