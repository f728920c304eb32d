//! Checks: what a session's pod does for them, and who carries them out.

use super::PodRefused;
use futures_util::future::BoxFuture;
use gateway_domain::{CheckOrder, CheckOutcome, CheckOutput, CheckRun, ProjectFiles};
use std::collections::BTreeMap;
use std::time::Duration;

/// Commands of checks in pods.
pub trait PodChecks: Send + Sync + 'static {
    /// What of these files is in the session's directory, as its agent could read it.
    fn look<'a>(
        &'a self,
        session: &'a str,
        files: &'a [&'a str],
    ) -> BoxFuture<'a, Result<ProjectFiles, PodRefused>>;

    /// Started again for the same check, it is the same run.
    fn start<'a>(
        &'a self,
        pod: &'a str,
        request_id: String,
        check: StartCheck,
    ) -> BoxFuture<'a, Result<(), CheckFault>>;

    /// What came of it, once it has ended.
    fn ended<'a>(
        &'a self,
        pod: &'a str,
        request_id: String,
        session: String,
        check: String,
    ) -> BoxFuture<'a, Result<CheckOutput, CheckFault>>;

    /// Ends it. One that is over stays as it is.
    fn stop<'a>(
        &'a self,
        pod: &'a str,
        request_id: String,
        session: String,
        check: String,
    ) -> BoxFuture<'a, Result<(), CheckFault>>;

    /// What came of checks that its agent wanted.
    fn tell<'a>(
        &'a self,
        pod: &'a str,
        request_id: String,
        session: String,
        wish: String,
        summary: String,
    ) -> BoxFuture<'a, Result<(), CheckFault>>;
}

#[derive(Clone, Debug)]
pub struct StartCheck {
    pub session: String,
    pub check: String,
    pub command: String,
    pub environment: BTreeMap<String, String>,
    pub limit: Duration,
    pub report: Option<String>,
    /// On the code from before the session's changes.
    pub before: bool,
}

/// Why a pod did not do it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckFault {
    /// Its OpenCode started since, and knows nothing of it.
    Lost,
    Refused(String),
    /// Nobody knows; it is asked again.
    Unknown,
}

/// Carries out what sessions order about checks.
pub trait CheckHands: Send + Sync + 'static {
    fn carry_out<'a>(
        &'a self,
        pod: &'a str,
        request_id: &'a str,
        order: CheckOrder,
    ) -> BoxFuture<'a, CheckOutcome>;

    /// A check is over: it is measured.
    fn ended(&self, run: &CheckRun);
}

/// Where no check runs.
pub struct NoChecks;

impl CheckHands for NoChecks {
    fn carry_out<'a>(&'a self, _: &'a str, _: &'a str, _: CheckOrder) -> BoxFuture<'a, CheckOutcome> {
        Box::pin(async { CheckOutcome::Refused { why: "no checks run here".to_owned() } })
    }

    fn ended(&self, _: &CheckRun) {}
}

impl PodChecks for NoChecks {
    fn look<'a>(&'a self, _: &'a str, _: &'a [&'a str]) -> BoxFuture<'a, Result<ProjectFiles, PodRefused>> {
        Box::pin(async { Ok(ProjectFiles::default()) })
    }

    fn start<'a>(&'a self, _: &'a str, _: String, _: StartCheck) -> BoxFuture<'a, Result<(), CheckFault>> {
        Box::pin(async { Err(CheckFault::Lost) })
    }

    fn ended<'a>(
        &'a self,
        _: &'a str,
        _: String,
        _: String,
        _: String,
    ) -> BoxFuture<'a, Result<CheckOutput, CheckFault>> {
        Box::pin(async { Err(CheckFault::Lost) })
    }

    fn stop<'a>(
        &'a self,
        _: &'a str,
        _: String,
        _: String,
        _: String,
    ) -> BoxFuture<'a, Result<(), CheckFault>> {
        Box::pin(async { Ok(()) })
    }

    fn tell<'a>(
        &'a self,
        _: &'a str,
        _: String,
        _: String,
        _: String,
        _: String,
    ) -> BoxFuture<'a, Result<(), CheckFault>> {
        Box::pin(async { Err(CheckFault::Lost) })
    }
}
