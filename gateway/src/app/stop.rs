//! Serving, and the order in which everything stops.

use super::App;
use crate::front::{self, Front};
use crate::store::{LockLost, Store};
use std::io;
use std::time::Duration;

/// How long open requests may take to end when the gateway stops; streams end at once.
const DRAIN: Duration = Duration::from_secs(3);

/// How often a gateway checks that the state is still its own. Nothing is confirmed in between that is not.
const CHECK_LOCK_EVERY: Duration = Duration::from_secs(1);

impl App {
    /// Serves until `shutdown` completes, then stops in order: no new work, links closed with a code that
    /// brings the plugins back, tasks ended, state committed.
    pub async fn run(self, mut front: Front, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        let Self { router, opencode_ui, bridge, tasks, store, stopping, live: _ } = self;
        opencode_ui.open_doors().await?;
        let serving = front::serve(&mut front, router, stopping.clone());
        tokio::pin!(serving, shutdown);
        let mut lost = None;
        tokio::select! {
            () = &mut serving => return Err(io::Error::other("The listener failed")),
            () = &mut shutdown => tracing::info!("stopping"),
            why = until_lost(&store) => lost = Some(why),
        }
        stopping.cancel();
        bridge.close().await;
        if tokio::time::timeout(DRAIN, &mut serving).await.is_err() {
            tracing::warn!("requests did not finish in time and were cut off");
        }
        tasks.close();
        tasks.wait().await;
        // Last: what the tasks have promised is committed too.
        store.close().await;
        lost.map_or(Ok(()), |why| Err(io::Error::other(why)))
    }
}

/// Completes when another gateway took the state over: there is nothing left to do here then.
async fn until_lost(store: &Store) -> LockLost {
    loop {
        tokio::time::sleep(CHECK_LOCK_EVERY).await;
        if let Err(why) = store.check_lock() {
            return why;
        }
    }
}
