//! Carries what pods tell into the live picture, and starts the repairs that it needs.

use super::live::Board;
use super::ports::{Inbound, PodFeed};
use super::repair::RepairQueue;
use bridge_protocol::Hello;
use dashmap::DashMap;
use futures_util::future::BoxFuture;
use std::sync::Arc;

pub struct Feed {
    board: Arc<Board>,
    repairs: RepairQueue,
    /// The boot each pod was last seen with.
    boots: DashMap<Arc<str>, String>,
}

impl Feed {
    pub fn new(board: Arc<Board>, repairs: RepairQueue) -> Self {
        Self { board, repairs, boots: DashMap::new() }
    }

    async fn take_one(&self, pod: &Arc<str>, inbound: Inbound) {
        match inbound {
            Inbound::Event(delivery) => {
                let session = delivery.event.session_id.clone();
                if self.board.apply(pod, delivery.event) {
                    self.repairs.ask(session).await;
                }
                delivery.receipt.done();
            }
            Inbound::Connected(hello) => self.connected(pod, &hello).await,
            Inbound::Lost => self.board.pod_lost(pod),
        }
    }

    async fn connected(&self, pod: &Arc<str>, hello: &Hello) {
        let before = self.boots.insert(Arc::clone(pod), hello.boot_id.clone());
        let same_boot = before.as_deref() == Some(hello.boot_id.as_str());
        for session in self.board.reconcile(pod, hello, same_boot && !hello.position.overflowed) {
            self.repairs.ask(session).await;
        }
    }
}

impl PodFeed for Feed {
    fn take<'a>(&'a self, pod: &'a str, batch: Vec<Inbound>) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let pod: Arc<str> = pod.into();
            for inbound in batch {
                self.take_one(&pod, inbound).await;
            }
        })
    }
}
