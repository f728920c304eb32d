//! The normal form of a command.

use crate::why::Why;
use serde::{Deserialize, Serialize};

/// What a command runs. Without a reason in `opaque`, `steps` has every program that can run, and perhaps some that will
/// not: both branches of an `if` are in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    pub steps: Vec<Step>,
    /// Why it cannot be known what runs; then the steps are what could be read all the same.
    pub opaque: Vec<Why>,
    pub(crate) rendered: Option<String>,
}

/// A program with its words, or settings and redirections alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub argv: Vec<Word>,
    /// `NAME=value` in front of it.
    pub environment: Vec<Setting>,
    /// Its own, and those of the loops, groups and shells that it stands in.
    pub redirections: Vec<Redirection>,
    /// What runs it, from the outside in.
    pub via: Vec<Wrapper>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// Exactly this text.
    Static(String),
    /// Known only when it runs.
    Dynamic {
        /// As it stands in the command: `"$x"`, `*.rs`.
        source: String,
        /// One word for certain, and not several or none.
        single: bool,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    pub name: String,
    pub value: Word,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redirection {
    pub descriptor: Option<i32>,
    pub direction: Direction,
    pub target: Word,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Read,
    Write,
    Append,
    ReadWrite,
    /// From or to another descriptor: `2>&1`.
    Duplicate,
    /// A here-document or here-string: the target is its text.
    Text,
}

/// A program or word that runs another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrapper {
    /// Its own words: `sudo -u root`. Of a nested shell and of `find` they are the first ones only.
    pub words: Vec<Word>,
    pub kind: WrapperKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WrapperKind {
    /// The same runs, perhaps later, slower or shorter: `timeout`, `nice`.
    Plain,
    /// With other rights: `sudo`.
    Privileged,
    /// In other surroundings: `env A=1`, `git -C`.
    Elsewhere,
    /// With words that come from elsewhere: `xargs`, `find -exec`.
    Feeding,
    /// A shell that reads it as text.
    Shell,
}

impl Form {
    pub(crate) fn unknown(why: Why) -> Self {
        Self { opaque: vec![why], ..Self::default() }
    }

    /// Of a command that is one program with fixed words and nothing else: the text that bash reads as exactly these words.
    pub fn rendered(&self) -> Option<&str> {
        self.rendered.as_deref()
    }
}

impl Word {
    pub(crate) fn fixed(text: &str) -> Self {
        Self::Static(text.to_owned())
    }

    /// The text, where it is known.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Static(text) => Some(text),
            Self::Dynamic { .. } => None,
        }
    }

    pub(crate) fn is(&self, text: &str) -> bool {
        self.text() == Some(text)
    }

    /// May be several words, or none.
    pub(crate) fn splits(&self) -> bool {
        matches!(self, Self::Dynamic { single: false, .. })
    }

    /// As a person reads it in the command: the text without quotes, or the source.
    pub fn source(&self) -> &str {
        match self {
            Self::Static(text) => text,
            Self::Dynamic { source, .. } => source,
        }
    }
}

impl Redirection {
    /// Whether a file comes to be or changes. What goes nowhere does not count.
    pub fn writes(&self) -> bool {
        matches!(self.direction, Direction::Write | Direction::Append | Direction::ReadWrite)
            && !self.target.is("/dev/null")
    }
}

impl Wrapper {
    pub(crate) fn new(kind: WrapperKind, words: &[Word]) -> Self {
        Self { words: words.to_vec(), kind }
    }
}
