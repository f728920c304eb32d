//! What sort of thing an entry of the audit log tells of, for people who look for some of them.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum AuditKind {
    /// People's answers to requests, and grants that they took back.
    Decision,
    /// What the gateway decided by itself: by a rule, by a grant, or because nobody answered.
    Rule,
    /// Who was not let in, or may not do that.
    Refusal,
    /// Something that must not happen was tried.
    Alarm,
    /// Everything else that people did, such as to stop a session.
    Other,
}
