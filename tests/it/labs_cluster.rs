//! Labs with the `kubernetes` engine: from a session's workspace to a ready deployment, its failures and its end, against the
//! double of a cluster. Nothing runs in it: what a container does is what the test says.

use crate::cluster::in_cluster;
use axum::http::StatusCode;
use e2e::fake_opencode::obedient::ObedientOpenCode;
use e2e::gateway::Gateway;
use e2e::kube::{FINALIZER, Kube, Outcome};
use e2e::opencode::repository;
use e2e::wait;
use gateway::cluster::rights::{ALL_RIGHTS, LAB_RIGHTS};
use reqwest::Method;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;

pub(crate) const SPACE: &str = "shop-login-lab";
const PACKAGE: &str = r#"{ "name": "shop", "scripts": { "start": "node server.js" } }"#;
const NODE: &str = "node:22";

pub(crate) struct ClusterStage {
    pub(crate) kube: Kube,
    pub(crate) gateway: Gateway,
    pub(crate) session: String,
    /// Where the agent writes.
    pub(crate) tree: PathBuf,
    _pod: ObedientOpenCode,
    _home: TempDir,
}

impl ClusterStage {
    async fn new() -> Self {
        Self::with(&json!({})).await
    }

    /// With more rules, which stand beside those that every stage has.
    pub(crate) async fn with(more: &Value) -> Self {
        let kube = Kube::start().await.unwrap();
        let home = tempfile::tempdir().unwrap();
        let web = repository(&home.path().join("web")).unwrap();
        let mut rules = json!({
            "repositories": { "web": { "directory": web } },
            "workspaces": { "folder": home.path().join(".builders") },
            "lab": {
                "images": ["node:*"],
                "kubernetes": {
                    "domain": "lab.example.com", "ingress_class": "nginx",
                    "issuer": "letsencrypt", "certificate_within_seconds": 1,
                },
            },
        });
        if more["listeners"].is_object() {
            rules["listeners"] = more["listeners"].clone();
            rules["lab"]["kubernetes"]["files"] = more["files"].clone();
        }
        let gateway = in_cluster(&kube, &rules).await;
        let pod = ObedientOpenCode::connect(&gateway).await;
        let wanted = json!({ "title": "Login", "key": "startkey01",
            "workspace": { "name": "shop-login", "repositories": ["web"] } });
        let made = gateway.post("/api/v1/sessions", &wanted).await.unwrap();
        let tree = PathBuf::from(made["directory"].as_str().unwrap());
        let session = made["id"].as_str().unwrap().to_owned();
        let stage = Self { kube, gateway, session, tree, _pod: pod, _home: home };
        // Of the same image as the app; tests are about that.
        stage.kube.cluster().outcome("node:22/files", Outcome::Ready);
        stage.write("package.json", PACKAGE);
        stage.write("src/server.js", "listen()");
        stage
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.tree.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) async fn does(&self, what: &str) -> (StatusCode, Value) {
        let path = format!("/api/v1/sessions/{}/lab/{what}", self.session);
        self.gateway.call(Method::POST, &path, Some(&json!({}))).await.unwrap()
    }

    pub(crate) async fn deploys(&self) {
        // A second click within two seconds is the first one's.
        let path = format!("/api/v1/sessions/{}/lab/deploy", self.session);
        let deploy = async || self.gateway.post(&path, &json!({})).await.is_ok();
        let before = self.lab().await["attempt"].clone();
        wait::until("a deploy", deploy).await.unwrap();
        // The word that it was taken comes a moment before the card.
        let another = async || self.lab().await["attempt"] != before;
        wait::until("its attempt", another).await.unwrap();
    }

    pub(crate) async fn lab(&self) -> Value {
        self.gateway.get(&format!("/api/v1/sessions/{}/lab", self.session)).await.unwrap()["lab"].clone()
    }

    pub(crate) async fn thread(&self) -> String {
        self.gateway.get(&format!("/api/v1/sessions/{}/thread", self.session)).await.unwrap().to_string()
    }

    pub(crate) async fn until(&self, standing: &str) -> Value {
        let look = async || {
            let lab = self.lab().await;
            if lab["standing"] == standing { Ok(lab) } else { Err(lab) }
        };
        wait::within(Duration::from_secs(30)).until(format!("a lab that is {standing}"), look).await.unwrap()
    }

    pub(crate) async fn allows(&self) {
        self.until("asked").await;
        let asks = self.gateway.get("/api/v1/asks").await.unwrap();
        let ask = asks.as_array().unwrap().iter().find(|ask| ask["kind"] == "deploy").unwrap().clone();
        let answer = json!({ "answer": "once", "digest": ask["digest"] });
        let path = format!("/api/v1/asks/{}/answer", ask["id"].as_str().unwrap());
        self.gateway.post(&path, &answer).await.unwrap();
    }

    pub(crate) async fn fails_with(&self, part: &str) {
        let failed = self.until("failed").await;
        let reason = failed["reason"].as_str().unwrap();
        assert!(reason.contains(part), "{part}\nis not in\n{reason}");
    }

    /// REQ-OPS-03: doctor asks for all that is called.
    pub(crate) fn called_what_is_known(&self) {
        let known = |verb: &str, resource: &str| {
            let mut rights = ALL_RIGHTS.iter().chain(&LAB_RIGHTS);
            rights.any(|right| (right.verb, right.resource) == (verb, resource))
        };
        let state = self.kube.state();
        let unknown: Vec<_> = state.calls.iter().filter(|call| !known(call.verb, call.resource)).collect();
        assert!(unknown.is_empty() && state.complaints.is_empty(), "{unknown:?}, {:?}", state.complaints);
    }

    pub(crate) fn namespace(&self) -> Option<Value> {
        self.kube.cluster().object("Namespace", "", SPACE)
    }

    pub(crate) async fn gone(&self) {
        wait::until("the lab to be gone", async || self.lab().await.is_null() && self.namespace().is_none())
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_app_is_deployed_redeployed_in_place_and_removed() {
    // REQ-LAB-01, REQ-LAB-02, REQ-LAB-03, REQ-LAB-04, REQ-LAB-06, REQ-LAB-11
    let stage = ClusterStage::new().await;
    stage.deploys().await;
    let asked = stage.until("asked").await;
    assert_eq!(asked["plan"]["image"], NODE, "{asked}");
    assert_eq!(stage.namespace(), None, "nothing is there before somebody allowed it");
    stage.allows().await;
    let ready = stage.until("ready").await;
    assert_eq!(ready["url"], "https://shop-login.lab.example.com/");
    assert!(stage.thread().await.contains("Deployment ready in"));

    let namespace = stage.namespace().unwrap();
    let labels = &namespace["metadata"]["labels"];
    assert_eq!(labels["app.kubernetes.io/managed-by"], "opencode-gateway");
    assert_eq!(labels["pod-security.kubernetes.io/enforce"], "restricted");
    let cluster = stage.kube.cluster();
    for (kind, count) in
        [("ResourceQuota", 1), ("LimitRange", 1), ("NetworkPolicy", 3), ("Service", 1), ("Ingress", 1)]
    {
        assert_eq!(cluster.objects(kind, SPACE).len(), count, "{kind}");
    }
    let files = cluster.object("ConfigMap", SPACE, "shop-login-config").unwrap();
    assert!(files["data"].as_object().unwrap().values().any(|text| text == "listen()"), "{files}");
    let first_pod = cluster.objects("Pod", SPACE)[0]["metadata"]["uid"].clone();

    stage.write("src/server.js", "listen(again)");
    stage.deploys().await;
    wait::until("another attempt", async || stage.lab().await["attempt"] != ready["attempt"]).await.unwrap();
    stage.until("ready").await;
    let again = stage.namespace().unwrap();
    assert_eq!(again["metadata"]["uid"], namespace["metadata"]["uid"], "the namespace is used again");
    let pods = cluster.objects("Pod", SPACE);
    assert!(pods.len() == 1 && pods[0]["metadata"]["uid"] != first_pod, "{pods:?}");
    let files = cluster.object("ConfigMap", SPACE, "shop-login-config").unwrap();
    assert!(files.to_string().contains("listen(again)"), "{files}");

    let others = cluster.objects("Namespace", "").len();
    assert_eq!(stage.does("clean").await.0, StatusCode::OK);
    stage.gone().await;
    assert_eq!(cluster.objects("Namespace", "").len(), others - 1, "nothing else is deleted");
    stage.called_what_is_known();
}

#[tokio::test(flavor = "multi_thread")]
async fn each_way_to_fail_is_told_and_a_retry_helps() {
    // REQ-LAB-04, REQ-LAB-05
    let stage = ClusterStage::new().await;
    let cluster = stage.kube.cluster();
    cluster.logs(NODE, "listening on localhost\n", "Error: boom password=hunter2-hunter2\n");
    cluster.outcome(NODE, Outcome::CrashLoop { exit: 1 });
    stage.deploys().await;
    stage.allows().await;
    stage.fails_with("The app ends by itself: exit code 1").await;
    let thread = stage.thread().await;
    assert!(thread.contains("Error: boom") && !thread.contains("hunter2"), "{thread}");
    for (outcome, part) in [
        (Outcome::ErrImagePull, "The image node:22 cannot be pulled"),
        (Outcome::OOMKilled, "The app needs more than its 512 MiB"),
        (Outcome::ConfigError, "The container cannot be set up"),
    ] {
        cluster.outcome(NODE, outcome);
        let before = stage.lab().await["attempt"].clone();
        stage.deploys().await;
        wait::until("another attempt", async || stage.lab().await["attempt"] != before).await.unwrap();
        stage.fails_with(part).await;
    }
    cluster.outcome(NODE, Outcome::Ready);
    stage.deploys().await;
    stage.until("ready").await;
    stage.called_what_is_known();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_namespace_of_somebody_else_is_never_touched() {
    // REQ-LAB-01, REQ-LAB-06
    let stage = ClusterStage::new().await;
    let cluster = stage.kube.cluster();
    let theirs = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": SPACE } });
    cluster.put(theirs).unwrap();
    let before = stage.namespace();
    stage.deploys().await;
    stage.allows().await;
    stage.fails_with("exists and was not made by me; I leave it alone").await;
    stage.does("clean").await;
    wait::until("the lab to be gone", async || stage.lab().await.is_null()).await.unwrap();
    assert_eq!(stage.namespace(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_right_is_named_and_nothing_is_half_done_for_good() {
    // REQ-LAB-05
    let stage = ClusterStage::new().await;
    stage.kube.cluster().forbid("create", "ingresses");
    stage.kube.cluster().forbid("patch", "ingresses");
    stage.deploys().await;
    stage.allows().await;
    stage.fails_with("ingresses (networking.k8s.io) in shop-login-lab. An administrator adds it").await;
    assert_eq!(stage.does("clean").await.0, StatusCode::OK);
    stage.gone().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_namespace_that_hangs_is_told_with_its_finalizer_and_goes_later() {
    // REQ-LAB-06
    let stage = ClusterStage::new().await;
    stage.deploys().await;
    stage.allows().await;
    stage.until("ready").await;
    let cluster = stage.kube.cluster();
    cluster.hold_finalizer(SPACE, "held");
    stage.does("clean").await;
    let look = async || {
        let lab = stage.lab().await;
        if lab["standing"] == "stuck" { Ok(lab) } else { Err(lab) }
    };
    let stuck = wait::within(Duration::from_secs(90)).until("a lab that hangs", look).await.unwrap();
    assert!(stuck["reason"].as_str().unwrap().contains(FINALIZER), "{stuck}");
    cluster.release_finalizer(SPACE, "held");
    stage.does("clean").await;
    stage.gone().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_of_the_gateway_goes_on_with_the_same_attempt() {
    // REQ-LAB-11
    let mut stage = ClusterStage::new().await;
    stage.kube.cluster().outcome(NODE, Outcome::Waiting);
    stage.deploys().await;
    stage.allows().await;
    let waiting = stage.until("waiting").await;
    let uid = stage.namespace().unwrap()["metadata"]["uid"].clone();
    stage.gateway.kill();
    stage.kube.cluster().cut_watches();
    stage.gateway.spawn().await.unwrap();
    stage.kube.cluster().outcome(NODE, Outcome::Ready);
    let ready = stage.until("ready").await;
    assert_eq!(
        (&ready["attempt"], &stage.namespace().unwrap()["metadata"]["uid"]),
        (&waiting["attempt"], &uid)
    );

    // A watch that was too late lists again.
    stage.kube.cluster().forget_history();
    stage.kube.cluster().cut_watches();
    stage.kube.cluster().outcome(NODE, Outcome::CrashLoop { exit: 7 });
    stage.fails_with("The app ends by itself: exit code 7").await;
    stage.called_what_is_known();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redeploy_that_changes_one_file_sends_that_map_and_the_deployment() {
    // REQ-LAB-02, REQ-LAB-11: the deployment says which files its pods have, or they would not begin anew.
    let stage = ClusterStage::new().await;
    stage.deploys().await;
    stage.allows().await;
    let ready = stage.until("ready").await;
    let sent = || {
        let writes = std::mem::take(&mut stage.kube.state().writes);
        writes.into_iter().map(|call| (call.verb, call.resource)).collect::<Vec<_>>()
    };
    assert_eq!(sent().len(), 10, "all of it");
    let redeployed = async |before: &Value| {
        stage.deploys().await;
        wait::until("another attempt", async || stage.lab().await["attempt"] != before["attempt"])
            .await
            .unwrap();
        stage.until("ready").await
    };
    stage.write("src/server.js", "listen(again)");
    let ready = redeployed(&ready).await;
    assert_eq!(sent(), [("patch", "configmaps"), ("patch", "deployments")]);
    // Nothing is different but which attempt it is.
    let ready = redeployed(&ready).await;
    assert_eq!(sent(), [("patch", "deployments")]);

    // What somebody took away comes back.
    stage.kube.cluster().delete("NetworkPolicy", SPACE, "deny-all").unwrap();
    redeployed(&ready).await;
    assert_eq!(sent(), [("patch", "networkpolicies"), ("patch", "deployments")]);
    stage.called_what_is_known();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_somebody_else_is_named_and_overwritten_when_a_person_takes_over() {
    // REQ-LAB-05
    let stage = ClusterStage::new().await;
    stage.deploys().await;
    stage.allows().await;
    stage.until("ready").await;
    assert_eq!(stage.does("take-over").await.0, StatusCode::CONFLICT, "nothing is in the way");
    let cluster = stage.kube.cluster();
    let name = "shop-login";
    let mut theirs = cluster.object("Deployment", SPACE, name).unwrap();
    theirs["spec"]["replicas"] = json!(2);
    cluster.put(theirs).unwrap();
    let before = stage.lab().await["attempt"].clone();
    stage.deploys().await;
    wait::until("another attempt", async || stage.lab().await["attempt"] != before).await.unwrap();
    stage
        .fails_with("changed `.spec.replicas` of the deployment shop-login. Take over overwrites that")
        .await;
    let failed = stage.lab().await;
    assert_eq!(failed["can_take_over"], true, "{failed}");
    assert_eq!(cluster.object("Deployment", SPACE, name).unwrap()["spec"]["replicas"], 2);

    stage.gateway.cli(&["labs", "deploy", "--take-over", &stage.session]).unwrap();
    let ready = stage.until("ready").await;
    assert_eq!(ready["attempt"], failed["attempt"]);
    assert_eq!(cluster.object("Deployment", SPACE, name).unwrap()["spec"]["replicas"], 1);
    let audited = stage.gateway.audit().unwrap();
    assert!(audited.iter().any(|entry| entry["what"] == "took over lab"), "{audited:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_node_is_told_in_the_thread_and_told_again_when_the_lab_is_back() {
    // REQ-LAB-04, REQ-LAB-05
    let stage = ClusterStage::new().await;
    stage.deploys().await;
    stage.allows().await;
    stage.until("ready").await;
    stage.kube.cluster().outcome(NODE, Outcome::NodeLost);
    let down = stage.until("down").await;
    assert_eq!((&down["word"], &down["reason"]), (&json!("Down"), &json!("node lost")));
    let thread = stage.thread().await;
    assert!(
        thread.contains("The lab has been down since") && thread.contains("starts it elsewhere"),
        "{thread}"
    );

    stage.kube.cluster().outcome(NODE, Outcome::Ready);
    let ready = stage.until("ready").await;
    assert_eq!(ready["attempt"], down["attempt"]);
    assert!(stage.thread().await.contains("The lab is back after"));
    stage.called_what_is_known();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_is_late_is_told_in_the_thread_and_told_when_it_is_there() {
    // REQ-LAB-03: by the Certificate alone; no right to any secret is asked for.
    let stage = ClusterStage::new().await;
    stage.deploys().await;
    stage.allows().await;
    stage.until("ready").await;
    let says = async |words: &str| {
        let looking = wait::within(Duration::from_secs(30));
        looking.until(words, async || stage.thread().await.contains(words)).await.unwrap();
    };
    says("The link works, its certificate is not there yet (cert-manager did not take it up)").await;
    let certificate = json!({
        "apiVersion": "cert-manager.io/v1", "kind": "Certificate",
        "metadata": { "name": "shop-login-tls", "namespace": SPACE },
        "status": { "conditions": [{ "type": "Ready", "status": "True" }] },
    });
    let cluster = stage.kube.cluster();
    cluster.put(certificate.clone()).unwrap();
    cluster.tell_status("Certificate", SPACE, "shop-login-tls", &certificate["status"]);
    says("The lab's certificate is there.").await;
    stage.called_what_is_known();
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_names_the_right_that_labs_lack_and_the_manifests_grant_all() {
    // REQ-OPS-03, REQ-LAB-10
    let kube = Kube::start().await.unwrap();
    for right in &LAB_RIGHTS {
        let granted = kube.cluster().allows(right.verb, right.group, right.resource, SPACE, "x");
        assert!(granted, "{right:?} is not in components/labs/access.yaml");
    }
    kube.cluster().forbid("delete", "deployments");
    let mut gateway = Gateway::prepare().unwrap();
    let rules = json!({ "lab": { "images": ["node:*"], "kubernetes": { "domain": "lab.example.com" } } });
    gateway.configure(&rules).unwrap();
    let mut command = gateway.command(&["doctor", "--json"]).unwrap();
    let output = command
        .envs(gateway.env.clone())
        .envs(kube.env("gateway-0"))
        .env("GATEWAY_STANDBY", "lease")
        .env("GATEWAY_STATE", gateway.state())
        .output()
        .unwrap();
    let findings: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rights = findings.as_array().unwrap().iter().filter(|one| one["check"] == "rights");
    let missing: Vec<_> = rights.filter(|one| one["level"] == "fault").collect();
    assert_eq!(missing.len(), 1, "{findings:#}");
    let says = missing[0]["says"].as_str().unwrap();
    assert!(says.contains("delete deployments") && says.contains("components/labs/access.yaml"), "{says}");
}
