//! The way inwards: what a pod's links hand over, in order, to whoever keeps the state.

use super::Reception;
use super::pod::Pod;
use crate::sessions::ports::Inbound;
use bridge_protocol::limits;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Places in a pod's queue: the plugin never has more than a window of unacknowledged events under way;
/// the rest is room for links that come and go.
pub(super) const INBOUND_QUEUE: usize = limits::EVENT_WINDOW + 64;

/// Most items handed over at once, so that one chatty pod does not hold the state for long.
const BATCH: usize = 256;

/// Starts the task that carries a pod's queue inwards. It ends with the hub, after the last link.
pub(super) fn start_pump(reception: &Reception, pod: &Arc<Pod>, mut queue: mpsc::Receiver<Inbound>) {
    let feed = Arc::clone(&reception.feed);
    let pod = Arc::downgrade(pod);
    let closing = reception.shared.closing.clone();
    reception.shared.tasks.spawn(async move {
        loop {
            let first = tokio::select! {
                item = queue.recv() => item,
                () = closing.cancelled() => return,
            };
            let Some(first) = first else { return };
            // It is there as long as its queue is; only a name that nobody needs is forgotten.
            let Some(identity) = pod.upgrade().map(|pod| pod.identity()) else { return };
            feed.take(&identity, drain(first, &mut queue)).await;
        }
    });
}

fn drain(first: Inbound, queue: &mut mpsc::Receiver<Inbound>) -> Vec<Inbound> {
    let mut batch = vec![first];
    while batch.len() < BATCH {
        let Ok(item) = queue.try_recv() else { break };
        batch.push(item);
    }
    batch
}
