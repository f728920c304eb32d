//! One attempt from its apply to its end: applied again while the cluster can't take it, judged with every change, told to its
//! session.

use super::api_fault::Fault;
use super::apply::apply;
use super::certificate::CertificateLook;
use super::judge::{Attempt, Judgement, judge};
use super::lab_place::label_value;
use super::manifests::LabSpec;
use super::outage::Outage;
use super::pod_logs;
use super::seen::SeenCluster;
use crate::clock::Clock;
use crate::sessions::ports::LabNews;
use futures_util::future::OptionFuture;
use gateway_domain::{LabFault, LabSeen, LabSight};
use jiff::{SignedDuration, Timestamp};
use kube::Client;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Between two looks where nothing changed: some failures are a matter of time. Never more seldom than five seconds.
const LOOK: Duration = Duration::from_secs(1);

/// An outage that is shorter is none, and what is seen of the deployment may come before what is seen of its pods.
const OUTAGE_AFTER: SignedDuration = SignedDuration::from_secs(2);

/// Between two tries to apply.
const AGAIN: Duration = Duration::from_secs(2);

/// What is waited for is told again after so many looks: the session may not have listened yet.
const TOLD_AGAIN: u32 = 5;

/// What a watch works with.
#[derive(Clone)]
pub(super) struct WatchParts {
    pub(super) client: Client,
    pub(super) seen: Arc<SeenCluster>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) news: mpsc::Sender<LabNews>,
}

/// What others hold of it.
pub(super) struct AttemptWatch {
    pub(super) session: String,
    pub(super) name: String,
    pub(super) namespace: String,
    begun: Timestamp,
    /// Nobody wants it any more.
    pub(super) unwanted: CancellationToken,
    /// It failed, and nobody looks any more.
    pub(super) over: CancellationToken,
    newest: Mutex<Option<LabSight>>,
    log: Mutex<Option<String>>,
}

impl AttemptWatch {
    pub(super) fn new(spec: &LabSpec, begun: Timestamp) -> Self {
        Self {
            begun,
            session: spec.session.clone(),
            name: spec.attempt.clone(),
            namespace: spec.place.namespace.clone(),
            unwanted: CancellationToken::new(),
            over: CancellationToken::new(),
            newest: Mutex::new(None),
            log: Mutex::new(None),
        }
    }

    pub(super) fn newest(&self) -> Option<LabSight> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Its last words, or those that were kept of it.
    pub(super) async fn log(&self, parts: &WatchParts) -> Option<String> {
        let pods = parts.seen.of(&self.namespace, &label_value(&self.name)).pods;
        let lines = pod_logs::last_lines(&parts.client, &self.namespace, &pods).await;
        let mut kept = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.is_some() {
            kept.clone_from(&lines);
        }
        kept.clone()
    }

    fn notes(&self, what: &LabSight) -> bool {
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = newest.as_ref() != Some(what);
        *newest = Some(what.clone());
        is_news
    }

    /// Until it failed or nobody wants it. `applied`: what came of the first try.
    pub(super) async fn watch(
        self: Arc<Self>,
        spec: LabSpec,
        parts: WatchParts,
        applied: Result<i64, Fault>,
        stop: CancellationToken,
    ) {
        let watching = async {
            let (mut attempt, url) = (attempt(&spec, self.begun), spec.place.url());
            let certificate = CertificateLook::of(&parts.client, &spec);
            match self.applied(spec, &parts, applied).await {
                Ok(generation) => attempt.generation = generation,
                Err(fault) => return self.ended(fault.fault, fault.sentence, &parts).await,
            }
            self.until_it_fails(attempt, &url, certificate, &parts).await;
        };
        tokio::select! {
            () = watching => {}
            () = self.unwanted.cancelled() => {}
            () = stop.cancelled() => {}
        }
        self.over.cancel();
    }

    /// The generation that the cluster gave it. The session's time runs meanwhile. The files are in memory no longer than this takes.
    async fn applied(
        &self,
        spec: LabSpec,
        parts: &WatchParts,
        mut applied: Result<i64, Fault>,
    ) -> Result<i64, Fault> {
        loop {
            match applied {
                Ok(generation) => return Ok(generation),
                Err(fault) if !fault.passes => return Err(fault),
                Err(fault) => self.tell(LabSight::Waiting { why: fault.sentence }, true, parts).await,
            }
            tokio::time::sleep(AGAIN).await;
            applied = apply(&parts.client, &spec).await;
        }
    }

    async fn until_it_fails(
        &self,
        mut attempt: Attempt,
        url: &str,
        mut certificate: Option<CertificateLook>,
        parts: &WatchParts,
    ) {
        let mut changes = parts.seen.changes();
        let mut looks: u32 = 0;
        let mut down_since = None;
        loop {
            changes.mark_unchanged();
            let seen = parts.seen.of(&attempt.namespace, &attempt.label);
            let again = looks.is_multiple_of(TOLD_AGAIN);
            let now = parts.clock.now();
            match judge(&seen, &attempt, now) {
                Judgement::Waiting(why) => self.tell(LabSight::Waiting { why }, again, parts).await,
                Judgement::Down(Outage { since, why, moves }) => {
                    attempt.since = now;
                    if now.duration_since(*down_since.get_or_insert(now)) >= OUTAGE_AFTER {
                        self.tell(LabSight::Down { since, why, moves }, again, parts).await;
                    }
                }
                Judgement::Ready => {
                    down_since = None;
                    // Whatever happens to it later has its own time to get well again.
                    (attempt.since, attempt.was_ready) = (now, true);
                    self.tell(LabSight::Ready { url: url.to_owned() }, false, parts).await;
                    let look = certificate.as_mut().map(|look| look.news(now));
                    if let Some(sight) = OptionFuture::from(look).await.flatten() {
                        self.send(sight, parts).await;
                    }
                }
                Judgement::Failed(fault, why) => return self.ended(fault, why, parts).await,
            }
            looks = looks.wrapping_add(1);
            // Whoever has no more changes to tell is being stopped, and so is this.
            let _ = tokio::time::timeout(LOOK, changes.changed()).await;
        }
    }

    async fn ended(&self, fault: LabFault, why: String, parts: &WatchParts) {
        let log = self.log(parts).await;
        self.tell(LabSight::Ended { fault, why, log }, true, parts).await;
    }

    /// How it stands, if that is news.
    async fn tell(&self, what: LabSight, again: bool, parts: &WatchParts) {
        if self.notes(&what) || again {
            self.send(what, parts).await;
        }
    }

    /// A gateway that stops hears no news.
    async fn send(&self, what: LabSight, parts: &WatchParts) {
        let seen = LabSeen { attempt: self.name.clone(), what };
        let _ = parts.news.send((self.session.clone(), seen)).await;
    }
}

fn attempt(spec: &LabSpec, since: Timestamp) -> Attempt {
    Attempt {
        label: label_value(&spec.attempt),
        name: spec.place.name.clone(),
        namespace: spec.place.namespace.clone(),
        image: spec.plan.image.clone().unwrap_or_default(),
        ready: spec.plan.ready.clone(),
        port: spec.port(),
        memory_mib: spec.config.memory_mib,
        since,
        was_ready: false,
        generation: 0,
    }
}
