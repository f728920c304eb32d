//! What the gateway sees of all labs: one watch for each kind, by our label, over the whole cluster. A watch that breaks goes on
//! from where it was; what was missed is listed again.

use super::judge::Seen;
use super::manifests::{ATTEMPT, MANAGED_BY, OURS};
use crate::clock::Clock;
use futures_util::StreamExt;
use jiff::Timestamp;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Pod;
use kube::runtime::reflector::{self, Store};
use kube::runtime::utils::Backoff;
use kube::runtime::{WatchStreamExt, reflector as reflected, watcher};
use kube::{Api, Client, Resource, ResourceExt};
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub(super) struct SeenCluster {
    deployments: Store<Deployment>,
    pods: Store<Pod>,
    silence: Arc<Silence>,
    /// Rises with everything that is seen.
    changes: watch::Receiver<u64>,
}

/// Since when the watches have no answer.
#[derive(Default)]
struct Silence(Mutex<Option<Timestamp>>);

impl Silence {
    fn set(&self, since: Option<Timestamp>) {
        let mut silent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *silent = since.map(|now| silent.unwrap_or(now));
    }

    fn since(&self) -> Option<Timestamp> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A watch that broke begins again so soon: nobody waits for a lab longer than five seconds without a look.
const AGAIN: Duration = Duration::from_secs(2);

struct Again;

impl Iterator for Again {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        Some(AGAIN)
    }
}

impl Backoff for Again {
    fn reset(&mut self) {}
}

/// What a watch tells, and when it is.
struct Telling {
    silence: Arc<Silence>,
    changed: Arc<watch::Sender<u64>>,
    clock: Arc<dyn Clock>,
}

impl SeenCluster {
    /// The watches end with `stop`.
    pub(super) fn begin(
        client: &Client,
        clock: &Arc<dyn Clock>,
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) -> Self {
        let (changed, changes) = watch::channel(0);
        let (changed, silence) = (Arc::new(changed), Arc::new(Silence::default()));
        let telling = || Telling {
            silence: Arc::clone(&silence),
            changed: Arc::clone(&changed),
            clock: Arc::clone(clock),
        };
        // Of what is wanted nothing is looked at, and it names every file.
        let (deployments, first) = watched::<Deployment>(client, telling(), |one| one.spec = None);
        let (pods, second) = watched::<Pod>(client, telling(), |one| one.spec = None);
        tasks.spawn(stop.clone().run_until_cancelled_owned(first));
        tasks.spawn(stop.clone().run_until_cancelled_owned(second));
        Self { deployments, pods, silence, changes }
    }

    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.clone()
    }

    /// Whose deployment is in a namespace, as its label has it.
    pub(super) fn attempt_in(&self, namespace: &str) -> Option<String> {
        let deployment = self.deployments.find(|one| one.namespace().as_deref() == Some(namespace))?;
        deployment.labels().get(ATTEMPT).cloned()
    }

    /// `label`: the attempt as its label has it.
    pub(super) fn of(&self, namespace: &str, label: &str) -> Seen {
        let of_lab = |namespace_of: Option<String>| namespace_of.as_deref() == Some(namespace);
        let deployment = self.deployments.find(|one| of_lab(one.namespace()));
        let is_its = |pod: &Arc<Pod>| {
            of_lab(pod.namespace()) && pod.labels().get(ATTEMPT).is_some_and(|attempt| attempt == label)
        };
        let pods = self.pods.state().into_iter().filter(is_its).collect();
        Seen { deployment, pods, silent_since: self.silence.since() }
    }
}

fn watched<K>(
    client: &Client,
    telling: Telling,
    shorten: fn(&mut K),
) -> (Store<K>, impl Future<Output = ()> + use<K>)
where
    K: Resource<DynamicType = ()> + DeserializeOwned + Clone + Debug + Send + Sync + 'static,
{
    let (store, writer) = reflector::store::<K>();
    let ours = watcher::Config::default().labels(&format!("{MANAGED_BY}={OURS}"));
    let events = watcher(Api::<K>::all(client.clone()), ours).backoff(Again).modify(move |object| {
        object.managed_fields_mut().clear();
        shorten(object);
    });
    let events = reflected(writer, events);
    let watching = async move {
        let mut events = std::pin::pin!(events);
        while let Some(event) = events.next().await {
            telling.silence.set(match &event {
                Ok(_) => None,
                Err(error) => {
                    tracing::warn!(%error, "labs are not watched; trying again");
                    Some(telling.clock.now())
                }
            });
            telling.changed.send_modify(|count| *count = count.wrapping_add(1));
        }
    };
    (store, watching)
}
