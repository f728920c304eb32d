//! What of a call a grant would be about: it is kept with its ask, as it was before anything was masked.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How long a grant holds, and with that for which sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum GrantFor {
    /// The session, until it is closed.
    Session,
    /// The session's project, or the session if it has none, for 60 minutes.
    Hour,
    /// The session's project, until somebody revokes it.
    Project,
}

impl GrantFor {
    pub const ALL: [Self; 3] = [Self::Session, Self::Hour, Self::Project];

    /// As the API writes it.
    pub fn value(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Hour => "hour",
            Self::Project => "project",
        }
    }

    pub(crate) fn ends(self, now: Timestamp) -> Option<Timestamp> {
        let hour = || now.saturating_add(SignedDuration::from_hours(1)).unwrap_or(Timestamp::MAX);
        (self == Self::Hour).then(hour)
    }
}

/// What a grant for calls like this one would be about, as it was seen before anything of it was masked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "granted", rename_all = "snake_case")]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", schemars(rename = "Grantable"))]
pub enum Grantable {
    Like(Likeness),
    /// It can only be allowed once.
    Never {
        why: String,
    },
}

by_name::by_name!(Grantable);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Likeness {
    pub tool: String,
    /// A fingerprint: the same for every call that a grant for exactly this one covers.
    pub exact: String,
    /// What it is about, without secrets.
    pub about: String,
    /// What patterns are compared with: the command, or where the files lie. Empty where only exactly this can be granted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<String>,
    /// The session's project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
}

impl Likeness {
    pub(crate) fn is_command(&self) -> bool {
        self.tool == "bash"
    }

    /// With the tool, where what it is about does not say it.
    pub(crate) fn what(&self) -> String {
        what(&self.tool, &self.about)
    }
}

/// A command says by itself what runs it.
pub(crate) fn what(tool: &str, about: &str) -> String {
    if tool == "bash" { about.to_owned() } else { format!("{tool} {about}") }
}
