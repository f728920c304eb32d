//! What a token may do. Each operation gets a token for just that.

/// Permissions by GitHub's names, each with its level.
pub(crate) type Rights = &'static [(&'static str, &'static str)];

/// All that a look at a pull request reads.
pub(crate) const READ: Rights = &[
    ("actions", "read"),
    ("checks", "read"),
    ("contents", "read"),
    ("issues", "read"),
    ("pull_requests", "read"),
    ("statuses", "read"),
];
pub(crate) const PULLS: Rights = &[("contents", "read"), ("pull_requests", "write")];
pub(crate) const CONVERSATION: Rights = &[("issues", "write"), ("pull_requests", "write")];
pub(crate) const CHECKS: Rights = &[("checks", "write")];
pub(crate) const STATUSES: Rights = &[("statuses", "write")];
pub(crate) const ACTIONS: Rights = &[("actions", "write")];
pub(crate) const MERGE: Rights = &[("contents", "write"), ("pull_requests", "write")];
pub(crate) const CONTENTS: Rights = &[("contents", "write")];
pub(crate) const MEMBERS: Rights = &[("members", "read")];

/// All of it together: what an installation has to grant.
pub(crate) const LEAST: Rights = &[
    ("actions", "write"),
    ("checks", "write"),
    ("contents", "write"),
    ("issues", "write"),
    ("metadata", "read"),
    ("pull_requests", "write"),
    ("statuses", "read"),
];

/// `Pull requests: write`, as the app's settings call it.
pub(crate) fn named(permission: &str, level: &str) -> String {
    let name = match permission {
        "statuses" => "Commit statuses".to_owned(),
        "members" => "Members".to_owned(),
        other => {
            let spaced = other.replace('_', " ");
            let mut letters = spaced.chars();
            letters
                .next()
                .map_or(String::new(), |first| first.to_uppercase().collect::<String>() + letters.as_str())
        }
    };
    format!("{name}: {level}")
}

/// Rights that an installation, which has `granted`, lacks.
pub(crate) fn missing(needed: Rights, granted: &serde_json::Value) -> Vec<String> {
    let lacks = |(permission, level): &&(&str, &str)| rank(granted[permission].as_str()) < rank(Some(level));
    needed.iter().filter(lacks).map(|(permission, level)| named(permission, level)).collect()
}

fn rank(level: Option<&str>) -> u8 {
    match level {
        Some("read") => 1,
        Some("write") => 2,
        Some("admin") => 3,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_missing_is_named_as_people_find_it() {
        // REQ-DELIVER-18
        let granted = json!({ "contents": "read", "pull_requests": "write", "metadata": "read" });
        assert_eq!(missing(MERGE, &granted), ["Contents: write"]);
        assert_eq!(missing(STATUSES, &granted), ["Commit statuses: write"]);
        assert_eq!(named("pull_requests", "write"), "Pull requests: write");
    }
}
