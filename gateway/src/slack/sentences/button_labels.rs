//! What stands on buttons of a request's card besides its answers, whose words are the domain's.

pub(crate) const DETAILS: &str = "Details";
pub(crate) const OWN_WORDS: &str = "Write your own…";
pub(crate) const ALLOW_LONGER: &str = "Allow for longer…";
pub(crate) const REVOKE: &str = "Revoke";
pub(crate) const APPROVE_WITH_PASSKEY: &str = "Approve in the console with your passkey";
pub(crate) const APPROVE_IN_CONSOLE: &str = "Approve in the console";
pub(crate) const OVERRIDE: &str = "Override the rules…";
pub(crate) const OVERRIDE_IN_CONSOLE: &str = "Override the rules in the console";
pub(crate) const ASIDE: &str = "Discuss in a thread";
