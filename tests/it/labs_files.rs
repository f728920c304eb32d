//! Labs whose files are too much for ConfigMaps: a real `gateway fetch-files` brings them from a real gateway, where a node of the
//! double runs the pod's first container. What comes after that is played.

use crate::labs_cluster::{ClusterStage, SPACE};
use axum::http::StatusCode;
use e2e::gateway::binary;
use e2e::kube::{Node, Outcome};
use e2e::opencode::free_port;
use e2e::wait;
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

const IMAGE: &str = "registry.example.com/ai-dev/gateway:0.1.0";

/// What one ConfigMap takes, and a little more.
const LARGE: usize = 1024 * 1024 + 1;

struct FilesStage {
    stage: ClusterStage,
    port: u16,
}

impl FilesStage {
    async fn new(storage_class: Option<&str>) -> Self {
        let port = free_port().unwrap();
        let files = json!({
            "url": format!("http://127.0.0.1:{port}"), "image": IMAGE, "storage_class": storage_class,
        });
        let listeners = json!({ "lab_files": format!("127.0.0.1:{port}") });
        let stage = ClusterStage::with(&json!({ "listeners": listeners, "files": files })).await;
        stage.kube.cluster().outcome(IMAGE, Outcome::RunsForReal);
        stage.write("dist/video.mp4", &"m".repeat(LARGE));
        let script = stage.tree.join("bin/start");
        stage.write("bin/start", "#!/bin/sh");
        fs::set_permissions(script, fs::Permissions::from_mode(0o755)).unwrap();
        Self { stage, port }
    }

    fn node(&self) -> Node {
        Node::begin(&self.stage.kube, IMAGE, binary().unwrap()).unwrap()
    }

    /// Until there is one, with its uid.
    async fn pod(&self) -> (Value, String) {
        let one = async || self.stage.kube.cluster().objects("Pod", SPACE).into_iter().next().ok_or("none");
        let pod = wait::until("a pod", one).await.unwrap();
        let uid = pod["metadata"]["uid"].as_str().unwrap().to_owned();
        (pod, uid)
    }

    /// The folder in the gateway's state that has the attempt's files and their archive.
    async fn attempt(&self) -> PathBuf {
        let lab = self.stage.lab().await;
        self.stage.gateway.state().join("labs").join(lab["attempt"].as_str().unwrap())
    }

    async fn archive(&self) -> PathBuf {
        let entries = fs::read_dir(self.attempt().await).unwrap().map(|entry| entry.unwrap().path());
        let is_archive = |path: &PathBuf| path.to_string_lossy().ends_with(".tar.gz");
        entries.into_iter().find(is_archive).unwrap()
    }

    async fn asked(&self, port: u16, path: &str, token: &str) -> StatusCode {
        let address = format!("http://127.0.0.1:{port}{path}");
        reqwest::Client::new().get(address).bearer_auth(token).send().await.unwrap().status()
    }
}

fn size(folder: &Path, file: &str) -> u64 {
    fs::metadata(folder.join(file)).map_or(0, |about| about.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_no_config_map_takes_arrive_in_the_labs_claim() {
    // REQ-LAB-02, REQ-LAB-09
    let files = FilesStage::new(Some("fast")).await;
    let (stage, node) = (&files.stage, files.node());
    stage.deploys().await;
    stage.allows().await;
    stage.until("ready").await;
    let cluster = stage.kube.cluster();
    assert_eq!(cluster.objects("ConfigMap", SPACE).len(), 1, "the cluster's own, and none of ours");
    let claim = cluster.object("PersistentVolumeClaim", SPACE, "shop-login-files").unwrap();
    assert_eq!(
        (&claim["spec"]["storageClassName"], &claim["status"]["phase"]),
        (&"fast".into(), &"Bound".into())
    );
    let content = node.claim(SPACE, "shop-login-files").join("content");
    assert_eq!(size(&content, "dist/video.mp4"), LARGE as u64);
    assert_eq!(fs::read_to_string(content.join("src/server.js")).unwrap(), "listen()");
    assert_eq!(fs::metadata(content.join("bin/start")).unwrap().permissions().mode() & 0o777, 0o755);

    // Who is not the pod gets nothing there, and whoever asks elsewhere finds nothing.
    let (pod, uid) = files.pod().await;
    let words = pod["spec"]["initContainers"][0]["args"].to_string();
    let from = words.split('"').find(|word| word.starts_with("http://")).unwrap();
    let path = from.strip_prefix(&format!("http://127.0.0.1:{}", files.port)).unwrap().to_owned();
    let bearer = fs::read_to_string(node.folder(&uid, "lab-files-token").join("token")).unwrap();
    assert_eq!(files.asked(files.port, &path, "made-up").await, StatusCode::UNAUTHORIZED);
    assert_eq!(files.asked(files.port, &path, &bearer).await, StatusCode::OK);
    assert_eq!(files.asked(stage.gateway.port, &path, &bearer).await, StatusCode::NOT_FOUND);
    assert_eq!(files.asked(files.port, "/api/v1/sessions", &bearer).await, StatusCode::NOT_FOUND);
    assert!(!words.contains(&bearer) && !stage.gateway.log().contains(&bearer), "no token in words or logs");

    // What did not change is not fetched again, and what did takes its place.
    stage.deploys().await;
    wait::until("another pod", async || files.pod().await.1 != uid).await.unwrap();
    stage.until("ready").await;
    // The first pod, and this test.
    assert_eq!(stage.gateway.log().matches("files of a lab handed out").count(), 2);
    assert_eq!(
        files.asked(files.port, &path, &bearer).await,
        StatusCode::NOT_FOUND,
        "of an attempt that is over"
    );
    stage.write("src/server.js", "listen(again)");
    stage.deploys().await;
    let is_new =
        async || fs::read_to_string(content.join("src/server.js")).is_ok_and(|text| text == "listen(again)");
    wait::until("the changed file", is_new).await.unwrap();
    stage.until("ready").await;
    assert_eq!(stage.does("clean").await.0, StatusCode::OK);
    stage.gone().await;
    stage.called_what_is_known();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_class_of_storage_a_folder_of_the_pod_has_them() {
    // REQ-LAB-02, REQ-LAB-09
    let files = FilesStage::new(None).await;
    let node = files.node();
    files.stage.deploys().await;
    files.stage.allows().await;
    files.stage.until("ready").await;
    let (_, uid) = files.pod().await;
    assert_eq!(size(&node.folder(&uid, "config").join("content"), "dist/video.mp4"), LARGE as u64);
    assert!(files.stage.kube.cluster().objects("PersistentVolumeClaim", SPACE).is_empty());
    files.stage.called_what_is_known();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_is_killed_meanwhile_hands_out_the_same_files() {
    // REQ-LAB-09, REQ-LAB-11
    let mut files = FilesStage::new(Some("fast")).await;
    files.stage.deploys().await;
    files.stage.allows().await;
    let waiting = files.stage.until("waiting").await;
    let (_, uid) = files.pod().await;
    let archive = files.archive().await;
    files.stage.gateway.kill();
    let node = files.node();
    wait::until("a try in vain", async || node.said(&uid, "fetch").contains("trying again")).await.unwrap();
    files.stage.gateway.spawn().await.unwrap();
    let ready = files.stage.until("ready").await;
    assert_eq!((&ready["attempt"], files.archive().await), (&waiting["attempt"], archive));
    assert_eq!(files.pod().await.1, uid, "the same pod");
    let content = node.claim(SPACE, "shop-login-files").join("content");
    assert_eq!(size(&content, "dist/video.mp4"), LARGE as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_are_not_those_that_were_announced_fail_the_deploy() {
    // REQ-LAB-05, REQ-LAB-09
    let files = FilesStage::new(Some("fast")).await;
    files.stage.deploys().await;
    files.stage.allows().await;
    files.stage.until("waiting").await;
    files.pod().await;
    let archive = files.archive().await;
    let mut bytes = fs::read(&archive).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&archive, bytes).unwrap();
    let node = files.node();
    files.stage.fails_with("The files could not be fetched from the gateway: exit code 1").await;
    let thread = files.stage.thread().await;
    assert!(thread.contains("is not what was announced"), "{thread}");
    assert!(!node.claim(SPACE, "shop-login-files").join("content").exists(), "nothing of it was unpacked");
}
