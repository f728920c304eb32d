//! One leader by a `coordination.k8s.io` lease: taken with the version that was read, so that of two only one gets it.
//!
//! Clocks of two nodes are never compared: a lease counts as abandoned when it has not changed for its whole time on
//! this process's own clock. The leader renews it well before, and gives up before others may take it.

use super::Cluster;
use crate::clock::Clock;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use kube::Api;
use kube::api::{ObjectMeta, PostParams};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};
use tokio_util::sync::CancellationToken;

/// The lease's name; the role may touch no other.
pub(super) const LEASE: &str = "opencode-gateway";

/// The rhythm of a lease.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// Unchanged for this long, it is anybody's. With a look each `retry` a hand-over stays under 15 s.
    pub valid: Duration,
    pub renew: Duration,
    /// Without a renewal for this long the leader stops: before anybody else may begin.
    pub give_up: Duration,
    pub retry: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            valid: Duration::from_secs(10),
            renew: Duration::from_secs(2),
            give_up: Duration::from_secs(7),
            retry: Duration::from_secs(1),
        }
    }
}

/// The time in which this gateway leads.
pub struct Term {
    lost: CancellationToken,
    stop: CancellationToken,
    renewing: JoinHandle<()>,
}

impl Term {
    /// Completes when another one may lead.
    pub async fn lost(&self) {
        self.lost.cancelled().await;
    }

    pub fn is_lost(&self) -> bool {
        self.lost.is_cancelled()
    }

    /// Gives the lease back, so that a standby need not wait for its end.
    pub async fn end(self) {
        self.stop.cancel();
        if self.renewing.await.is_err() {
            tracing::warn!("lease not released; it expires by itself");
        }
    }
}

impl Cluster {
    /// Waits until this gateway leads, and keeps it so until the term ends. A gateway that stops leads until its state is
    /// flushed, so the end is `Term::end` and nothing else.
    pub async fn lead(&self) -> Term {
        let mut candidate = Candidate::new(self);
        while !candidate.takes().await {
            sleep(self.times.retry).await;
        }
        tracing::info!(lease = LEASE, pod = self.identity.pod, "lease acquired: this gateway is active");
        let (lost, stop) = (CancellationToken::new(), CancellationToken::new());
        // Joined by `Term::end`; it ends with its token.
        let renewing = tokio::spawn(candidate.keep(stop.clone(), lost.clone()));
        Term { lost, stop, renewing }
    }
}

/// Somebody who wants the lease, or has it.
struct Candidate {
    leases: Api<Lease>,
    holder: String,
    times: Times,
    clock: Arc<dyn Clock>,
    /// The version that was last seen, and since when.
    seen: Option<(String, Instant)>,
    told: Option<String>,
}

impl Candidate {
    fn new(cluster: &Cluster) -> Self {
        let leases = Api::namespaced(cluster.client.clone(), &cluster.identity.namespace);
        let (holder, clock) = (cluster.identity.pod.clone(), Arc::clone(&cluster.clock));
        Self { leases, holder, times: cluster.times, clock, seen: None, told: None }
    }

    /// One attempt; whether the lease is ours.
    async fn takes(&mut self) -> bool {
        match timeout(self.times.give_up, self.attempt()).await {
            Ok(Ok(ours)) => ours,
            Ok(Err(error)) => {
                tracing::warn!(%error, "lease cannot be acquired; retrying");
                false
            }
            Err(_) => false,
        }
    }

    async fn attempt(&mut self) -> Result<bool, kube::Error> {
        let params = PostParams::default();
        let Some(lease) = self.leases.get_opt(LEASE).await? else {
            return won(self.leases.create(&params, &self.claim(None)).await);
        };
        if !self.is_free(&lease) {
            return Ok(false);
        }
        won(self.leases.replace(LEASE, &params, &self.claim(Some(lease))).await)
    }

    /// Nobody's, ours from before, or unchanged for its whole time.
    fn is_free(&mut self, lease: &Lease) -> bool {
        let holder = lease.spec.as_ref().and_then(|spec| spec.holder_identity.as_deref()).unwrap_or_default();
        if holder.is_empty() || holder == self.holder {
            return true;
        }
        if self.told.as_deref() != Some(holder) {
            tracing::info!(holder, "standing by");
            self.told = Some(holder.to_owned());
        }
        let version = lease.metadata.resource_version.clone().unwrap_or_default();
        match &self.seen {
            Some((seen, since)) if *seen == version => since.elapsed() >= self.times.valid,
            _ => {
                self.seen = Some((version, Instant::now()));
                false
            }
        }
    }

    /// The lease as it is when it is ours, on top of the version that was read.
    fn claim(&self, found: Option<Lease>) -> Lease {
        let now = MicroTime(self.clock.now());
        let mut lease = found.unwrap_or_else(|| Lease {
            metadata: ObjectMeta { name: Some(LEASE.to_owned()), ..ObjectMeta::default() },
            spec: None,
        });
        let before = lease.spec.take().unwrap_or_default();
        let changes_hands = before.holder_identity.as_deref() != Some(self.holder.as_str());
        lease.spec = Some(LeaseSpec {
            holder_identity: Some(self.holder.clone()),
            lease_duration_seconds: Some(
                i32::try_from(self.times.valid.as_secs().max(1)).unwrap_or(i32::MAX),
            ),
            acquire_time: if changes_hands { Some(now.clone()) } else { before.acquire_time },
            lease_transitions: Some(before.lease_transitions.unwrap_or(0) + i32::from(changes_hands)),
            renew_time: Some(now),
            ..LeaseSpec::default()
        });
        lease
    }

    /// Renews until told to stop, or until it is lost.
    async fn keep(mut self, stop: CancellationToken, lost: CancellationToken) {
        let mut ticks = interval(self.times.renew);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut renewed = Instant::now();
        loop {
            tokio::select! {
                () = stop.cancelled() => return self.give_back().await,
                _ = ticks.tick() => {}
            }
            let left = self.times.give_up.saturating_sub(renewed.elapsed());
            match timeout(left, self.attempt()).await {
                Ok(Ok(true)) => renewed = Instant::now(),
                Ok(Ok(false)) => break tracing::error!("lease taken over by another gateway; stopping"),
                Ok(Err(error)) => tracing::warn!(%error, "lease not renewed; retrying"),
                Err(_) => {}
            }
            if renewed.elapsed() >= self.times.give_up {
                break tracing::error!("lease not renewed in time; stopping");
            }
        }
        lost.cancel();
    }

    async fn give_back(&self) {
        let given = async {
            let Some(mut lease) = self.leases.get_opt(LEASE).await? else { return Ok(()) };
            let Some(spec) =
                lease.spec.as_mut().filter(|spec| spec.holder_identity.as_ref() == Some(&self.holder))
            else {
                return Ok(());
            };
            spec.holder_identity = Some(String::new());
            self.leases.replace(LEASE, &PostParams::default(), &lease).await.map(drop)
        };
        if let Ok(Err(error)) = timeout(self.times.retry, given).await {
            let error: kube::Error = error;
            tracing::warn!(%error, "lease not released; it expires by itself");
        }
    }
}

/// Somebody else's write in between is no error: it is their lease then.
fn won(written: Result<Lease, kube::Error>) -> Result<bool, kube::Error> {
    match written {
        Ok(_) => Ok(true),
        Err(kube::Error::Api(refusal)) if refusal.code == 409 => Ok(false),
        Err(error) => Err(error),
    }
}
