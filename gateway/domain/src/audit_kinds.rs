//! Every kind of entry in the audit log. What changes something and has no kind here is a fault: tests hold the routes of
//! the API and all that happens to a session against this list.

/// A kind, and what it tells.
pub const AUDIT_KINDS: [(&str, &str); 47] = [
    ("added passkey", "someone added a passkey to their account"),
    ("added project", "someone added a project to the list"),
    ("alarm", "something went past the gate, or tried to"),
    ("allowed by grant", "a call ran because a person had allowed calls like it"),
    ("allowed by rule", "calls ran because a rule allows them"),
    ("answered", "a person decided"),
    ("answered elsewhere", "OpenCode had an answer that did not come through the gateway"),
    ("answered late", "a person decided after the agent had gone on"),
    ("approved first", "the first of two people allowed it"),
    ("broke glass", "one of those who can overrode the rules, with a reason"),
    ("chose", "someone chose another agent or model"),
    ("closed", "someone closed the session"),
    ("commit refused", "a version of a record in git that the gateway didn't sign was refused"),
    ("decision void", "a decision without an entry in this log was dropped"),
    ("deleted", "the session was deleted in OpenCode"),
    ("denied by rule", "a call did not run because a rule denies it"),
    ("edited by hand", "a record was edited by hand; only what the edit takes away counts"),
    ("handed_over", "the session was handed over to another pod"),
    ("held_writes", "each write needs approval from then on"),
    ("let_writes_through", "writes no longer need approval"),
    ("log_key", "another key signs this log from here on"),
    ("made link", "someone had an address created that signs a browser in"),
    ("passkey_alarm", "a passkey counted backwards: there may be a copy of it"),
    ("paused", "someone paused the session"),
    ("pod_refused", "a pod spoke for a session that belongs to another pod"),
    ("refused", "someone who can't decide tried to"),
    ("removed passkey", "someone removed a passkey from their account"),
    ("removed workspace", "someone had a workspace removed, or tried to"),
    ("renamed", "someone gave the session another title"),
    ("reopened", "someone reopened the session"),
    ("resealed state", "someone had the gateway sign the state as it was"),
    ("restored record", "someone put an older version of a record back"),
    ("resumed", "someone resumed the session"),
    ("retried", "someone retried the last turn"),
    ("reviewed", "someone looked at what had overridden the rules"),
    ("revoked grant", "someone took a grant back"),
    ("shown in full", "someone looked at what a mask hides"),
    (
        "sign-in ended",
        "a sign-in ended before its time: by the person from elsewhere, by the provider, or by a change of settings",
    ),
    ("sign-in refused", "attempts to sign in, or with a wrong token, failed; one entry for many"),
    ("signed in", "someone signed in"),
    ("signed out", "someone signed out"),
    ("started", "someone started the session"),
    ("stopped", "someone stopped the turn"),
    ("taken over", "a decision from before the state was signed still had to take effect"),
    ("timed out", "nobody decided in time"),
    ("took aside", "someone moved a request to a separate thread"),
    ("wrote", "someone wrote to the agent"),
];

/// Whether the list has it. What follows a colon says more about the same kind.
pub fn is_audit_kind(what: &str) -> bool {
    let kind = what.split(':').next().unwrap_or(what);
    AUDIT_KINDS.iter().any(|(known, _)| *known == kind)
}
