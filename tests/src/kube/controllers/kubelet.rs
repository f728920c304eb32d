//! A kubelet and a scheduler that play what a test wrote down for an image.

use super::{Outcome, is_going, set_condition};
use crate::kube::kinds::known;
use crate::kube::store::Key;
use crate::kube::world::World;
use serde_json::{Value, json};

const NO_ROOM: &str = "0/3 nodes are available: 3 Insufficient memory. preemption: 0/3 nodes are available: 3 No preemption victims \
    found for incoming pod.";
/// After so many seconds a pull that failed waits for its next try.
const BACK_OFF: i64 = 10;

/// One container, as it is now.
struct Seen {
    status: Value,
    done: bool,
    /// Type, reason and message.
    told: Vec<[String; 3]>,
}

impl World {
    pub(super) fn tend_pods(&mut self) {
        for (key, pod) in self.store.all(known("pods"), None) {
            if !is_going(&pod) {
                self.play(&key, &pod);
            }
        }
    }

    fn outcome_of(&self, container: &Value) -> Outcome {
        let image = container["image"].as_str().unwrap_or_default();
        let name = container["name"].as_str().unwrap_or_default();
        let own = self.outcomes.get(&format!("{image}/{name}"));
        own.or_else(|| self.outcomes.get(image)).copied().unwrap_or(Outcome::Ready)
    }

    fn play(&mut self, key: &Key, pod: &Value) {
        let list = |name: &str| pod["spec"][name].as_array().cloned().unwrap_or_default();
        let (first, main) = (list("initContainers"), list("containers"));
        let pods = known("pods");
        let without_room =
            first.iter().chain(&main).any(|one| self.outcome_of(one) == Outcome::Unschedulable);
        let no_place = without_room.then(|| NO_ROOM.to_owned()).or_else(|| self.missing_claim(key, pod));
        if let Some(no_place) = no_place {
            self.tell(pods, pod, "default-scheduler", ["Warning", "FailedScheduling", &no_place]);
            let now = self.now();
            self.write_status(pods, key, "kube-scheduler", |status| {
                status["phase"] = json!("Pending");
                let wanted = ["PodScheduled", "False", "Unschedulable", &no_place];
                set_condition(status, &now, &["lastTransitionTime"], wanted);
            });
            return;
        }
        let assigned = format!("Successfully assigned {}/{} to n1", key.namespace, key.name);
        self.tell(pods, pod, "default-scheduler", ["Normal", "Scheduled", &assigned]);
        let mut told = vec![];
        let mut waiting = false;
        let mut see = |world: &Self, one: &Value, ends: bool| {
            let seen = world.container(key, pod, one, ends, waiting);
            // Containers come after those before them are done, but not the main ones, which start together.
            waiting |= ends && !seen.done;
            told.extend(seen.told);
            seen.status
        };
        let before: Vec<_> = first.iter().map(|one| see(self, one, true)).collect();
        let containers: Vec<_> = main.iter().map(|one| see(self, one, false)).collect();
        for [sort, reason, message] in told {
            self.tell(pods, pod, "kubelet", [&sort, &reason, &message]);
        }
        self.bind(key);
        let (now, lost) = (self.now(), main.iter().any(|one| self.outcome_of(one) == Outcome::NodeLost));
        self.write_status(pods, key, "kubelet", |status| {
            tell_pod(status, &now, before, containers);
            if lost {
                set_condition(status, &now, &["lastTransitionTime"], ["Ready", "False", "", ""]);
            }
        });
    }

    /// Claims are bound with the first pod that uses them.
    fn missing_claim(&mut self, key: &Key, pod: &Value) -> Option<String> {
        let claims = known("persistentvolumeclaims");
        for volume in pod["spec"]["volumes"].as_array().cloned().unwrap_or_default() {
            let Some(name) = volume["persistentVolumeClaim"]["claimName"].as_str() else { continue };
            let claim = Key::new(claims, &key.namespace, name);
            if self.store.value(&claim).is_none() {
                return Some(format!(
                    "0/3 nodes are available: persistentvolumeclaim \"{name}\" not found. preemption: 0/3 nodes are available: 3 \
                     Preemption is not helpful for scheduling."
                ));
            }
            self.write_status(claims, &claim, "kube-controller-manager", |status| {
                status["phase"] = json!("Bound")
            });
        }
        None
    }

    fn bind(&mut self, key: &Key) {
        let by = crate::kube::world::Writer::controller("kube-scheduler", None);
        self.write(known("pods"), key, &by, |pod| pod["spec"]["nodeName"] = json!("n1"));
    }

    fn container(&self, key: &Key, pod: &Value, container: &Value, ends: bool, waits: bool) -> Seen {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (name, image, uid) =
            (text(&container["name"]), text(&container["image"]), text(&pod["metadata"]["uid"]));
        let started = pod["metadata"]["creationTimestamp"].clone();
        let status = |ready: bool, restarts: u32, state: Value, last: Value| {
            json!({
                "name": name, "image": image, "imageID": "", "ready": ready, "started": ready,
                "restartCount": restarts, "state": state, "lastState": last,
            })
        };
        let ended = |exit: i32, reason: &str| {
            let id = format!("containerd://{uid}");
            json!({ "terminated": { "exitCode": exit, "reason": reason, "startedAt": started, "finishedAt": started, "containerID": id } })
        };
        let (status, told) = if waits {
            (status(false, 0, waiting("PodInitializing", ""), json!({})), vec![])
        } else {
            match self.outcome_of(container) {
                Outcome::Ready | Outcome::NodeLost if ends => {
                    (status(true, 0, ended(0, "Completed"), json!({})), began(&image, &name))
                }
                Outcome::Ready | Outcome::NodeLost => {
                    let running = json!({ "running": { "startedAt": started } });
                    (status(true, 0, running, json!({})), began(&image, &name))
                }
                Outcome::NotReady => {
                    let running = json!({ "running": { "startedAt": started } });
                    let mut told = began(&image, &name);
                    let failed = "Readiness probe failed: HTTP probe failed with statuscode: 503";
                    told.push(owned(["Warning", "Unhealthy", failed]));
                    (status(false, 0, running, json!({})), told)
                }
                Outcome::Waiting | Outcome::Unschedulable => {
                    let told = owned(["Normal", "Pulling", &format!("Pulling image \"{image}\"")]);
                    (status(false, 0, waiting("ContainerCreating", ""), json!({})), vec![told])
                }
                Outcome::ErrImagePull => {
                    let (reason, message, told) = self.unpulled(pod, &image);
                    (status(false, 0, waiting(reason, &message), json!({})), told)
                }
                Outcome::CrashLoop { exit } => {
                    let reason = if exit == 0 { "Completed" } else { "Error" };
                    let (why, told) = crashing(key, &name, &image, &uid);
                    (status(false, 2, waiting("CrashLoopBackOff", &why), ended(exit, reason)), told)
                }
                Outcome::OOMKilled => {
                    let (why, told) = crashing(key, &name, &image, &uid);
                    (status(false, 2, waiting("CrashLoopBackOff", &why), ended(137, "OOMKilled")), told)
                }
                Outcome::RunsForReal => {
                    let ends = self.ends.get(&(uid.clone(), name.clone())).cloned().unwrap_or_default();
                    let failed = ends.iter().filter(|exit| **exit != 0).count();
                    let restarts = u32::try_from(failed).unwrap_or(u32::MAX);
                    let last =
                        ends.iter().rfind(|exit| **exit != 0).map_or(json!({}), |exit| ended(*exit, "Error"));
                    if ends.last() == Some(&0) {
                        (status(true, restarts, ended(0, "Completed"), last), began(&image, &name))
                    } else {
                        let running = json!({ "running": { "startedAt": started } });
                        (status(false, restarts, running, last), began(&image, &name))
                    }
                }
                Outcome::ConfigError => {
                    let why = "secret \"db\" not found";
                    let told = owned(["Warning", "Failed", &format!("Error: {why}")]);
                    (status(false, 0, waiting("CreateContainerConfigError", why), json!({})), vec![told])
                }
            }
        };
        Seen { done: status["state"]["terminated"]["exitCode"] == 0, status, told }
    }

    /// Why an image is not there, which after a while is told in other words.
    fn unpulled(&self, pod: &Value, image: &str) -> (&'static str, String, Vec<[String; 3]>) {
        let why = format!(
            "rpc error: code = NotFound desc = failed to pull and unpack image \"docker.io/library/{image}\": failed to \
             resolve reference \"docker.io/library/{image}\": docker.io/library/{image}: not found"
        );
        let mut told = vec![
            owned(["Normal", "Pulling", &format!("Pulling image \"{image}\"")]),
            owned(["Warning", "Failed", &format!("Failed to pull image \"{image}\": {why}")]),
            owned(["Warning", "Failed", "Error: ErrImagePull"]),
        ];
        let made = pod["metadata"]["creationTimestamp"]
            .as_str()
            .and_then(|text| text.parse::<jiff::Timestamp>().ok());
        let age = made.map_or(0, |made| self.time().as_second() - made.as_second());
        if age < BACK_OFF {
            return ("ErrImagePull", why, told);
        }
        let back_off = format!("Back-off pulling image \"{image}\"");
        told.push(owned(["Normal", "BackOff", &back_off]));
        told.push(owned(["Warning", "Failed", "Error: ImagePullBackOff"]));
        ("ImagePullBackOff", format!("{back_off}: ErrImagePull: {why}"), told)
    }
}

fn waiting(reason: &str, message: &str) -> Value {
    let mut state = json!({ "reason": reason });
    if !message.is_empty() {
        state["message"] = json!(message);
    }
    json!({ "waiting": state })
}

fn owned(told: [&str; 3]) -> [String; 3] {
    told.map(str::to_owned)
}

fn began(image: &str, name: &str) -> Vec<[String; 3]> {
    vec![
        owned(["Normal", "Pulled", &format!("Container image \"{image}\" already present on machine")]),
        owned(["Normal", "Created", &format!("Created container: {name}")]),
        owned(["Normal", "Started", &format!("Started container {name}")]),
    ]
}

fn crashing(key: &Key, name: &str, image: &str, uid: &str) -> (String, Vec<[String; 3]>) {
    let pod = format!("{}_{}({uid})", key.name, key.namespace);
    let mut told = began(image, name);
    let back_off = format!("Back-off restarting failed container {name} in pod {pod}");
    told.push(owned(["Warning", "BackOff", &back_off]));
    (format!("back-off 20s restarting failed container={name} pod={pod}"), told)
}

fn tell_pod(status: &mut Value, now: &str, before: Vec<Value>, containers: Vec<Value>) {
    let initialized = before.iter().all(|one| one["state"]["terminated"]["exitCode"] == 0);
    let ready = initialized && containers.iter().all(|one| one["ready"] == true);
    let names = |list: &[Value], good: &dyn Fn(&Value) -> bool| {
        let named: Vec<_> =
            list.iter().filter(|one| !good(one)).filter_map(|one| one["name"].as_str()).collect();
        named.join(" ")
    };
    let unready = names(&containers, &|one| one["ready"] == true);
    let unready = format!("containers with unready status: [{unready}]");
    let unfinished = names(&before, &|one| one["state"]["terminated"]["exitCode"] == 0);
    let unfinished = format!("containers with incomplete status: [{unfinished}]");
    let when = |good: bool, name: &'static str, reason: &'static str, message: &str| {
        if good {
            [name.to_owned(), "True".into(), String::new(), String::new()]
        } else {
            [name.to_owned(), "False".into(), reason.into(), message.into()]
        }
    };
    let conditions = [
        when(initialized, "Initialized", "ContainersNotInitialized", &unfinished),
        when(ready, "Ready", "ContainersNotReady", &unready),
        when(ready, "ContainersReady", "ContainersNotReady", &unready),
        when(true, "PodScheduled", "", ""),
    ];
    for wanted in &conditions {
        set_condition(status, now, &["lastTransitionTime"], wanted.each_ref().map(String::as_str));
    }
    // A container that never ran keeps its pod pending.
    let ran = |one: &Value| one["state"]["waiting"].is_null() || one["lastState"]["terminated"].is_object();
    let running = initialized && containers.iter().all(ran);
    status["phase"] = json!(if running { "Running" } else { "Pending" });
    status["hostIP"] = json!("10.0.0.7");
    status["podIP"] = json!("10.244.0.5");
    if status["startTime"].is_null() {
        status["startTime"] = json!(now);
    }
    if !before.is_empty() {
        status["initContainerStatuses"] = Value::Array(before);
    }
    status["containerStatuses"] = Value::Array(containers);
}
