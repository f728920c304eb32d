//! Who may answer, and for how long an ask waits.

use crate::ask::Person;
use jiff::SignedDuration;

/// The people who may answer a session's asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Approvers {
    /// Whoever got past the sign-in.
    #[default]
    Anybody,
    /// These and nobody else. An empty list is nobody: it fails closed.
    Only(Vec<String>),
}

impl Approvers {
    pub fn allow(&self, person: &Person) -> bool {
        match self {
            Self::Anybody => true,
            Self::Only(ids) => ids.contains(&person.id),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskPolicy {
    pub approvers: Approvers,
    /// How long a permission waits before it is denied with an honest sentence.
    pub permission_timeout: SignedDuration,
    /// How long a question waits before the recommended option is taken.
    pub question_timeout: SignedDuration,
}

impl Default for AskPolicy {
    fn default() -> Self {
        Self {
            approvers: Approvers::default(),
            permission_timeout: SignedDuration::from_secs(300),
            question_timeout: SignedDuration::from_hours(2),
        }
    }
}
