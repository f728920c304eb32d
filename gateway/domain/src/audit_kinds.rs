//! Every kind of entry in the audit log. What changes something and has no kind here is a fault: tests hold the routes of
//! the API and all that happens to a session against this list.

use crate::audit_kind::AuditKind;
use AuditKind::{Alarm, Decision, Other, Refusal, Rule};

/// A kind, what sort of thing that is, and what it tells.
pub const AUDIT_KINDS: [(&str, AuditKind, &str); 79] = [
    ("added passkey", Other, "someone added a passkey to their account"),
    ("added project", Other, "someone added a project to the list"),
    ("alarm", Alarm, "something went past the gate, or tried to"),
    ("allowed by grant", Rule, "a call ran because a person had allowed calls like it"),
    ("allowed by rule", Rule, "calls ran because a rule allows them"),
    ("answered", Decision, "a person decided"),
    ("answered elsewhere", Other, "OpenCode had an answer that did not come through the gateway"),
    ("answered late", Decision, "a person decided after the agent had gone on"),
    ("approved first", Decision, "the first of several people allowed it"),
    ("approved next", Decision, "another of several people allowed it, and more are needed"),
    ("began to witness", Rule, "this gateway countersigned another gateway's audit log for the first time"),
    ("broke glass", Decision, "one of those who can overrode the rules, with a reason"),
    ("chose", Other, "someone chose another agent or model"),
    ("closed", Other, "someone closed the session"),
    ("commit refused", Rule, "a version of a record in git that the gateway didn't sign was refused"),
    ("decision void", Rule, "a decision without an entry in this log was dropped"),
    ("deleted", Other, "the session was deleted in OpenCode"),
    ("delivered", Other, "someone asked for the session's work to become a pull request"),
    ("delivery answered", Decision, "someone answered a card of a delivery"),
    ("delivery approved", Rule, "every gate of a pull request holds"),
    ("delivery begun", Other, "someone had work delivered"),
    ("delivery branch moved", Other, "someone else pushed to the branch of a delivery"),
    ("delivery closed", Other, "someone closed the pull request of a delivery"),
    ("delivery failed", Alarm, "a delivery ended because something was not as it has to be"),
    ("delivery fix", Rule, "the agent was set to fix a red CI"),
    ("delivery has its right back", Other, "the forge gave a right back"),
    ("delivery judged", Rule, "the rules answered what may happen to a change"),
    ("delivery lost a right", Other, "the forge withdrew a right, or never gave it"),
    ("delivery merged", Other, "the pull request of a delivery was merged"),
    ("delivery nothing", Other, "a delivery ended because nothing had changed"),
    ("delivery out of budget", Rule, "a delivery was held because its budget was used up"),
    ("delivery paused", Other, "someone paused a delivery"),
    ("delivery resumed", Other, "someone resumed a delivery"),
    ("delivery shadowed", Rule, "a delivery ended with what would have been"),
    ("delivery steered", Other, "someone said how a delivery is to continue"),
    ("delivery stopped", Other, "a delivery was stopped"),
    ("delivery switched", Other, "delivery was switched on or off, or to less"),
    ("delivery tier rose", Rule, "a change is riskier than it was"),
    ("delivery wrote", Rule, "the gateway wrote to the forge for a delivery"),
    ("denied by rule", Rule, "a call did not run because a rule denies it"),
    ("deployed", Other, "someone had the session's work deployed to its lab"),
    ("edited by hand", Rule, "a record was edited by hand; only what the edit takes away counts"),
    ("foreign entries", Alarm, "lines of this log were added by hand, by someone without its key"),
    ("handed_over", Other, "the session was handed over to another pod"),
    ("held_writes", Other, "each write needs approval from then on"),
    ("lab ended", Other, "a lab was removed because its time was over or its session was deleted"),
    ("let_writes_through", Other, "writes no longer need approval"),
    ("log_key", Rule, "another key signs this log from here on"),
    ("made link", Other, "someone had an address created that signs a browser in"),
    ("passkey_alarm", Alarm, "a passkey counted backwards: there may be a copy of it"),
    ("paused", Other, "someone paused the session"),
    ("pod_refused", Refusal, "a pod spoke for a session that belongs to another pod"),
    ("purged text", Other, "someone had a text removed from the state, its history and this log"),
    ("ran checks", Other, "someone, or the project's configuration, had tests run on the work"),
    ("refused", Refusal, "someone who can't decide tried to"),
    ("removed lab", Other, "someone had a session's lab removed"),
    ("removed passkey", Other, "someone removed a passkey from their account"),
    ("removed workspace", Other, "someone had a workspace removed, or tried to"),
    ("renamed", Other, "someone gave the session another title"),
    ("reopened", Other, "someone reopened the session"),
    ("resealed state", Other, "someone had the gateway sign the state as it was"),
    ("restored record", Other, "someone put an older version of a record back"),
    ("resumed", Other, "someone resumed the session"),
    ("retried", Other, "someone retried the last turn"),
    ("reviewed", Other, "someone looked at what had overridden the rules"),
    ("revoked grant", Decision, "someone took a grant back"),
    ("shown in full", Other, "someone looked at what a mask hides"),
    (
        "sign-in ended",
        Other,
        "a sign-in ended before its time: by the person from elsewhere, by the provider, or by a change of settings",
    ),
    ("sign-in refused", Refusal, "attempts to sign in, or with a wrong token, failed; one entry for many"),
    ("signed in", Other, "someone signed in"),
    ("signed out", Other, "someone signed out"),
    ("started", Other, "someone started the session"),
    ("stopped", Other, "someone stopped the turn"),
    ("stopped checks", Other, "someone stopped tests that were running"),
    ("taken over", Rule, "a decision from before the state was signed still had to take effect"),
    ("timed out", Rule, "nobody decided in time"),
    ("took aside", Other, "someone moved a request to a separate thread"),
    (
        "took over lab",
        Other,
        "someone had the lab overwrite what another program changed of it in the cluster",
    ),
    ("wrote", Other, "someone wrote to the agent"),
];

/// Whether the list has it. What follows a colon says more about the same kind.
pub fn is_audit_kind(what: &str) -> bool {
    sort_of(what).is_some()
}

fn sort_of(what: &str) -> Option<AuditKind> {
    let kind = what.split(':').next().unwrap_or(what);
    AUDIT_KINDS.iter().find(|(known, ..)| *known == kind).map(|(_, sort, _)| *sort)
}

impl AuditKind {
    /// By what the entry says was done. Of a kind that this version does not know, by who it was.
    pub fn of(what: &str, who: &str) -> Self {
        let unknown = || if who == "gateway" { Self::Rule } else { Self::Other };
        sort_of(what).unwrap_or_else(unknown)
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
            ("began to witness", "gateway", AuditKind::Rule),
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
            ("what nobody knows yet", "gateway", AuditKind::Rule),
            ("pod_refused", "pod:pod-b", AuditKind::Refusal),
            ("purged text", "cli:anna", AuditKind::Other),
        ] {
            assert_eq!(AuditKind::of(what, who), kind, "{who} {what}");
        }
    }
}
