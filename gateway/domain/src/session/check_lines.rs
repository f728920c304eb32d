//! What people read of checks in the thread: one line a check, and an overall line where there are several (REQ-CHECK-04).

use super::comparison;
use crate::checks::{CheckEnd, CheckRun, CheckVerdict, TestReport};
use crate::thread::Tone;
use crate::words::{count, duration};
use jiff::SignedDuration;

/// Failures that are named in a message; the details have the others.
const NAMED: usize = 10;

/// A message about checks that were wanted together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CheckLine {
    pub(crate) tone: Tone,
    pub(crate) text: String,
    pub(crate) details: Option<String>,
}

/// As they are now.
pub(crate) fn told(runs: &[&CheckRun]) -> CheckLine {
    let lines: Vec<_> = runs.iter().map(|run| line(run)).collect();
    let text = match comparison::told(runs).or_else(|| overall(runs)) {
        Some(overall) => format!("{overall}\n{}", lines.join("\n")),
        None => lines.join("\n"),
    };
    CheckLine { tone: tone(runs), text, details: details(runs) }
}

fn line(run: &CheckRun) -> String {
    let Some(end) = &run.end else { return under_way(run) };
    let (title, name) = (title(run), run.spec.shown_name());
    let told = match end.verdict {
        CheckVerdict::Passed => format!("✅ {title}: {}", passed(end)),
        CheckVerdict::Failed => format!("❌ {title}: {}", failed(end)),
        CheckVerdict::Unclear => format!("❔ {title}: it ran, and the result is unclear. {}", why(end)),
        CheckVerdict::NoTests => format!("⏭️ Tests skipped: {}", small(why(end))),
        CheckVerdict::MissingDependencies => format!("⚠️ {title}: not run to the end. {}", why(end)),
        CheckVerdict::TimedOut => {
            format!("⏱️ {title}: stopped after the time limit of {}", seconds(run.spec.limit_seconds))
        }
        CheckVerdict::Stopped => format!("⏹️ {title}: stopped{}", by(run.stopped_by.as_deref())),
        CheckVerdict::Interrupted => format!("⚠️ {title}: interrupted. {}", why(end)),
        CheckVerdict::Skipped => format!("⏭️ {title} skipped: {}", why(end)),
    };
    let below: String = below(end).iter().map(|line| format!("\n    {line}")).collect();
    format!("{} · {name}{}{below}", told.trim_end(), code(end))
}

/// What ran, and on which code where that is not the session's.
fn title(run: &CheckRun) -> String {
    let when = if run.before { " before the change" } else { "" };
    format!("{}{when}", run.spec.kind.title())
}

fn under_way(run: &CheckRun) -> String {
    let (kind, doing) = (run.spec.kind, run.spec.doing());
    let doing = if run.before { format!("{doing}, on the code from before") } else { doing };
    match (&run.stopped_by, run.started_at) {
        (Some(by), _) => format!("⏹️ Being stopped by {by}: {doing}"),
        (None, Some(_)) => format!("🧪 Running {}: {doing}", kind.word()),
        (None, None) => format!("⏳ Waiting for its turn: {doing}"),
    }
}

fn passed(end: &CheckEnd) -> String {
    match &end.report {
        Some(report) => {
            let ran = report.passed.saturating_add(report.failed);
            format!("{}/{ran} passing{} ({})", report.passed, skipped(report), took(end))
        }
        None => format!("passed ({}). {}", took(end), why(end)),
    }
}

fn failed(end: &CheckEnd) -> String {
    let Some(report) = end.report.as_ref().filter(|report| report.failed > 0) else {
        return format!("failed ({}). {}", took(end), why(end));
    };
    let ran = report.passed.saturating_add(report.failed);
    format!("{} of {ran} failed{} ({})", report.failed, skipped(report), took(end))
}

/// The failures by name, each on a line of its own.
fn below(end: &CheckEnd) -> Vec<String> {
    let Some(report) =
        end.report.as_ref().filter(|report| end.verdict == CheckVerdict::Failed && report.failed > 0)
    else {
        return vec![];
    };
    let mut lines: Vec<_> = report.failures.iter().take(NAMED).map(|name| format!("✖ {name}")).collect();
    let more = report.failed.saturating_sub(lines.len() as u64);
    lines.extend((more > 0).then(|| format!("… and {more} more")));
    lines.extend(end.why.clone());
    lines
}

fn skipped(report: &TestReport) -> String {
    if report.skipped == 0 { String::new() } else { format!(", {} skipped", report.skipped) }
}

fn why(end: &CheckEnd) -> &str {
    end.why.as_deref().unwrap_or_default()
}

/// Seconds that people wait for, in their words. What takes less than one says so.
fn took(end: &CheckEnd) -> String {
    let ms = end.took_ms;
    if ms < 1_000 {
        format!("{:.1} s", f64::from(u32::try_from(ms).unwrap_or(0)) / 1_000.0)
    } else {
        seconds(ms.saturating_add(500) / 1_000)
    }
}

fn seconds(seconds: u64) -> String {
    if seconds < 120 {
        format!("{seconds} s")
    } else {
        duration(SignedDuration::from_secs(seconds.cast_signed()))
    }
}

fn by(person: Option<&str>) -> String {
    person.map(|person| format!(" by {person}")).unwrap_or_default()
}

/// A sentence within another.
fn small(sentence: &str) -> String {
    let mut chars = sentence.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

/// The commit that it ran on, where the pod could tell.
fn code(end: &CheckEnd) -> String {
    let Some(code) = &end.code else { return String::new() };
    let Some(commit) = &code.commit else { return String::new() };
    let short = commit.get(..8).unwrap_or(commit);
    let more = match (code.changed_meanwhile, code.uncommitted) {
        (true, _) => ", and files changed while it ran",
        (_, true) => " and uncommitted changes",
        _ => "",
    };
    format!(" · {short}{more}")
}

/// Where there are several.
fn overall(runs: &[&CheckRun]) -> Option<String> {
    if runs.len() < 2 {
        return None;
    }
    let ended = runs.iter().filter(|run| run.is_over()).count();
    if ended < runs.len() {
        return Some(format!("🧪 {ended} of {} are done", count(runs.len(), "check")));
    }
    let of = |verdict: CheckVerdict| runs.iter().filter(|run| verdict_of(run) == Some(verdict)).count();
    let (passed, failed) = (of(CheckVerdict::Passed), of(CheckVerdict::Failed));
    Some(match (passed, failed) {
        (passed, _) if passed == runs.len() => format!("✅ All {} passed", count(passed, "check")),
        (_, 0) => format!(
            "⚠️ {passed} of {} passed; none failed, the others have no result",
            count(runs.len(), "check")
        ),
        (_, failed) => format!("❌ {failed} of {} failed", count(runs.len(), "check")),
    })
}

fn verdict_of(run: &CheckRun) -> Option<CheckVerdict> {
    run.end.as_ref().map(|end| end.verdict)
}

/// The worst of all that ended; while one is under way there is nothing to say yet.
fn tone(runs: &[&CheckRun]) -> Tone {
    if let Some(tone) = comparison::tone(runs) {
        return tone;
    }
    let all: Vec<_> = runs.iter().map(|run| verdict_of(run)).collect();
    if all.contains(&None) {
        return Tone::Info;
    }
    let has = |verdict: CheckVerdict| all.contains(&Some(verdict));
    let harmless = |verdict: &Option<CheckVerdict>| {
        matches!(verdict, Some(CheckVerdict::NoTests | CheckVerdict::Skipped | CheckVerdict::Stopped))
    };
    match () {
        () if has(CheckVerdict::Failed) || has(CheckVerdict::TimedOut) => Tone::Error,
        () if all.iter().all(|verdict| *verdict == Some(CheckVerdict::Passed)) => Tone::Good,
        () if all.iter().all(harmless) => Tone::Info,
        () if all.iter().all(|verdict| harmless(verdict) || *verdict == Some(CheckVerdict::Passed)) => {
            Tone::Good
        }
        () => Tone::Warning,
    }
}

/// What was printed, of those that did not pass.
fn details(runs: &[&CheckRun]) -> Option<String> {
    let shown = runs.iter().filter_map(|run| {
        let end =
            run.end.as_ref().filter(|end| end.verdict != CheckVerdict::Passed && !end.tail.is_empty())?;
        Some(format!("{}\n{}", run.spec.shown_name(), end.tail))
    });
    let all: Vec<_> = shown.collect();
    (!all.is_empty()).then(|| all.join("\n\n"))
}
