//! Uses of tools as lines that a person reads in passing.

use super::counts::counts;
use super::item::{LineState, ToolDetail, ToolLine};
use super::seen::{ToolSeen, ToolState};
use crate::ask::NotRun;
use crate::mask::{mask, mask_text};

/// Longest subject in a line; the details have all of it.
const SUBJECT: usize = 120;

/// Tools that only look, and whose lines are merged.
const READS: [&str; 5] = ["read", "glob", "grep", "list", "ls"];

/// How OpenCode begins the error of a call that a person denied whose ask is not known any more, and of one that its own
/// settings rule out.
const DENIED: &str = "The user rejected permission";
const RULED_OUT: &str = "The user has specified a rule which prevents you";

/// Words in a command that tell that it tests something.
const TESTS: [&str; 7] = ["test", "pytest", "nextest", "jest", "vitest", "mocha", "tox"];

/// The lines of a run of calls, each with what was decided against it.
pub(super) fn lines<'a>(
    calls: impl IntoIterator<Item = (&'a ToolSeen, Option<&'a NotRun>)>,
) -> Vec<ToolLine> {
    let mut lines: Vec<(bool, ToolLine)> = vec![];
    for (call, decided) in calls {
        let mergeable =
            READS.contains(&call.tool.as_str()) && !matches!(call.state, ToolState::Failed | ToolState::Cut);
        match lines.last_mut() {
            Some((true, line)) if mergeable => merge(line, call),
            _ => lines.push((mergeable, line(call, decided))),
        }
    }
    lines.into_iter().map(|(_, line)| line).collect()
}

fn line(call: &ToolSeen, decided: Option<&NotRun>) -> ToolLine {
    let detail = detail(call);
    if let Some(why) = not_run(call, decided) {
        let text = format!("🚫 Not run, {why}: {}", shortened(&detail.subject));
        // The card says who denied it, and why.
        let details = vec![ToolDetail { error: None, ..detail }];
        return ToolLine { state: LineState::Done, text, details };
    }
    let state = if has_failed_tests(&detail) { LineState::Failed } else { call.state.into() };
    ToolLine { state, text: sentence(call, &detail), details: vec![detail] }
}

fn merge(line: &mut ToolLine, call: &ToolSeen) {
    line.details.push(detail(call));
    line.text = format!("📖 Read {} files", line.details.len());
    if line.details.iter().any(|detail| detail.tool != "read") {
        line.text = format!("🔍 Searched and read {} times", line.details.len());
    }
    line.state = match (line.state, LineState::from(call.state)) {
        (LineState::Done, other) => other,
        (other, _) => other,
    };
}

/// A run of tests that ended well as a call, and not as tests.
fn has_failed_tests(detail: &ToolDetail) -> bool {
    detail.tests.is_some_and(|tests| tests.failed > 0 || detail.exit_code.is_some_and(|code| code != 0))
}

/// Why a call that failed never ran, in the words of people.
fn not_run(call: &ToolSeen, decided: Option<&NotRun>) -> Option<String> {
    if call.state != ToolState::Failed {
        return None;
    }
    let error = call.error.as_deref().unwrap_or_default();
    Some(match decided {
        Some(NotRun::DeniedBy(name)) => format!("denied by {name}"),
        Some(NotRun::DeniedInOpenCode) => "denied in OpenCode".to_owned(),
        Some(NotRun::NobodyAnswered) => "nobody answered in time".to_owned(),
        None if error.starts_with(DENIED) => "denied".to_owned(),
        None if error.starts_with(RULED_OUT) => "not allowed by OpenCode's settings".to_owned(),
        None => return None,
    })
}

fn sentence(call: &ToolSeen, detail: &ToolDetail) -> String {
    let subject = shortened(&subject(call));
    if call.state == ToolState::Failed {
        let why = call.error.as_deref().and_then(|error| error.lines().next()).unwrap_or("it failed");
        return format!("❌ Failed: {} {subject} ({})", call.tool, shortened(&mask_text(why)));
    }
    if call.state == ToolState::Cut {
        return format!("⚠️ Interrupted: {} {subject} (OpenCode stopped while it was running)", call.tool);
    }
    if has_failed_tests(detail) {
        return format!("❌ Tests failed: {subject}{}", counted(detail));
    }
    let doing = call.is_open();
    match call.tool.as_str() {
        "read" => format!("📖 Read file: {subject}"),
        "glob" | "grep" | "list" | "ls" => format!("🔍 Searched: {subject}"),
        "write" => format!("🔧 {} file: {subject}", if doing { "Writing" } else { "Wrote" }),
        "edit" | "patch" | "multiedit" | "apply_patch" => {
            format!("🔧 {} file: {subject}", if doing { "Editing" } else { "Edited" })
        }
        "bash" if is_test(call) => {
            format!("🧪 {} tests: {subject}{}", if doing { "Running" } else { "Ran" }, counted(detail))
        }
        "bash" => format!("⚙️ {}: {subject}", if doing { "Running" } else { "Ran" }),
        "webfetch" | "websearch" => format!("🌐 Fetched: {subject}"),
        "task" => format!("🤝 Sub-agent: {subject}"),
        "question" => format!("❓ Asked: {subject}"),
        "todowrite" | "todoread" => format!("📝 To-do list: {subject}"),
        other => format!("🔧 {other}: {subject}"),
    }
}

/// ` (3 failed, 42 passed)`
fn counted(detail: &ToolDetail) -> String {
    match (detail.tests, detail.exit_code) {
        (Some(tests), _) if tests.failed > 0 => {
            format!(" ({} failed, {} passed)", tests.failed, tests.passed)
        }
        (Some(tests), Some(0) | None) if tests.passed > 0 => format!(" ({} passed)", tests.passed),
        (Some(_), Some(code)) if code != 0 => format!(" (exit code {code})"),
        _ => String::new(),
    }
}

fn is_test(call: &ToolSeen) -> bool {
    let Some(command) = &call.command else { return false };
    command.split(|c: char| !c.is_alphanumeric()).any(|word| TESTS.contains(&word))
}

fn subject(call: &ToolSeen) -> String {
    let told = call.command.as_ref().or(call.file.as_ref()).or(call.title.as_ref());
    mask(told.map_or("", String::as_str))
}

fn shortened(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let cut = line.chars().count() > SUBJECT || text.lines().nth(1).is_some();
    let mut short: String = line.chars().take(SUBJECT).collect();
    if cut {
        short.push('…');
    }
    short
}

fn detail(call: &ToolSeen) -> ToolDetail {
    let masked = |text: &Option<String>| text.as_deref().map(mask_text);
    ToolDetail {
        tool: call.tool.clone(),
        subject: subject(call),
        output: masked(&call.output),
        error: masked(&call.error),
        diff: masked(&call.diff),
        exit_code: call.exit_code,
        took_ms: call.took_ms,
        // Of one that ended without a word that is understood, the exit code tells.
        tests: (is_test(call) && call.state == ToolState::Done)
            .then(|| counts(call.output.as_deref().unwrap_or_default())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(tool: &str, subject: &str) -> ToolSeen {
        ToolSeen {
            id: format!("prt_{subject}"),
            call: format!("call_{subject}"),
            tool: tool.into(),
            state: ToolState::Done,
            title: None,
            file: (tool != "bash").then(|| subject.to_owned()),
            command: (tool == "bash").then(|| subject.to_owned()),
            output: None,
            error: None,
            diff: None,
            exit_code: None,
            took_ms: None,
        }
    }

    fn texts(calls: &[ToolSeen]) -> Vec<String> {
        undecided(calls).into_iter().map(|line| line.text).collect()
    }

    fn undecided(calls: &[ToolSeen]) -> Vec<ToolLine> {
        lines(calls.iter().map(|call| (call, None)))
    }

    #[test]
    fn a_call_that_was_denied_did_not_fail() {
        // REQ-THREAD-03
        let mut denied = call("bash", "wc -c greeting.txt");
        let error =
            "The user rejected permission to use this specific tool call with the following feedback: no";
        (denied.state, denied.error) = (ToolState::Failed, Some(error.into()));
        let mut ruled_out = call("write", "a.txt");
        let error = "The user has specified a rule which prevents you from using this specific tool call.";
        (ruled_out.state, ruled_out.error) = (ToolState::Failed, Some(error.into()));
        let lines = undecided(&[denied, ruled_out]);
        assert_eq!(lines[0].text, "🚫 Not run, denied: wc -c greeting.txt");
        assert_eq!(lines[1].text, "🚫 Not run, not allowed by OpenCode's settings: a.txt");
        for line in lines {
            assert_eq!((line.state, &line.details[0].error), (LineState::Done, &None));
        }
    }

    #[test]
    fn who_decided_against_a_call_is_known_whatever_opencode_says() {
        // REQ-THREAD-03
        let failed = |error: &str| ToolSeen {
            state: ToolState::Failed,
            error: Some(error.into()),
            ..call("write", "a.txt")
        };
        let text = |call: &ToolSeen, why: NotRun| lines([(call, Some(&why))]).remove(0).text;
        let call = failed("Permission denied");
        assert_eq!(text(&call, NotRun::DeniedBy("Ann".into())), "🚫 Not run, denied by Ann: a.txt");
        assert_eq!(text(&call, NotRun::DeniedInOpenCode), "🚫 Not run, denied in OpenCode: a.txt");
        assert_eq!(text(&call, NotRun::NobodyAnswered), "🚫 Not run, nobody answered in time: a.txt");
        let done = ToolSeen { state: ToolState::Done, error: None, ..call };
        assert_eq!(
            text(&done, NotRun::DeniedBy("Ann".into())),
            "🔧 Wrote file: a.txt",
            "it ran all the same"
        );
    }

    #[test]
    fn each_call_is_a_line_and_runs_of_reads_share_one() {
        // REQ-THREAD-03
        let mut failed = call("edit", "src/lib.rs");
        (failed.state, failed.error) = (ToolState::Failed, Some("oldString not found\nmore".into()));
        let calls = [
            call("read", "a.rs"),
            call("read", "b.rs"),
            call("read", "c.rs"),
            call("write", "src/auth.ts"),
            call("bash", "npm test"),
            failed,
            call("read", "d.rs"),
        ];
        assert_eq!(
            texts(&calls),
            [
                "📖 Read 3 files",
                "🔧 Wrote file: src/auth.ts",
                "🧪 Ran tests: npm test",
                "❌ Failed: edit src/lib.rs (oldString not found)",
                "📖 Read file: d.rs",
            ]
        );
        assert_eq!(undecided(&calls)[0].details.len(), 3, "each file is there on request");
    }

    #[test]
    fn failed_tests_look_failed() {
        // REQ-THREAD-03, B12
        let run = |output: &str, exit_code| {
            let call = ToolSeen {
                output: Some(output.into()),
                exit_code,
                took_ms: Some(4_000),
                ..call("bash", "npm test")
            };
            let line = undecided(&[call]).remove(0);
            (line.state, line.text)
        };
        let failed = |told: &str| (LineState::Failed, format!("❌ Tests failed: npm test{told}"));
        let passed = |told: &str| (LineState::Done, format!("🧪 Ran tests: npm test{told}"));
        assert_eq!(run("Tests: 1 failed, 44 passed, 45 total", Some(1)), failed(" (1 failed, 44 passed)"));
        assert_eq!(run("Error: no such script", Some(1)), failed(" (exit code 1)"));
        assert_eq!(run("# pass 45\n# fail 2\n", None), failed(" (2 failed, 45 passed)"));
        assert_eq!(run("Tests: 45 passed, 45 total", Some(0)), passed(" (45 passed)"));
        assert_eq!(run("", Some(0)), passed(""));
        // An older plugin tells no exit code.
        assert_eq!(run("", None), passed(""));
        let grep = ToolSeen { exit_code: Some(1), took_ms: Some(5), ..call("bash", "grep x y") };
        let line = undecided(&[grep]).remove(0);
        assert_eq!((line.state, line.text.as_str()), (LineState::Done, "⚙️ Ran: grep x y"));
        assert_eq!((line.details[0].exit_code, line.details[0].took_ms), (Some(1), Some(5)));
    }

    #[test]
    fn a_line_is_short_and_has_no_secret() {
        // REQ-THREAD-06, I8
        let long = format!("echo {}", "x".repeat(500));
        assert!(texts(&[call("bash", &long)])[0].chars().count() < 150);
        let calls = [call("bash", "curl -H 'Authorization: Bearer abcdef123456' x.test")];
        assert!(!format!("{:?}", undecided(&calls)).contains("abcdef123456"));
    }
}
