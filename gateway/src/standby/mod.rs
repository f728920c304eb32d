//! Waiting for one's turn: of several gateways on one state folder one works, the others stand by.
//!
//! Without a cluster the lock file decides: it is free at once when its holder dies. In a cluster a lease decides, since
//! a network file system may keep a dead node's lock; whoever holds it takes the lock over, and the lock's number keeps
//! the one before from confirming anything more (store/lock.rs).

mod standby_page;

use crate::app::App;
use crate::clock;
use crate::cluster::{Cluster, Term};
use crate::config::{Config, Standby};
use crate::front::Front;
use crate::ids::IdSource;
use crate::store::{LockError, OpenError, TakeOver};
use anyhow::Context;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Between two looks at the lock: what a hand-over may cost.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// A gateway whose turn it is.
pub struct Turn {
    pub app: App,
    /// The lease, where there is one. It ends when the cluster gives it to another one.
    pub term: Option<Term>,
}

/// Waits until it is this gateway's turn; `None` when it was stopped before. Meanwhile it says that it stands by.
pub async fn wait(
    config: &Config,
    cluster: Option<&Cluster>,
    front: &mut Front,
    stop: &CancellationToken,
) -> anyhow::Result<Option<Turn>> {
    let waiting = Waiting { config, cluster, told: false };
    if config.standby == Standby::Off {
        return waiting.build(TakeOver::WhenFree).await.map(|app| Some(Turn { app, term: None }));
    }
    tokio::select! {
        turn = waiting.turn() => turn.map(Some),
        () = stop.cancelled() => Ok(None),
        () = standby_page::show(front) => Err(anyhow::anyhow!("No connection can be accepted any more")),
    }
}

struct Waiting<'a> {
    config: &'a Config,
    cluster: Option<&'a Cluster>,
    told: bool,
}

impl Waiting<'_> {
    async fn turn(mut self) -> anyhow::Result<Turn> {
        if self.config.standby == Standby::Lock {
            return Ok(Turn { app: self.by_lock().await?, term: None });
        }
        let cluster = self.cluster.context("GATEWAY_STANDBY is lease, but there is no cluster")?;
        cluster.show_role("standby").await;
        let term = cluster.lead().await;
        let app = self.build(TakeOver::Always).await?;
        cluster.show_role("active").await;
        Ok(Turn { app, term: Some(term) })
    }

    async fn by_lock(&mut self) -> anyhow::Result<App> {
        loop {
            match self.build(TakeOver::WhenFree).await {
                Err(error) if is_held(&error) => self.tell(&error),
                other => return other,
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    async fn build(&self, take_over: TakeOver) -> anyhow::Result<App> {
        let ids = IdSource::from_entropy();
        let cluster = self.cluster.cloned();
        Ok(App::take(self.config.clone(), clock::system(), ids, take_over, cluster).await?)
    }

    fn tell(&mut self, error: &anyhow::Error) {
        if !self.told {
            tracing::info!(holder = %error, "standing by");
            self.told = true;
        }
    }
}

fn is_held(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(OpenError::Lock(LockError::Held { .. })))
}
