//! Waiting for one's turn: of several gateways on one state folder one works, the others stand by.
//!
//! Without a cluster the lock file decides: it is free at once when its holder dies. In a cluster a lease decides, since
//! a network file system may keep a dead node's lock; whoever holds it takes the lock over, and the lock's number keeps
//! the one before from confirming anything more (store/lock.rs).

mod standby_page;

use crate::cluster::{Cluster, Term};
use crate::config::Standby;
use crate::front::Front;
use crate::store::{LockError, OpenError, TakeOver};
use anyhow::Context;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Between two attempts at the lock: what a hand-over may cost.
const RETRY_LOCK_EVERY: Duration = Duration::from_millis(200);

/// This gateway's turn: the state is open and its own.
pub struct Turn<S> {
    pub state: S,
    /// The lease, where there is one. It ends when the cluster gives it to another one.
    pub term: Option<Term>,
}

/// Waits until it is this gateway's turn; `None` when it was stopped before. Meanwhile it says that it stands by.
/// `open` takes the lock and opens the state; it is called again while another gateway holds the lock.
pub async fn wait<S>(
    standby: Standby,
    cluster: Option<&Cluster>,
    front: &mut Front,
    stop: &CancellationToken,
    open: impl AsyncFn(TakeOver) -> Result<S, OpenError>,
) -> anyhow::Result<Option<Turn<S>>> {
    let turn = async {
        match standby {
            Standby::Off => Ok(Turn { state: open(TakeOver::WhenFree).await?, term: None }),
            Standby::Lock => Ok(Turn { state: once_free(&open).await?, term: None }),
            Standby::Lease => elected(cluster, &open).await,
        }
    };
    if standby == Standby::Off {
        return turn.await.map(Some);
    }
    tokio::select! {
        turn = turn => turn.map(Some),
        () = stop.cancelled() => Ok(None),
        () = standby_page::show(front) => Err(anyhow::anyhow!("The listener failed")),
    }
}

/// Opens the state as soon as nobody else has it.
async fn once_free<S>(open: &impl AsyncFn(TakeOver) -> Result<S, OpenError>) -> Result<S, OpenError> {
    let mut said = false;
    loop {
        match open(TakeOver::WhenFree).await {
            Err(error @ OpenError::Lock(LockError::Held { .. })) if !said => {
                tracing::info!(holder = %error, "standing by");
                said = true;
            }
            Err(OpenError::Lock(LockError::Held { .. })) => {}
            other => return other,
        }
        tokio::time::sleep(RETRY_LOCK_EVERY).await;
    }
}

/// Opens the state once the cluster's lease is this gateway's, whatever the lock file says.
async fn elected<S>(
    cluster: Option<&Cluster>,
    open: &impl AsyncFn(TakeOver) -> Result<S, OpenError>,
) -> anyhow::Result<Turn<S>> {
    let cluster = cluster.context("GATEWAY_STANDBY is set to lease, but there is no cluster")?;
    cluster.show_role("standby").await;
    let term = cluster.lead().await;
    let state = open(TakeOver::Always).await?;
    cluster.show_role("active").await;
    Ok(Turn { state, term: Some(term) })
}
