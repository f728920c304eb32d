//! Why nobody can know what a command runs.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A reason, and what in the command it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    pub kind: WhyKind,
    /// Empty where it is the whole command.
    pub about: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyKind {
    TooLong,
    TooDeep,
    TooMany,
    Unseen,
    Unreadable,
    Name,
    Function,
    Arithmetic,
    Array,
    Test,
    Expansion,
    HereDocument,
    Coprocess,
    Builtin,
    Meaning,
    Code,
    Fed,
    File,
    Unread,
    Option,
}

impl WhyKind {
    /// The end of "What runs cannot be known before it runs: ".
    fn sentence(self) -> &'static str {
        match self {
            Self::TooLong => "the command is longer than 16 KiB",
            Self::TooDeep => "commands are nested too deeply",
            Self::TooMany => "there are too many commands",
            Self::Unseen => "it contains characters that cannot be seen",
            Self::Unreadable => "its syntax cannot be read with certainty",
            Self::Name => "the name of the program is computed or unusual",
            Self::Function => "it defines a function",
            Self::Arithmetic => "arithmetic can run commands",
            Self::Array => "an array can run commands",
            Self::Test => "a test can run commands",
            Self::Expansion => "an expansion can run commands or change variables",
            Self::HereDocument => "a here-document cannot be read with certainty",
            Self::Coprocess => "it starts a coprocess",
            Self::Builtin => "a shell builtin changes what later commands do",
            Self::Meaning => "a variable changes what later commands do",
            Self::Code => "computed text is run as code",
            Self::Fed => "a program reads its commands from its input",
            Self::File => "a shell runs the contents of a file",
            Self::Unread => "a program runs others in a way that is not read here",
            Self::Option => "an option of a wrapper is not known",
        }
    }
}

/// So much of a command is repeated; the card has all of it.
const ABOUT: usize = 120;

impl Why {
    pub(crate) fn new(kind: WhyKind, about: &str) -> Self {
        let mut short: String = about.trim().chars().take(ABOUT).collect();
        if about.trim().chars().nth(ABOUT).is_some() {
            short.push('…');
        }
        Self { kind, about: short }
    }

    /// Of the whole command.
    pub(crate) fn whole(kind: WhyKind) -> Self {
        Self::new(kind, "")
    }
}

impl fmt::Display for Why {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.about.is_empty() {
            true => to.write_str(self.kind.sentence()),
            false => write!(to, "{}: {}", self.kind.sentence(), self.about),
        }
    }
}
