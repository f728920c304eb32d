//! Runs the failed jobs of a run of Actions once more.

use super::Carry;
use crate::fault::ForgeFault;
use crate::visit::Visit;
use gateway_delivery::{Attempt, Outcome};
use hyper::Method;
use serde::Deserialize;

#[derive(Deserialize)]
struct RunShown {
    head_sha: String,
    status: Option<String>,
    run_attempt: Option<u64>,
}

impl RunShown {
    /// It runs again, or it did.
    fn was_rerun(&self) -> bool {
        self.run_attempt.unwrap_or(1) > 1 || self.status.as_deref() != Some("completed")
    }
}

pub(super) async fn rerun(visit: &Visit<'_>, head: &str, runs: &[u64], attempt: Attempt) -> Carry {
    let mut outcome = Outcome::Done;
    for run in runs {
        let shown = shown(visit, *run).await?;
        if shown.head_sha != head || attempt != Attempt::First && shown.was_rerun() {
            continue;
        }
        match attempt {
            Attempt::OnlyLook => outcome = Outcome::NotDone,
            _ => once_more(visit, *run).await?,
        }
    }
    Ok(outcome)
}

async fn shown(visit: &Visit<'_>, run: u64) -> Result<RunShown, ForgeFault> {
    visit.get(&format!("/actions/runs/{run}"), "The run of Actions").await
}

async fn once_more(visit: &Visit<'_>, run: u64) -> Result<(), ForgeFault> {
    let answer = visit.write(Method::POST, &format!("/actions/runs/{run}/rerun-failed-jobs"), None).await?;
    if answer.is_good() {
        return Ok(());
    }
    let refused = visit.refused(&answer, "The run of Actions").await;
    // It can't be run again because a person has done that already.
    if answer.status == 403 && shown(visit, run).await?.was_rerun() { Ok(()) } else { Err(refused) }
}
