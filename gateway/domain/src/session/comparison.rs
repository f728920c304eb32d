//! "Fails before, passes after": a check on the code from before the session's changes, beside the same check on the work
//! (REQ-CHECK-06). It says which of both held.

use crate::checks::{CheckRun, CheckVerdict, TestReport};
use crate::thread::Tone;
use crate::words::count;

/// Tests that are named one by one.
const NAMED: usize = 5;

/// How both ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Shown {
    /// It fails before and passes after: what a fix has to show.
    Mended,
    /// Both pass: the tests don't show what the change is for.
    PassedBefore,
    /// One of both has no result.
    Unknown,
    StillFails,
    Broken,
}

/// A line for each check that was compared, once all of it has ended. None where nothing is compared.
pub(super) fn told(runs: &[&CheckRun]) -> Option<String> {
    let pairs = ended_pairs(runs)?;
    Some(
        pairs
            .iter()
            .map(|(before, after)| line(before, after, pairs.len() > 1))
            .collect::<Vec<_>>()
            .join("\n"),
    )
}

/// That a test fails before is no bad news. The worst of the pairs counts.
pub(super) fn tone(runs: &[&CheckRun]) -> Option<Tone> {
    let worst = ended_pairs(runs)?.iter().map(|(before, after)| shown(before, after)).max()?;
    Some(match worst {
        Shown::Mended => Tone::Good,
        Shown::PassedBefore | Shown::Unknown => Tone::Warning,
        Shown::StillFails | Shown::Broken => Tone::Error,
    })
}

fn ended_pairs<'a>(runs: &[&'a CheckRun]) -> Option<Vec<(&'a CheckRun, &'a CheckRun)>> {
    let after =
        |before: &CheckRun| runs.iter().find(|run| !run.before && run.spec.name == before.spec.name).copied();
    let compared = runs.iter().filter(|run| run.before);
    let pairs: Vec<_> = compared.filter_map(|before| Some((*before, after(before)?))).collect();
    (!pairs.is_empty() && runs.iter().all(|run| run.is_over())).then_some(pairs)
}

fn shown(before: &CheckRun, after: &CheckRun) -> Shown {
    match (verdict(before), verdict(after)) {
        (Some(CheckVerdict::Failed), Some(CheckVerdict::Passed)) => Shown::Mended,
        (Some(CheckVerdict::Passed), Some(CheckVerdict::Passed)) => Shown::PassedBefore,
        (Some(CheckVerdict::Failed), Some(CheckVerdict::Failed)) => Shown::StillFails,
        (Some(CheckVerdict::Passed), Some(CheckVerdict::Failed)) => Shown::Broken,
        _ => Shown::Unknown,
    }
}

fn verdict(run: &CheckRun) -> Option<CheckVerdict> {
    run.end.as_ref().map(|end| end.verdict)
}

fn line(before: &CheckRun, after: &CheckRun, is_one_of_many: bool) -> String {
    let told = match shown(before, after) {
        Shown::Mended => format!("✅ Fails before, passes after: both held.{}", mended(before, after)),
        Shown::PassedBefore => "⚠️ Fails before: no, it passes there too. Passes after: yes. These tests don't show what the change is for.".to_owned(),
        Shown::Unknown => format!("❔ Not comparable: before, {}; after, {}.", word(before), word(after)),
        Shown::StillFails => format!("❌ Fails before: yes. Passes after: no, it still fails.{}", mended(before, after)),
        Shown::Broken => "❌ Fails before: no, it passes there. Passes after: no. The change breaks it.".to_owned(),
    };
    if is_one_of_many { format!("{told} · {}", before.spec.shown_name()) } else { told }
}

/// The tests that failed before and no longer do, as far as both reports name them all.
fn mended(before: &CheckRun, after: &CheckRun) -> String {
    let (Some(failed), Some(still)) = (failures(before), failures(after)) else { return String::new() };
    let mended: Vec<_> = failed.iter().filter(|name| !still.contains(name)).map(String::as_str).collect();
    if mended.is_empty() {
        return String::new();
    }
    let named = mended[..mended.len().min(NAMED)].join(", ");
    let more = mended.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!(" {} failed before and no longer: {named}{more}.", count(mended.len(), "test"))
}

fn failures(run: &CheckRun) -> Option<&[String]> {
    let names_all = |report: &&TestReport| report.failures.len() as u64 == report.failed;
    run.end.as_ref()?.report.as_ref().filter(names_all).map(|report| report.failures.as_slice())
}

fn word(run: &CheckRun) -> String {
    verdict(run).map_or_else(|| "nothing yet".to_owned(), |verdict| verdict.value().replace('_', " "))
}
