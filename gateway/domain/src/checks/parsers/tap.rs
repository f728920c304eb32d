//! TAP, with subtests before or after the line that sums them up.

use super::super::report::{Tally, TestReport};

/// A line that tells of one test.
struct TestLine<'a> {
    indent: usize,
    passed: bool,
    name: &'a str,
    /// It is told of the tests inside it, which stand in lines of their own.
    opens: bool,
    skipped: bool,
}

/// Only tests that hold no others count. Without a plan or a version it is some other text with an "ok" in it.
pub(super) fn read(text: &str) -> Option<TestReport> {
    let mut tally = Tally::default();
    let (mut planned, mut seen_at_top, mut deeper) = (None, 0_u64, vec![]);
    let mut is_tap = false;
    for line in text.lines() {
        is_tap |= line.trim_start().starts_with("TAP version ");
        if let Some(plan) = top_plan(line) {
            (planned, is_tap) = (Some(plan), true);
        }
        if line.starts_with("Bail out!") {
            tally.fail(line);
        }
        let Some(told) = told(line) else { continue };
        seen_at_top += u64::from(told.indent == 0);
        // What was told further in since the last line out here belongs to this one.
        let holds_others = told.opens || deeper.iter().any(|indent| *indent > told.indent);
        deeper.retain(|indent| *indent <= told.indent);
        if !deeper.contains(&told.indent) {
            deeper.push(told.indent);
        }
        match (holds_others, told.skipped, told.passed) {
            (true, ..) => {}
            (_, true, _) => tally.skip(),
            (_, _, true) => tally.pass(),
            (_, _, false) => tally.fail(told.name),
        }
    }
    if !is_tap || seen_at_top == 0 && planned != Some(0) {
        return None;
    }
    if let Some(lost) = planned.and_then(|planned| planned.checked_sub(seen_at_top)).filter(|lost| *lost > 0)
    {
        tally.failed = tally.failed.saturating_add(lost);
        tally.name(&format!("{lost} of the planned tests did not report"));
    }
    tally.took_ms = duration(text);
    Some(tally.report("TAP"))
}

fn top_plan(line: &str) -> Option<u64> {
    let rest = line.strip_prefix("1..")?;
    rest.split('#').next()?.trim().parse().ok()
}

fn told(line: &str) -> Option<TestLine<'_>> {
    let trimmed = line.trim_start();
    let indent = line.len() - trimmed.len();
    let (passed, rest) = match trimmed.strip_prefix("not ok") {
        Some(rest) => (false, rest),
        None => (true, trimmed.strip_prefix("ok")?),
    };
    if !rest.is_empty() && !rest.starts_with(' ') {
        return None;
    }
    let (rest, opens) = rest.trim_end().strip_suffix('{').map_or((rest, false), |rest| (rest, true));
    let (name, directive) = rest.split_once(" # ").unwrap_or((rest, ""));
    let directive = directive.to_uppercase();
    let skipped = directive.starts_with("SKIP") || directive.starts_with("TODO");
    let name = name.trim().trim_start_matches(|c: char| c.is_ascii_digit()).trim_start();
    let name = name.strip_prefix("- ").unwrap_or(name);
    Some(TestLine { indent, passed, name, opens, skipped })
}

/// Node adds it at the end.
fn duration(text: &str) -> Option<u64> {
    let ms: f64 =
        text.lines().rev().find_map(|line| line.strip_prefix("# duration_ms "))?.trim().parse().ok()?;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "looked at just before")]
    (0.0..1e12).contains(&ms).then(|| ms.round() as u64)
}
