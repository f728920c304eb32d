//! What the thread shows, as plain data: each surface adds its own signs and draws links and buttons its own way.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadLine {
    /// The same key replaces.
    pub key: String,
    pub at: Timestamp,
    pub text: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    pub label: String,
    pub url: String,
}

impl ThreadLine {
    pub(crate) fn says_the_same(&self, other: &Self) -> bool {
        self.text == other.text && self.details == other.details && self.links == other.links
    }
}
