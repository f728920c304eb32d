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

impl AuditKind {
    /// By what the entry says was done, and by whom.
    pub fn of(what: &str, who: &str) -> Self {
        match what {
            "alarm" | "passkey_alarm" => Self::Alarm,
            "answered" | "answered late" | "approved first" | "broke glass" | "revoked grant" => {
                Self::Decision
            }
            refused if refused.starts_with("refused") => Self::Refusal,
            "sign-in refused" => Self::Refusal,
            "sign-in ended" => Self::Other,
            _ if who == "gateway" => Self::Rule,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_sorted_by_what_they_tell() {
        // REQ-PROOF-01
        for (what, who, kind) in [
            ("answered", "web:anna", AuditKind::Decision),
            ("approved first", "slack:T1:U1", AuditKind::Decision),
            ("revoked grant", "web:anna", AuditKind::Decision),
            ("broke glass", "web:anna", AuditKind::Decision),
            ("allowed by rule", "gateway", AuditKind::Rule),
            ("timed out", "gateway", AuditKind::Rule),
            ("refused", "web:mallory", AuditKind::Refusal),
            ("refused: guest", "slack:T1:U9", AuditKind::Refusal),
            ("sign-in refused", "gateway", AuditKind::Refusal),
            ("sign-in ended", "gateway", AuditKind::Other),
            ("alarm", "gateway", AuditKind::Alarm),
            ("passkey_alarm", "web:anna", AuditKind::Alarm),
            ("added passkey", "web:anna", AuditKind::Other),
            ("stopped", "web:anna", AuditKind::Other),
            ("shown in full", "web:anna", AuditKind::Other),
            ("what nobody knows yet", "web:anna", AuditKind::Other),
        ] {
            assert_eq!(AuditKind::of(what, who), kind, "{who} {what}");
        }
    }
}
