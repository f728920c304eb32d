//! A request as a terminal shows it: a line in a list, and all that is needed to decide it.

use crate::clock::system;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// Where the title of its session is put into a request before it is shown.
pub(super) const TITLE: &str = "session_title";

/// Lines and characters of a command or a diff; `--json` prints all of it.
const LINES: usize = 200;
const CHARS: usize = 20_000;

pub(super) fn row(ask: &Value) -> Vec<String> {
    let what = what(ask);
    let one_line = what.lines().next().unwrap_or_default();
    let more = if what.lines().nth(1).is_some() { " …" } else { "" };
    let counted = diff(ask).map(|diff| format!(" {}", counted(diff))).unwrap_or_default();
    let warning = if ask["may_have_run"] == true { " (may already have run in part)" } else { "" };
    let labels: Vec<_> = dangers(ask).map(|(label, _)| label).collect();
    let dangers =
        if labels.is_empty() { String::new() } else { format!("  [warning: {}]", labels.join("; ")) };
    let what = format!("{one_line}{more}{counted}{warning}{dangers}");
    let of = |name: &str| text(&ask[name]);
    vec![of("id"), wish(ask).to_owned(), of("state"), of("session"), of(TITLE), what]
}

/// A request for somebody who has to decide at a terminal: all of it, and what to type.
pub(in crate::cli) fn in_words(ask: &Value) -> Vec<String> {
    let id = text(&ask["id"]);
    let mut lines = vec![heading(ask, &id)];
    if let Some(title) = ask[TITLE].as_str() {
        lines.push(format!("  session: {title} ({})", text(&ask["session"])));
    }
    lines.extend(dangers(ask).map(|(label, why)| format!("  warning: {label}: {why}")));
    lines.extend(body(ask, &id));
    lines.extend(to_choose_from(ask));
    lines.extend(notes(ask));
    lines.extend(terms(ask));
    lines.push(format!("  answer: gateway asks answer {id} {}", ways(ask)));
    lines
}

fn heading(ask: &Value, id: &str) -> String {
    let what = what(ask);
    let first = what.lines().next().unwrap_or_default();
    let more = if what.lines().nth(1).is_some() { " …" } else { "" };
    match ask["kind"].as_str() {
        Some("permission") => format!("Permission {id} to {}: {first}{more}", uncapitalised(wish(ask))),
        _ => format!("{} {id}: {first}{more}", kind(ask)),
    }
}

/// What the heading has no room for: a command of several lines, how a file changes, arguments that nothing else shows.
fn body(ask: &Value, id: &str) -> Vec<String> {
    let what = what(ask);
    let command = what.lines().nth(1).is_some().then_some(&*what);
    let arguments =
        ask["held"]["arguments"].as_object().and_then(|all| serde_json::to_string_pretty(all).ok());
    let parts = [diff(ask).or(command), arguments.as_deref()];
    let whole = parts.into_iter().flatten().collect::<Vec<_>>().join("\n");
    let (mut shown, mut room) = (vec![], CHARS);
    for line in whole.lines().take(LINES) {
        let Some(left) = room.checked_sub(line.chars().count()) else { break };
        room = left;
        shown.push(format!("    {line}"));
    }
    match whole.lines().count().saturating_sub(shown.len()) {
        0 => {}
        1 => shown.push(format!("    … 1 more line; `gateway asks show {id} --json` has all of it")),
        left => shown.push(format!("    … {left} more lines; `gateway asks show {id} --json` has all of it")),
    }
    shown
}

fn to_choose_from(ask: &Value) -> Vec<String> {
    let (questions, mut lines) = (list_of(&ask["questions"]), vec![]);
    for question in questions {
        let options: Vec<_> = list_of(&question["options"]).iter().map(text).collect();
        if questions.len() > 1 {
            lines.push(format!("  question: {}", text(&question["question"])));
        }
        if !options.is_empty() {
            lines.push(format!("  options: {}", options.join(" | ")));
        }
    }
    for field in list_of(&ask["fields"]) {
        let required = if field["required"] == true { ", required" } else { "" };
        lines.push(format!("  {}: {}{required}", text(&field["name"]), text(&field["label"])));
    }
    lines
}

fn notes(ask: &Value) -> Vec<String> {
    let mut lines = vec![];
    if ask["may_have_run"] == true {
        lines.push("  The agent stopped while this was running: it may already have run in part.".to_owned());
    }
    if let Some(real) = ask["held"]["real_file"].as_str() {
        lines.push(format!("  Links lead this file to {real}."));
    }
    if let Some(by) = ask["ran_before"]["by"].as_str() {
        lines.push(format!(
            "  This ran before in the same turn, allowed by {by}. If you allow it, it runs again."
        ));
    }
    if let Some(why) = ask["rules"]["risk"].as_str() {
        lines.push(format!("  Needs two approvals: {why}."));
    }
    if let Some(first) = ask["first_approval"]["by"]["name"].as_str() {
        lines.push(format!("  Approved by {first}; one more approval is needed."));
    }
    lines
}

/// What `always` would cover, and how long there is to decide.
fn terms(ask: &Value) -> Vec<String> {
    let mut lines = vec![];
    let always: Vec<_> = list_of(&ask["always"]).iter().map(text).collect();
    if !always.is_empty() && ask["rules"]["risk"].is_null() {
        lines.push(format!("  `always` covers: {}", always.join(", ")));
    }
    if ask["state"].is_string() {
        lines.push(format!("  time limit: {}", time_limit(ask, system().now())));
    }
    lines
}

fn time_limit(ask: &Value, now: Timestamp) -> String {
    let Some(deadline) = ask["deadline"].as_str().and_then(|at| at.parse::<Timestamp>().ok()) else {
        let paused = ask["state"] == "suspended";
        return if paused { "paused while the agent is offline" } else { "none" }.to_owned();
    };
    let at =
        format!("{} ({})", deadline.strftime("%Y-%m-%d %H:%M:%S UTC"), left(deadline.duration_since(now)));
    match ask["rules"]["on_silence"].as_str() {
        Some("deny") => format!("denied automatically at {at} if nobody answers"),
        Some("take_recommended") => {
            format!("if nobody answers by {at}, the agent continues with the recommended option")
        }
        Some("remind") => format!("reminder at {at}; the request stays open"),
        _ => "none".to_owned(),
    }
}

fn left(left: SignedDuration) -> String {
    match left.as_secs() {
        ..=0 => "now".to_owned(),
        seconds @ 1..=119 => format!("in {seconds} s"),
        seconds @ 120..=7_199 => format!("in {} min", seconds / 60),
        seconds => format!("in {} h", seconds / 3_600),
    }
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or("-").to_owned()
}

/// What it is about: the command, the file, the question.
fn what(ask: &Value) -> String {
    let candidates = [
        &ask["metadata"]["command"],
        &ask["metadata"]["filepath"],
        &ask["metadata"]["url"],
        &ask["questions"][0]["question"],
        &ask["held"]["command"],
        &ask["held"]["file"],
        &ask["held"]["tool"],
        &ask["detail"],
        &ask["patterns"][0],
    ];
    candidates.into_iter().find_map(Value::as_str).unwrap_or("-").to_owned()
}

fn diff(ask: &Value) -> Option<&str> {
    let told = ask["metadata"]["diff"].as_str().or(ask["held"]["diff"].as_str());
    told.filter(|diff| !diff.trim().is_empty())
}

/// `(+3 −1)`; the lines of a diff that name its files are none of the change.
fn counted(diff: &str) -> String {
    let lines = |sign: char, head: &str| {
        diff.lines().filter(|line| line.starts_with(sign) && !line.starts_with(head)).count()
    };
    format!("(+{} −{})", lines('+', "+++ "), lines('-', "--- "))
}

fn dangers(ask: &Value) -> impl Iterator<Item = (String, String)> {
    list_of(&ask["rules"]["dangers"]).iter().map(|one| (text(&one["label"]), text(&one["why"])))
}

fn kind(ask: &Value) -> &'static str {
    match ask["kind"].as_str() {
        Some("question") => "Question",
        Some("held") => "On hold",
        Some("gate") => "Continue?",
        Some("configuration") => "Setup needed",
        _ => "Permission",
    }
}

/// What the agent wants to do, where it asks for a permission; else what kind of request it is.
fn wish(ask: &Value) -> &str {
    if ask["kind"] != "permission" {
        return kind(ask);
    }
    match ask["permission"].as_str() {
        Some("bash") => "Run a command",
        Some("edit") => "Change a file",
        Some("write") => "Write a file",
        Some("read") => "Read a file",
        Some("webfetch") => "Open a web page",
        Some("websearch") => "Search the web",
        Some("external_directory") => "Access files outside its directory",
        Some("task") => "Start a sub-agent",
        Some("doom_loop") => "Keep going although it is repeating itself",
        Some(other) => other,
        None => "Permission",
    }
}

fn uncapitalised(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_lowercase().chain(rest).collect()).unwrap_or_default()
}

/// What can be typed behind the id.
fn ways(ask: &Value) -> String {
    match ask["kind"].as_str() {
        Some("question") => {
            let first =
                |question: &Value| question["options"][0].as_str().unwrap_or("your answer").to_owned();
            let each: Vec<_> = list_of(&ask["questions"]).iter().map(|one| quoted(&first(one))).collect();
            format!("with {}", each.join(" "))
        }
        Some("configuration") => {
            let fields = list_of(&ask["fields"]).iter().filter(|field| field["required"] == true);
            let each: Vec<_> = fields.map(|field| format!("{}=…", text(&field["name"]))).collect();
            format!("set {}", each.join(" "))
        }
        Some("held" | "gate") => "once | deny [REASON]".to_owned(),
        _ => "once | always | deny [REASON]".to_owned(),
    }
}

/// As a shell takes it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn list_of(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_ask_tells_all_that_is_needed_to_answer_it() {
        // B37
        let question = json!({
            "id": "que_1", "kind": "question",
            "questions": [{ "question": "Which database?", "options": ["SQLite", "it's Postgres"] }],
        });
        let told = in_words(&question).join("\n");
        assert!(told.contains("Which database?") && told.contains("SQLite | it's Postgres"), "{told}");
        assert!(told.contains("gateway asks answer que_1 with 'SQLite'"), "{told}");
        let risky = json!({
            "id": "per_1", "kind": "permission", "metadata": { "command": "git push" },
            "rules": { "risk": "it leaves this machine" }, "first_approval": { "by": { "name": "Anna" } },
        });
        let told = in_words(&risky).join("\n");
        assert!(told.contains("Needs two approvals: it leaves this machine."), "{told}");
        assert!(told.contains("Approved by Anna; one more approval is needed."), "{told}");
        assert!(told.contains("once | always | deny [REASON]"), "{told}");
    }

    #[test]
    fn a_change_of_a_file_can_be_decided_at_a_terminal() {
        // B37, REQ-ASK-01: the path was all that it said
        let edit = json!({
            "id": "per_1", "kind": "permission", "permission": "edit", "state": "open", "session": "ses_1",
            "session_title": "Fix the login", "patterns": ["src/a.ts"], "always": ["*"],
            "metadata": { "filepath": "/work/web/.env", "diff": "--- a\n+++ b\n@@ -1 +1 @@\n-old\n+new\n" },
            "deadline": "2026-11-21T10:05:00Z",
            "rules": { "on_silence": "deny", "dangers": [{ "kind": "secrets", "label": "May read secrets", "why": "/work/web/.env" }] },
        });
        let told = in_words(&edit).join("\n");
        for part in [
            "Permission per_1 to change a file: /work/web/.env\n",
            "  session: Fix the login (ses_1)\n",
            "  warning: May read secrets: /work/web/.env\n",
            "    -old\n    +new\n",
            "  `always` covers: *\n",
            "denied automatically at 2026-11-21 10:05:00 UTC",
            "gateway asks answer per_1 once | always | deny [REASON]",
        ] {
            assert!(told.contains(part), "{part} in {told}");
        }
        let row = row(&edit);
        assert_eq!(row[1], "Change a file");
        assert_eq!(row[4], "Fix the login");
        assert_eq!(row[5], "/work/web/.env (+1 −1)  [warning: May read secrets]");
        let mut long = edit;
        long["metadata"]["diff"] = json!("+more\n".repeat(LINES + 31));
        let told = in_words(&long).join("\n");
        assert!(told.contains("… 31 more lines; `gateway asks show per_1 --json`"), "{told:.300}");
    }

    #[test]
    fn the_time_limit_says_what_happens_at_its_end() {
        // REQ-ASK-05
        let now = "2026-11-21T10:00:00Z".parse().unwrap();
        let of = |on_silence: &str, state: &str, deadline: Option<&str>| {
            let ask = json!({ "state": state, "deadline": deadline, "rules": { "on_silence": on_silence } });
            time_limit(&ask, now)
        };
        let at = Some("2026-11-21T10:05:00Z");
        assert_eq!(
            of("deny", "open", at),
            "denied automatically at 2026-11-21 10:05:00 UTC (in 5 min) if nobody answers"
        );
        assert_eq!(
            of("remind", "open", at),
            "reminder at 2026-11-21 10:05:00 UTC (in 5 min); the request stays open"
        );
        assert_eq!(of("deny", "suspended", None), "paused while the agent is offline");
        assert_eq!(of("wait", "open", None), "none");
    }
}
