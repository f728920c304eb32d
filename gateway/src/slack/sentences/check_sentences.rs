//! What the card of a session says of its checks.

use gateway_domain::{CheckRun, CheckVerdict, SessionCard};

/// Of those that were wanted last, on the work itself. Nothing where none ever ran.
pub(crate) fn checks(card: &SessionCard) -> Option<String> {
    let newest = card.checks.iter().rfind(|run| !run.before)?.batch.clone();
    let of_batch: Vec<_> = card.checks.iter().filter(|run| run.batch == newest && !run.before).collect();
    let under_way = of_batch.iter().filter(|run| !run.is_over()).count();
    if under_way > 0 {
        return Some("🧪 Checks are running".to_owned());
    }
    let of = |verdict| of_batch.iter().filter(|run| verdict_of(run) == Some(verdict)).count();
    let (passed, failed) = (of(CheckVerdict::Passed), of(CheckVerdict::Failed) + of(CheckVerdict::TimedOut));
    Some(match (passed, failed) {
        (passed, _) if passed == of_batch.len() => "✅ Checks passed".to_owned(),
        (_, 0) => "⚠️ Checks ended without a result".to_owned(),
        (_, failed) => format!("❌ {failed} of {} checks failed", of_batch.len()),
    })
}

fn verdict_of(run: &CheckRun) -> Option<CheckVerdict> {
    run.end.as_ref().map(|end| end.verdict)
}
