//! A delivery as lines for a terminal.

use serde_json::Value;

pub(super) const HEADING: [&str; 7] =
    ["DELIVERY", "STANDS", "RISK", "REPOSITORY", "PULL REQUEST", "SINCE", "TITLE"];

pub(super) fn row(delivery: &Value) -> Vec<String> {
    let text = |name: &str| text(delivery, name);
    let pull =
        delivery["pull"]["number"].as_u64().map_or_else(|| "-".to_owned(), |number| format!("#{number}"));
    vec![
        text("run"),
        text("word"),
        text("risk"),
        text("repository"),
        pull,
        minute(delivery, "since"),
        text("title"),
    ]
}

/// All that the API says of it.
pub(super) fn in_words(delivery: &Value) -> Vec<String> {
    let mut lines = head(delivery);
    lines.extend(titled("Risk", strings(&delivery["risk_because"])));
    lines.extend(all(delivery, "rounds").iter().flat_map(round));
    lines.extend(titled("Used", all(delivery, "budget").iter().map(used).collect()));
    lines.extend(titled("What happened", all(delivery, "timeline").iter().flat_map(happened).collect()));
    lines
}

fn head(delivery: &Value) -> Vec<String> {
    let text = |name: &str| text(delivery, name);
    let because = delivery["because"].as_str().unwrap_or_default();
    let mut lines = vec![
        format!("{}: {}", text("run"), text("title")),
        format!("  stands: {}. {because}", text("word")).trim_end().to_owned(),
        format!("  session: {}", text("session")),
        format!("  repository: {}, branch {}", text("repository"), text("branch")),
        format!("  kind: {}, risk {}", text("kind").replace('_', " "), text("risk")),
        format!("  requested by: {}, {}", text("requested_by"), minute(delivery, "begun_at")),
    ];
    lines.extend(delivery["pull"]["url"].as_str().map(|url| format!("  pull request: {url}")));
    lines
}

fn round(round: &Value) -> Vec<String> {
    let number = |name: &str| round[name].as_u64().unwrap_or_default();
    let files = if number("files") == 1 { "file" } else { "files" };
    let tree: String = text(round, "tree").chars().take(12).collect();
    let counts =
        format!("{} {files} (+{} −{}), tree {tree}", number("files"), number("added"), number("deleted"));
    let commit = round["commit"].as_str().map(|commit| format!("commit: {commit}"));
    let said = |name: &str, word: &str| prefixed(&round[name], word);
    let lines = std::iter::once(counts)
        .chain(commit)
        .chain(said("checks", "check"))
        .chain(said("deny", "denied"))
        .chain(said("ask", "asked"))
        .chain(said("warn", "warning"))
        .chain(said("approvals", "approved"));
    titled(&format!("Round {}", number("number")), lines.collect())
}

fn prefixed(list: &Value, word: &str) -> Vec<String> {
    strings(list).into_iter().map(|line| format!("{word}: {line}")).collect()
}

fn used(budget: &Value) -> String {
    let (used, max) = (&budget["used"], budget["max"].as_u64().unwrap_or_default());
    let limit = if max == 0 { "no limit".to_owned() } else { format!("of {max}") };
    format!("{}: {used} {limit}", text(budget, "of").replace('_', " "))
}

fn happened(line: &Value) -> Vec<String> {
    let first = format!("{} {}", minute(line, "at"), text(line, "text"));
    let details = strings(&line["details"]).into_iter().map(|detail| format!("  {detail}"));
    std::iter::once(first).chain(details).collect()
}

/// Indented under its heading; nothing where there is nothing to say.
fn titled(heading: &str, lines: Vec<String>) -> Vec<String> {
    if lines.is_empty() {
        return lines;
    }
    let lines = lines.into_iter().map(|line| format!("  {line}"));
    [String::new(), heading.to_owned()].into_iter().chain(lines).collect()
}

fn all<'a>(delivery: &'a Value, name: &str) -> &'a [Value] {
    delivery[name].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn strings(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().filter(|text| !text.is_empty()).unwrap_or("-").to_owned()
}

/// `2026-11-28 09:14`
fn minute(value: &Value, name: &str) -> String {
    text(value, name).chars().take(16).collect::<String>().replace('T', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn delivery() -> Value {
        json!({
            "run": "HB-20261128-k3f9", "session": "ses_1", "title": "Fix the login", "repository": "acme/shop",
            "branch": "agent/HB-20261128-k3f9-fix-the-login", "stage": "waiting_ci", "word": "Waiting for CI",
            "because": "2 of 3 checks are running.", "risk": "medium", "requested_by": "Anna", "paused": false,
            "begun_at": "2026-11-28T09:14:00Z", "since": "2026-11-28T09:20:11Z", "over": false,
            "pull": { "number": 482, "url": "https://github.com/acme/shop/pull/482" }, "kind": "small_bugfix",
            "risk_because": ["It touches the sign-in."],
            "timeline": [{ "at": "2026-11-28T09:14:00Z", "text": "Begun", "details": ["by Anna"] }],
            "rounds": [{
                "number": 1, "tree": "0123456789abcdef", "files": 1, "added": 4, "deleted": 2, "commit": "fedcba",
                "checks": ["npm test: 128/128 (12 s)"], "deny": [], "ask": ["auth: a sign-in changes"],
                "warn": [], "approvals": ["Ben allowed auth"],
            }],
            "budget": [{ "of": "cost_cents", "used": 12, "max": 0 }, { "of": "seconds", "used": 80, "max": 600 }],
        })
    }

    #[test]
    fn a_delivery_is_told_in_full() {
        // REQ-DELIVER-02, REQ-DELIVER-07, REQ-DELIVER-13
        let told = in_words(&delivery()).join("\n");
        for part in [
            "HB-20261128-k3f9: Fix the login\n  stands: Waiting for CI. 2 of 3 checks are running.\n",
            "  kind: small bugfix, risk medium\n",
            "  pull request: https://github.com/acme/shop/pull/482\n",
            "\nRisk\n  It touches the sign-in.\n",
            "\nRound 1\n  1 file (+4 −2), tree 0123456789ab\n  commit: fedcba\n  check: npm test: 128/128 (12 s)\n",
            "  asked: auth: a sign-in changes\n  approved: Ben allowed auth\n",
            "\nUsed\n  cost cents: 12 no limit\n  seconds: 80 of 600\n",
            "\nWhat happened\n  2026-11-28 09:14 Begun\n    by Anna",
        ] {
            assert!(told.contains(part), "{part} in {told}");
        }
        assert!(!told.contains("denied"), "{told}");
    }

    #[test]
    fn a_row_has_the_number_of_the_pull_request_once_there_is_one() {
        // REQ-DELIVER-01
        assert_eq!(row(&delivery())[4..6], ["#482", "2026-11-28 09:20"]);
        assert_eq!(row(&json!({ "run": "HB-20261128-k3f9" }))[4], "-");
    }
}
