//! What Slack's words for a refusal mean for a message.

use crate::slack::client::CallFault;

/// A person can mend it, and then everything goes on: a dead letter for each message would help nobody.
pub(super) fn is_mendable(fault: &CallFault) -> bool {
    const MENDABLE: &[&str] = &[
        "access_denied",
        "accesslimited",
        "account_inactive",
        "channel_not_found",
        "ekm_access_denied",
        "enterprise_is_restricted",
        // Of something between us and Slack.
        "http_401",
        "http_403",
        "http_407",
        "invalid_auth",
        "is_archived",
        "message_limit_exceeded",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        "not_in_channel",
        "org_login_required",
        "team_access_not_granted",
        // While a workspace joins an organisation.
        "team_added_to_org",
        "team_not_found",
        "thread_not_found",
        "token_expired",
        "token_revoked",
        "two_factor_setup_required",
    ];
    // Who may post where has several names, and gets more.
    fault.code().is_some_and(|code| code.starts_with("restricted_action") || MENDABLE.contains(&code))
}

/// The message is not there any more, or nobody may change it any more.
pub(super) fn is_gone(code: &str) -> bool {
    matches!(code, "message_not_found" | "cant_update_message" | "edit_window_closed" | "cant_delete_message")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn what_passes_or_can_be_mended_is_no_dead_letter() {
        // CHAOS F10 d
        let refused = |code: &str| CallFault::Refused {
            method: "chat.postMessage".into(),
            code: code.into(),
            response: Value::Null,
        };
        for code in [
            "team_added_to_org",
            "message_limit_exceeded",
            "accesslimited",
            "enterprise_is_restricted",
            "two_factor_setup_required",
            "not_allowed_token_type",
            "restricted_action_read_only_channel",
            "http_401",
            "http_403",
        ] {
            assert!(is_mendable(&refused(code)), "{code}");
        }
        for code in ["invalid_blocks", "msg_too_long", "code_of_tomorrow"] {
            assert!(!is_mendable(&refused(code)), "{code}");
        }
    }
}
