//! Runs first containers of one image for real: as processes of this machine, with the words that stand in their pod and with
//! folders of this machine for their volumes. Claims and the pod's own folders are folders; the token that a pod asks for is made
//! as the API server makes it, for that pod and that audience, and is nobody's once the pod is gone.
//!
//! What it does not imitate: the image (a program of this machine takes its place), mounts (paths in the words are replaced by
//! the folders'), read-only mounts, users and limits, the network and its policies. It runs a container again as soon as it has failed.

use super::{Cluster, Kube, MadeToken, State};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use tempfile::TempDir;
use tokio::process::Command;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub struct Node {
    volumes: Arc<TempDir>,
    stop: CancellationToken,
}

/// Where a container runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    namespace: String,
    pod: String,
    uid: String,
    container: String,
}

struct Work {
    state: Arc<Mutex<State>>,
    cluster: Arc<Cluster>,
    volumes: Arc<TempDir>,
    image: String,
    program: PathBuf,
}

impl Node {
    /// From now on, with this program in the place of the image's.
    pub fn begin(kube: &Kube, image: &str, program: PathBuf) -> anyhow::Result<Self> {
        let volumes = Arc::new(TempDir::with_prefix("node-")?);
        let stop = CancellationToken::new();
        let work = Arc::new(Work {
            state: Arc::clone(&kube.state),
            cluster: Arc::clone(&kube.cluster),
            volumes: Arc::clone(&volumes),
            image: image.to_owned(),
            program,
        });
        tokio::spawn(stop.clone().run_until_cancelled_owned(work.until_it_is_stopped()));
        Ok(Self { volumes, stop })
    }

    /// What is in a claim.
    pub fn claim(&self, namespace: &str, name: &str) -> PathBuf {
        self.volumes.path().join(namespace).join(name)
    }

    /// What is in a folder of a pod's own.
    pub fn folder(&self, pod_uid: &str, volume: &str) -> PathBuf {
        self.volumes.path().join(pod_uid).join(volume)
    }

    /// What a container has said so far, also while it runs.
    pub fn said(&self, pod_uid: &str, container: &str) -> String {
        std::fs::read_to_string(self.folder(pod_uid, container).with_extension("log")).unwrap_or_default()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Work {
    async fn until_it_is_stopped(self: Arc<Self>) {
        let mut changes = self.cluster.world().store.listen();
        let mut running = BTreeSet::new();
        let mut processes = JoinSet::new();
        loop {
            self.forget_tokens();
            for (place, pod) in self.wanted() {
                if running.insert(place.clone()) {
                    processes.spawn(Arc::clone(&self).run(place, pod));
                }
            }
            tokio::select! {
                _ = changes.changed() => {}
                Some(done) = processes.join_next() => {
                    let (place, exit): (Place, i32) = done.unwrap_or_else(|error| panic!("{error}"));
                    running.remove(&place);
                    self.cluster.ended(&place.uid, &place.container, exit);
                }
            }
        }
    }

    /// Containers that are to run now.
    fn wanted(&self) -> Vec<(Place, Value)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut wanted = vec![];
        for pod in self.cluster.objects("Pod", "") {
            let statuses = pod["status"]["initContainerStatuses"].as_array().into_iter().flatten();
            let is_its = |one: &&Value| one["image"] == *self.image && one["state"]["running"].is_object();
            for one in statuses.filter(is_its) {
                let meta = &pod["metadata"];
                let [namespace, name, uid] = [&meta["namespace"], &meta["name"], &meta["uid"]].map(text);
                let place = Place { namespace, pod: name, uid, container: text(&one["name"]) };
                wanted.push((place, pod.clone()));
            }
        }
        wanted
    }

    async fn run(self: Arc<Self>, place: Place, pod: Value) -> (Place, i32) {
        let output = self.output(&place, &pod).await.unwrap_or_else(|error| panic!("{place:?}: {error:#}"));
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &self.errors(&place);
        self.cluster.logs(&self.image, &said, &said);
        (place, output.status.code().unwrap_or(137))
    }

    async fn output(&self, place: &Place, pod: &Value) -> anyhow::Result<Output> {
        let mut containers = pod["spec"]["initContainers"].as_array().into_iter().flatten();
        let container = containers.find(|one| one["name"] == *place.container).cloned().unwrap_or_default();
        let folders = self.folders(place, pod)?;
        let log = self.log(place);
        std::fs::create_dir_all(log.parent().unwrap_or(&log))?;
        let mut command = Command::new(&self.program);
        for word in container["args"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            command.arg(here(word, &container, &folders));
        }
        let command = command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped());
        let process = command.stderr(std::fs::File::create(log)?).kill_on_drop(true).spawn()?;
        Ok(process.wait_with_output().await?)
    }

    fn log(&self, place: &Place) -> PathBuf {
        self.volumes.path().join(&place.uid).join(&place.container).with_extension("log")
    }

    fn errors(&self, place: &Place) -> String {
        std::fs::read_to_string(self.log(place)).unwrap_or_default()
    }

    /// Of each volume, by its name.
    fn folders(&self, place: &Place, pod: &Value) -> anyhow::Result<BTreeMap<String, PathBuf>> {
        let mut folders = BTreeMap::new();
        for volume in pod["spec"]["volumes"].as_array().into_iter().flatten() {
            let name = volume["name"].as_str().unwrap_or_default();
            let folder = match volume["persistentVolumeClaim"]["claimName"].as_str() {
                Some(claim) => self.volumes.path().join(&place.namespace).join(claim),
                None => self.volumes.path().join(&place.uid).join(name),
            };
            std::fs::create_dir_all(&folder)?;
            for source in volume["projected"]["sources"].as_array().into_iter().flatten() {
                let asked = &source["serviceAccountToken"];
                if let (Some(path), Some(audience)) = (asked["path"].as_str(), asked["audience"].as_str()) {
                    std::fs::write(folder.join(path), self.token(place, audience))?;
                }
            }
            folders.insert(name.to_owned(), folder);
        }
        Ok(folders)
    }

    fn token(&self, place: &Place, audience: &str) -> String {
        let Place { namespace, pod, uid, .. } = place;
        let token = format!("token-of-{pod}-{uid}-for-{audience}");
        let made = MadeToken {
            account: format!("system:serviceaccount:{namespace}:default"),
            audiences: vec![audience.to_owned()],
            pod: Some((pod.clone(), uid.clone())),
        };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.pods.insert(pod.clone(), uid.clone());
        state.tokens.insert(token.clone(), made);
        token
    }

    /// Of pods that are gone.
    fn forget_tokens(&self) {
        let there: BTreeSet<_> =
            self.cluster.objects("Pod", "").iter().map(|pod| pod["metadata"]["uid"].to_string()).collect();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let of_labs = |account: &str| account.ends_with("-lab:default");
        let gone: Vec<_> = state
            .tokens
            .values()
            .filter(|token| of_labs(&token.account))
            .filter_map(|token| token.pod.clone())
            .filter(|(_, uid)| !there.contains(&Value::from(uid.as_str()).to_string()))
            .collect();
        for (pod, _) in gone {
            state.pods.remove(&pod);
        }
    }
}

/// A path of the container as one of this machine.
fn here(word: &str, container: &Value, folders: &BTreeMap<String, PathBuf>) -> PathBuf {
    let mounts = container["volumeMounts"].as_array().into_iter().flatten();
    let mut mounted = mounts.filter_map(|mount| {
        let below = Path::new(word).strip_prefix(mount["mountPath"].as_str()?).ok()?;
        Some(folders.get(mount["name"].as_str()?)?.join(below))
    });
    mounted.next_back().unwrap_or_else(|| PathBuf::from(word))
}
