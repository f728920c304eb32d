//! A request as a terminal shows it: a line in a list, and all that is needed to decide it. The words are the domain's.

use super::written::{said, said_at};
use crate::clock::system;
use gateway_domain::{
    AnswerKey, AskBody, AskView, CommandRuns, Field, GrantFor, LineCount, OptionDisplay, WarningKind,
};
use jiff::Timestamp;
use serde::Serialize;

/// Lines and characters of a command or a diff; `--json` prints all of it.
const LINES: usize = 200;
const CHARS: usize = 20_000;

/// A request, and the title of the session that it belongs to where that is known.
#[derive(Serialize)]
pub(in crate::cli) struct Shown {
    #[serde(flatten)]
    pub(in crate::cli) view: AskView,
    pub(in crate::cli) session_title: Option<String>,
}

pub(super) fn row(shown: &Shown) -> Vec<String> {
    let AskView { ask, display } = &shown.view;
    let counted = display.subject.change.map(counted).unwrap_or_default();
    let warnings: Vec<_> = display.warnings.iter().filter(|one| stands_in_a_list(one.kind)).collect();
    let warnings: Vec<_> = warnings.iter().map(|one| one.head.as_str()).collect();
    let warnings =
        if warnings.is_empty() { String::new() } else { format!("  [warning: {}]", warnings.join("; ")) };
    let what = format!("{}{counted}{warnings}", display.subject.line);
    let state = serde_json::to_value(display.standing.kind).unwrap_or_default();
    let state = state.as_str().unwrap_or_default().replace('_', " ");
    let title = shown.session_title.clone().unwrap_or_else(|| "-".to_owned());
    vec![ask.id.clone(), display.label.clone(), state, ask.session.clone(), title, what]
}

/// Who looks at a list wants to know where to look twice; what the state says already is not repeated.
fn stands_in_a_list(kind: WarningKind) -> bool {
    match kind {
        WarningKind::Danger
        | WarningKind::Opaque
        | WarningKind::MayHaveRun
        | WarningKind::RanBefore
        | WarningKind::TwoApprovals => true,
        WarningKind::Unsaved | WarningKind::Offline => false,
    }
}

/// A request for somebody who has to decide at a terminal: all of it, and what to type.
pub(in crate::cli) fn in_words(shown: &Shown) -> Vec<String> {
    lines_at(shown, system().now())
}

fn lines_at(Shown { view, session_title }: &Shown, now: Timestamp) -> Vec<String> {
    let AskView { ask, display } = view;
    let mut lines = vec![format!("{} ({}): {}", display.title, ask.id, display.subject.line)];
    if let Some(title) = session_title {
        lines.push(format!("  session: {title} ({})", ask.session));
    }
    if let Some(tool) = &display.subject.tool {
        lines.push(format!("  tool: {tool}"));
    }
    let warning = |kind: WarningKind| if kind == WarningKind::Danger { "warning: " } else { "" };
    lines.extend(
        display.warnings.iter().map(|one| {
            format!("  {}{}{} {}", warning(one.kind), one.head, one.kind.joint(), said(&one.text))
        }),
    );
    lines.extend(body(view));
    lines.extend(display.hidden.iter().map(|hidden| format!("  {hidden}")));
    if let Some(CommandRuns { head, lines: runs }) = &display.runs {
        lines.push(format!("  {head}:"));
        lines.extend(runs.iter().map(|line| format!("    {line}")));
    }
    lines.extend(to_choose_from(view));
    lines.extend(terms(view, now));
    lines.extend(display.outcome.as_ref().map(|came| format!("  {}. {}", came.label, said(&came.sentence))));
    if !display.answers.is_empty() {
        lines.push(format!("  answer: gateway asks answer {} {}", ask.id, ways(view)));
    }
    lines
}

/// What the heading has no room for: a command of several lines, how a file changes, arguments that nothing else shows.
fn body(AskView { ask, display }: &AskView) -> Vec<String> {
    let whole = Some(display.subject.text.as_str()).filter(|whole| *whole != display.subject.line);
    let more = match &ask.body {
        AskBody::Held { held } | AskBody::Configuration { held, .. } => held.more(),
        AskBody::Permission { .. } => ask.body.diff().unwrap_or_default().to_owned(),
        AskBody::Gate { detail, .. } | AskBody::Deploy { detail, .. } => detail.clone(),
        AskBody::Question { .. } => String::new(),
    };
    let all = [whole, Some(more.as_str()).filter(|more| !more.is_empty())];
    let all = all.into_iter().flatten().collect::<Vec<_>>().join("\n");
    let (mut shown, mut room) = (vec![], CHARS);
    for line in all.lines().take(LINES) {
        let Some(left) = room.checked_sub(line.chars().count()) else { break };
        room = left;
        shown.push(format!("    {line}"));
    }
    let all_of_it = format!("`gateway asks show {} --json` has all of it", ask.id);
    match all.lines().count().saturating_sub(shown.len()) {
        0 => {}
        1 => shown.push(format!("    … 1 more line; {all_of_it}")),
        left => shown.push(format!("    … {left} more lines; {all_of_it}")),
    }
    shown
}

fn to_choose_from(AskView { ask, display }: &AskView) -> Vec<String> {
    let mut lines = vec![];
    for question in &display.questions {
        if display.questions.len() > 1 {
            lines.push(format!("  question: {}", question.question));
        }
        let options: Vec<_> = question.options.iter().map(|option| option.value.as_str()).collect();
        if !options.is_empty() {
            lines.push(format!("  options: {}", options.join(" | ")));
        }
    }
    lines.extend(fields(&ask.body).iter().map(|field| {
        let required = if field.required { ", required" } else { "" };
        format!("  {}: {}{required}", field.name, field.label)
    }));
    lines
}

/// What `always` would cover, who decides, and how long there is.
fn terms(AskView { display, .. }: &AskView, now: Timestamp) -> Vec<String> {
    let always = display.answers.iter().find(|choice| choice.key == AnswerKey::Always);
    let covers = always.map(|choice| match &choice.covers {
        Some(patterns) => format!("  `always` covers: {}", patterns.join(", ")),
        None => format!("  `always`: {}", choice.confirm.as_deref().unwrap_or_default()),
    });
    let grant = display.answers.iter().find(|choice| choice.key == AnswerKey::Grant);
    let granted = grant.map(|choice| {
        let wider = choice.wider.as_ref().map(|wider| format!(", or a pattern such as {}", quoted(wider)));
        let covers = choice.covers.as_deref().unwrap_or_default().join(", ");
        format!("  `grant` covers: {covers}{}", wider.unwrap_or_default())
    });
    let mut lines: Vec<_> = covers.into_iter().chain(granted).collect();
    lines.extend(display.no_grant.as_ref().map(|why| format!("  grants: {why}")));
    if !display.answers.is_empty() {
        lines.push(format!("  who: {}", said(&display.terms.who)));
        lines.push(format!("  time limit: {}", said_at(&display.terms.silence, now)));
    }
    lines
}

fn counted(LineCount { added, removed }: LineCount) -> String {
    format!(" (+{added} −{removed})")
}

fn fields(body: &AskBody) -> &[Field] {
    match body {
        AskBody::Configuration { fields, .. } => fields,
        AskBody::Permission { .. }
        | AskBody::Question { .. }
        | AskBody::Held { .. }
        | AskBody::Gate { .. }
        | AskBody::Deploy { .. } => &[],
    }
}

/// What can be typed behind the id: one of the answers that are possible.
fn ways(AskView { ask, display }: &AskView) -> String {
    let way = |key: AnswerKey| match key {
        AnswerKey::Once => "once".to_owned(),
        AnswerKey::Always => "always".to_owned(),
        AnswerKey::Grant => {
            let lasts = display.answers.iter().filter_map(|choice| choice.lasts);
            format!("grant {} [PATTERN]", lasts.map(GrantFor::value).collect::<Vec<_>>().join("|"))
        }
        AnswerKey::Deny => "deny [REASON]".to_owned(),
        AnswerKey::Answers => {
            let first = |options: &[OptionDisplay]| {
                quoted(options.first().map_or("your answer", |option| &option.value))
            };
            let each: Vec<_> = display.questions.iter().map(|one| first(&one.options)).collect();
            format!("with {}", each.join(" "))
        }
        AnswerKey::Configured => {
            let required = fields(&ask.body).iter().filter(|field| field.required);
            let each: Vec<_> = required.map(|field| format!("{}=…", field.name)).collect();
            format!("set {}", each.join(" "))
        }
    };
    let mut ways: Vec<_> = display.answers.iter().map(|choice| way(choice.key)).collect();
    ways.dedup();
    ways.join(" | ")
}

/// As a shell takes it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use gateway_domain::Ask;
    use serde_json::{Value, json};

    fn shown(changes: Value) -> Shown {
        let mut ask = json!({
            "id": "per_1", "opencode_id": "per_1", "session": "ses_1", "directory": "/work/web", "digest": "d",
            "asked_at": "2026-11-21T10:00:00Z", "state": "open", "kind": "permission", "permission": "bash",
            "patterns": [], "always": ["git *"], "metadata": { "command": "git push" }, "rules": { "on_silence": "deny" },
        });
        for (name, value) in changes.as_object().unwrap() {
            ask[name] = value.clone();
        }
        let ask: Ask = serde_json::from_value(ask).unwrap();
        Shown { view: AskView::of(ask), session_title: Some("Fix the login".to_owned()) }
    }

    fn told(changes: Value) -> String {
        lines_at(&shown(changes), "2026-11-21T10:00:00Z".parse().unwrap()).join("\n")
    }

    #[test]
    fn an_ask_tells_all_that_is_needed_to_answer_it() {
        // B37
        let question = told(json!({
            "id": "que_1", "kind": "question",
            "questions": [{ "question": "Which database?", "options": ["SQLite", "it's Postgres"] }],
        }));
        assert!(
            question.contains("Which database?") && question.contains("SQLite | it's Postgres"),
            "{question}"
        );
        assert!(question.contains("gateway asks answer que_1 with 'SQLite'"), "{question}");
        let anna = json!({ "answer": "once", "by": { "id": "web:anna", "name": "Anna" }, "at": "2026-11-21T09:00:00Z" });
        let rules = json!({ "on_silence": "deny", "risk": "it leaves this machine" });
        let risky = told(json!({ "rules": rules, "first_approval": anna }));
        let needs =
            "Needs two approvals: it leaves this machine. Approved by Anna, 2026-11-21 09:00 UTC. One more";
        assert!(risky.contains(needs), "{risky}");
        assert!(risky.ends_with("gateway asks answer per_1 once | deny [REASON]"), "no `always`: {risky}");
    }

    #[test]
    fn a_change_of_a_file_can_be_decided_at_a_terminal() {
        // B37, REQ-ASK-01: the path was all that it said
        let edit = |diff: &str| {
            json!({
                "permission": "edit", "patterns": ["src/a.ts"], "always": ["src/*"],
                "metadata": { "filepath": "/work/web/.env", "diff": diff }, "deadline": "2026-11-21T10:05:00Z",
                "rules": { "on_silence": "deny", "dangers": [{ "kind": "secrets", "label": "May read secrets", "why": "/work/web/.env" }] },
            })
        };
        let short = edit("--- a\n+++ b\n@@ -1 +1 @@\n-old\n+new\n");
        let lines = told(short.clone());
        for part in [
            "The agent wants to change a file (per_1): /work/web/.env\n",
            "  session: Fix the login (ses_1)\n",
            "  warning: May read secrets: /work/web/.env\n",
            "    -old\n    +new\n",
            "  `always` covers: src/*\n",
            "  time limit: Denied automatically at 2026-11-21 10:05:00 UTC (in 5 min) if nobody answers.",
            "gateway asks answer per_1 once | deny [REASON] | always",
        ] {
            assert!(lines.contains(part), "{part} in {lines}");
        }
        let row = row(&shown(short));
        assert_eq!(row[1], "Change a file");
        assert_eq!(row[4], "Fix the login");
        assert_eq!(row[5], "/work/web/.env (+1 −1)  [warning: May read secrets]");
        let long = told(edit(&"+more\n".repeat(LINES + 31)));
        assert!(long.contains("… 31 more lines; `gateway asks show per_1 --json`"), "{long:.300}");
    }
}
