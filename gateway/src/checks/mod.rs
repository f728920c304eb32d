//! Carries out checks: in a session's pod, where the toolchains are and the guard is, or by fetching an address from here. What it
//! brings back is judged by the domain; what was printed is kept on the shelf, without its secrets, before the record names it.

mod acceptance;
mod metrics;

pub use metrics::CheckMetrics;

use crate::sessions::Attachment;
use crate::sessions::ports::{CheckFault, CheckHands, FileShelf, PodChecks, StartCheck};
use acceptance::Fetcher;
use futures_util::future::BoxFuture;
use gateway_domain::{
    CheckEnd, CheckOrder, CheckOutcome, CheckOutput, CheckRun, FileNote, judge_check, shown_output,
};
use std::sync::Arc;
use std::time::Duration;

/// What a kept output is called when somebody saves it.
const OUTPUT: &str = "output.txt";

pub struct Checker {
    pods: Arc<dyn PodChecks>,
    shelf: Arc<dyn FileShelf>,
    fetcher: Fetcher,
    metrics: CheckMetrics,
}

impl Checker {
    pub fn new(pods: Arc<dyn PodChecks>, shelf: Arc<dyn FileShelf>, metrics: CheckMetrics) -> Self {
        Self { pods, shelf, fetcher: Fetcher::default(), metrics }
    }

    async fn done(&self, pod: &str, id: String, order: CheckOrder) -> Result<CheckOutcome, CheckFault> {
        match order {
            CheckOrder::Start { session, check, command, environment, limit_seconds, report, before } => {
                let limit = Duration::from_secs(limit_seconds);
                let start = StartCheck { session, check, command, environment, limit, report, before };
                self.pods.start(pod, id, start).await.map(|()| CheckOutcome::Started)
            }
            CheckOrder::Await { session, check, configured } => {
                let output = self.pods.ended(pod, id, session, check.clone()).await?;
                Ok(CheckOutcome::Ended(Box::new(self.kept(&check, configured, output).await)))
            }
            CheckOrder::Stop { session, check } => {
                self.pods.stop(pod, id, session, check).await.map(|()| CheckOutcome::Started)
            }
            CheckOrder::Tell { session, wish, text } => {
                self.pods.tell(pod, id, session, wish, text).await.map(|()| CheckOutcome::Started)
            }
            CheckOrder::Fetch { url, status, text, limit_seconds, .. } => {
                let limit = Duration::from_secs(limit_seconds);
                let end = self.fetcher.look(&url, status, text.as_deref(), limit).await;
                Ok(CheckOutcome::Ended(Box::new(end)))
            }
        }
    }

    /// Without the disk there is a result all the same; only what was printed is not kept beyond its tail.
    async fn kept(&self, check: &str, configured: bool, output: CheckOutput) -> CheckEnd {
        let printed = shown_output(&output.printed).into_bytes();
        let end = judge_check(configured, output);
        let Ok(note) = FileNote::of(OUTPUT, &printed) else { return end };
        match self.shelf.put(check, vec![Attachment { note: note.clone(), content: printed }]).await {
            Ok(()) => CheckEnd { output: Some(note), ..end },
            Err(error) => {
                tracing::warn!(check, %error, "output of a check not saved");
                end
            }
        }
    }
}

impl CheckHands for Checker {
    fn carry_out<'a>(
        &'a self,
        pod: &'a str,
        request_id: &'a str,
        order: CheckOrder,
    ) -> BoxFuture<'a, CheckOutcome> {
        Box::pin(async move {
            self.done(pod, request_id.to_owned(), order).await.unwrap_or_else(|fault| match fault {
                CheckFault::Lost => CheckOutcome::Lost,
                CheckFault::Refused(why) => CheckOutcome::Refused { why },
                CheckFault::Unknown => CheckOutcome::Unknown,
            })
        })
    }

    fn ended(&self, run: &CheckRun) {
        self.metrics.ended(run);
    }
}
