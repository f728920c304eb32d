//! A pod's link, from the moment that it is the pod's until its task ends. However that ends, by a panic too, the pod's
//! name is free again, and whoever keeps the state hears that the link is gone.

use super::Hub;
use super::pod::{LinkHandle, Pod};
use crate::sessions::ports::Inbound;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::sync::mpsc::error::TrySendError;

pub(super) struct Tenure {
    shared: Arc<Hub>,
    pod: Arc<Pod>,
    link: LinkHandle,
}

impl Tenure {
    pub(super) fn begin(shared: &Arc<Hub>, pod: &Arc<Pod>, link: &LinkHandle) -> Self {
        shared.metrics.links.inc();
        Self { shared: Arc::clone(shared), pod: Arc::clone(pod), link: link.clone() }
    }

    /// The good end: waits until there is room to tell of it.
    pub(super) async fn end(self) {
        if self.pod.detach(&self.link.connection_id) {
            let _ = self.pod.inbound.send(Inbound::Lost).await;
        }
    }

    /// Waits for room elsewhere, since here nothing can wait.
    fn tell_later(&self) {
        // Without a runtime nobody is left to hear of it.
        if Handle::try_current().is_err() {
            return self.link.detached.cancel();
        }
        let (inbound, detached) = (self.pod.inbound.clone(), self.link.detached.clone());
        self.shared.tasks.spawn(async move {
            let _ = inbound.send(Inbound::Lost).await;
            detached.cancel();
        });
    }
}

impl Drop for Tenure {
    fn drop(&mut self) {
        self.shared.metrics.links.dec();
        let lost = self.pod.detach(&self.link.connection_id);
        if lost && matches!(self.pod.inbound.try_send(Inbound::Lost), Err(TrySendError::Full(_))) {
            return self.tell_later();
        }
        // Only now may a newer link speak: what it tells comes after `Lost`.
        self.link.detached.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bridge::{Bridge, BridgeMetrics, Config, Neighbours};
    use crate::ids::IdSource;
    use crate::sessions::guards;
    use bridge_protocol::Hello;
    use gateway_domain::{PodCredential, PodIdentity};
    use tokio::sync::mpsc;

    fn hello() -> Hello {
        Hello { boot_id: "boot".to_owned(), started_at: 1, ..guards::tests::hello(None, None) }
    }

    /// A pod with a link that is its own.
    struct Linked {
        bridge: Bridge,
        pod: Arc<Pod>,
        queue: mpsc::Receiver<Inbound>,
        link: LinkHandle,
        tenure: Tenure,
    }

    impl Linked {
        fn new() -> Self {
            let (metrics, ids) = (BridgeMetrics::unregistered(), IdSource::seeded(1));
            let bridge = Bridge::new(Config::default(), metrics, ids, Neighbours::default());
            let (pod, queue) = Pod::new(&Arc::new(PodIdentity::new("pod-a", PodCredential::Shared)));
            let link = LinkHandle::new("conn_1".into(), mpsc::channel(1).0);
            pod.attach(&pod.identity(), link.clone(), &hello());
            let tenure = Tenure::begin(&bridge.shared, &pod, &link);
            Self { bridge, pod, queue, link, tenure }
        }
    }

    #[tokio::test]
    async fn a_link_that_panics_leaves_its_pod_free() {
        // A3, REQ-HARD-01
        let Linked { bridge, pod, mut queue, link, tenure, .. } = Linked::new();
        let task = tokio::spawn(async move {
            let _tenure = tenure;
            panic!("as a link may");
        });
        assert!(task.await.unwrap_err().is_panic());
        assert!(pod.link().is_none() && link.detached.is_cancelled());
        assert!(matches!(queue.try_recv(), Ok(Inbound::Lost)));
        assert_eq!(bridge.shared.metrics.links.get(), 0);
    }

    #[tokio::test]
    async fn a_full_queue_hears_of_it_as_soon_as_there_is_room() {
        // A3
        let Linked { pod, mut queue, link, tenure, .. } = Linked::new();
        while pod.inbound.try_send(Inbound::Connected(Box::new(hello()))).is_ok() {}
        drop(tenure);
        assert!(pod.link().is_none() && !link.detached.is_cancelled());
        while !matches!(queue.recv().await, Some(Inbound::Lost)) {}
        link.detached.cancelled().await;
    }
}
