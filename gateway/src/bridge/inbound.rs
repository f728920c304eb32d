//! The way inwards: what a pod's links hand over, in order, to whoever keeps the state.

use super::Shared;
use super::pod::Pod;
use super::positions::Ticket;
use bridge_protocol::{EventFrame, Hello, ResumeMode, limits};
use futures_util::future::BoxFuture;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Places in a pod's queue: the plugin never has more than a window of unacknowledged events under way;
/// the rest is room for links that come and go.
pub(super) const INBOUND_QUEUE: usize = limits::EVENT_WINDOW + 64;

/// Most items handed over at once, so that one chatty pod does not hold the state for long.
const BATCH: usize = 256;

/// An event and the duty to take it into the state.
pub struct Delivery {
    pub event: EventFrame,
    pub ticket: Ticket,
}

/// What a pod's links tell. The order is the order in which it happened.
pub enum Inbound {
    /// A link is up. `hello` is how things stand in OpenCode; with `Replay` it is only a reminder.
    Connected {
        hello: Box<Hello>,
        mode: ResumeMode,
    },
    Event(Box<Delivery>),
    /// The pod's link is gone. Another may be on its way.
    Lost,
}

/// The port through which the bridge hands inwards. Implemented by whoever keeps the state.
pub trait BridgeSink: Send + Sync + 'static {
    /// Takes a batch. While it does, the pod's further events wait in the pod's bounded queue, and behind
    /// that in the plugin's own buffer.
    fn take<'a>(&'a self, pod: &'a str, batch: Vec<Inbound>) -> BoxFuture<'a, ()>;
}

/// Starts the task that carries a pod's queue to the sink. It ends with the hub, after the last link.
pub(super) fn start_pump(shared: &Arc<Shared>, pod: &Arc<Pod>, mut queue: mpsc::Receiver<Inbound>) {
    let (sink, name) = (Arc::clone(&shared.sink), Arc::clone(pod.name()));
    let closing = shared.closing.clone();
    shared.tasks.spawn(async move {
        loop {
            let first = tokio::select! {
                item = queue.recv() => item,
                () = closing.cancelled() => return,
            };
            let Some(first) = first else { return };
            sink.take(&name, drain(first, &mut queue)).await;
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
