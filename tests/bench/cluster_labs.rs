//! Labs in a cluster, against its double: how long a deploy takes beside kubectl with the same objects, how soon a session knows
//! what the cluster did, what a redeploy sends, and what it costs to watch.

use crate::report::{Report, median};
use anyhow::{Context, ensure};
use e2e::fake_opencode::obedient::ObedientOpenCode;
use e2e::gateway::Gateway;
use e2e::kube::{Kube, Outcome};
use e2e::opencode::repository;
use e2e::wait;
use futures_util::StreamExt;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{WatchEvent, WatchParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client, Config};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::process::Command;

const ROUNDS: usize = 5;
const FILES: usize = 200;
const LABS: usize = 50;
const IMAGE: &str = "node:22";
const SPACE: &str = "bench-lab";
const LOOK: Duration = Duration::from_millis(2);
const A_WHILE: Duration = Duration::from_secs(120);

/// What a lab's namespace holds that the gateway applied.
const KINDS: [&str; 7] =
    ["ResourceQuota", "LimitRange", "NetworkPolicy", "ConfigMap", "Service", "Ingress", "Deployment"];

pub(crate) async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let (session, tree) = stage.session("bench").await?;
    stage.deploy(&session).await?;
    stage.allow().await?;
    stage.until(&session, "ready").await?;
    applied(&stage, &session, report).await?;
    redeployed(&stage, &session, &tree, report).await?;
    judged(&stage, &session, report).await?;
    watched(&stage, report).await
}

struct Stage {
    kube: Kube,
    gateway: Gateway,
    home: TempDir,
    _pod: ObedientOpenCode,
}

impl Stage {
    async fn new() -> anyhow::Result<Self> {
        let (kube, home) = (Kube::start().await?, tempfile::tempdir()?);
        let web = home.path().join("web");
        std::fs::create_dir_all(web.join("src"))?;
        for number in 0..FILES {
            std::fs::write(web.join(format!("src/part{number}.js")), "export const part = 1;\n".repeat(50))?;
        }
        std::fs::write(web.join("package.json"), r#"{ "scripts": { "start": "node src/part0.js" } }"#)?;
        let web = repository(&web)?;
        let mut gateway = Gateway::prepare()?;
        gateway.configure(&json!({
            "repositories": { "web": { "directory": web } },
            "workspaces": { "folder": home.path().join(".builders") },
            "lab": {
                "images": ["node:*"],
                "kubernetes": { "domain": "lab.example.com", "issuer": "letsencrypt" },
            },
        }))?;
        gateway.env.extend(kube.env("gateway-0"));
        gateway.env.push(("GATEWAY_BRIDGE_ACCOUNTS".into(), "system:serviceaccount:ai-dev:codev".into()));
        gateway.spawn().await?;
        let pod = ObedientOpenCode::connect(&gateway).await;
        // Of the same image as the app, and done with its work whatever becomes of that.
        kube.cluster().outcome(&format!("{IMAGE}/files"), Outcome::Ready);
        Ok(Self { kube, gateway, home, _pod: pod })
    }

    /// With a workspace of its own.
    async fn session(&self, name: &str) -> anyhow::Result<(String, PathBuf)> {
        let wanted = json!({ "title": name, "key": format!("start-of-{name}"),
            "workspace": { "name": name, "repositories": ["web"] } });
        let made = self.gateway.post("/api/v1/sessions", &wanted).await?;
        let text = |name: &str| made[name].as_str().map(str::to_owned).context("no session");
        Ok((text("id")?, text("directory")?.into()))
    }

    /// When it was clicked. A click within two seconds of the last is the same click.
    async fn deploy(&self, session: &str) -> anyhow::Result<Instant> {
        let path = format!("/api/v1/sessions/{session}/lab/deploy");
        wait::until("a deploy", async || {
            let began = Instant::now();
            self.gateway.post(&path, &json!({})).await.map(|_| began)
        })
        .await
    }

    /// All recipes that are asked about.
    async fn allow(&self) -> anyhow::Result<()> {
        let asked = |asks: &Value| asks.as_array().is_some_and(|asks| !asks.is_empty());
        let asks = self.gateway.until("a request", "/api/v1/asks", asked).await?;
        for ask in asks.as_array().into_iter().flatten() {
            let path = format!("/api/v1/asks/{}/answer", ask["id"].as_str().context("no id")?);
            self.gateway.post(&path, &json!({ "answer": "once", "digest": ask["digest"] })).await?;
        }
        Ok(())
    }

    async fn lab(&self, session: &str) -> anyhow::Result<Value> {
        Ok(self.gateway.get(&format!("/api/v1/sessions/{session}/lab")).await?["lab"].take())
    }

    async fn until(&self, session: &str, standing: &str) -> anyhow::Result<Value> {
        let look = async || match self.lab(session).await {
            Ok(lab) if lab["standing"] == standing => Ok(lab),
            Ok(lab) => Err(lab.to_string()),
            Err(error) => Err(error.to_string()),
        };
        wait::within(A_WHILE).looking_every(LOOK).until(format!("a lab that is {standing}"), look).await
    }

    async fn clean(&self, session: &str) -> anyhow::Result<()> {
        self.gateway.post(&format!("/api/v1/sessions/{session}/lab/clean"), &json!({})).await?;
        let gone = async || self.lab(session).await.is_ok_and(|lab| lab.is_null());
        wait::until("the lab to be gone", gone).await
    }

    /// What the gateway applied, as somebody would write it.
    fn objects(&self) -> Vec<Value> {
        let cluster = self.kube.cluster();
        let is_ours = |object: &Value| {
            object["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "opencode-gateway"
        };
        let namespace = cluster.object("Namespace", "", SPACE);
        let within = KINDS.iter().flat_map(|kind| cluster.objects(kind, SPACE));
        namespace.into_iter().chain(within).filter(is_ours).map(as_written).collect()
    }

    fn rss(&self) -> anyhow::Result<f64> {
        let pid = self.gateway.pid().context("no gateway")?;
        let status = std::fs::read_to_string(format!("/proc/{}/status", pid.as_raw_nonzero()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kib: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kib / 1024.0)
    }
}

fn as_written(mut object: Value) -> Value {
    if let Some(map) = object.as_object_mut() {
        map.remove("status");
    }
    if let Some(map) = object["metadata"].as_object_mut() {
        for name in ["managedFields", "uid", "resourceVersion", "generation", "creationTimestamp"] {
            map.remove(name);
        }
    }
    object
}

/// From a click to the last object in the cluster, with the copy of the workspace and all checks; the same objects by kubectl.
async fn applied(stage: &Stage, session: &str, report: &mut Report) -> anyhow::Result<()> {
    let file = stage.home.path().join("objects.yaml");
    let (mut ours, mut reference) = (vec![], vec![]);
    for round in 0..=ROUNDS {
        stage.clean(session).await?;
        let began = stage.deploy(session).await?;
        let there = async || stage.kube.cluster().objects("Deployment", SPACE).len() == 1;
        wait::within(A_WHILE).looking_every(LOOK).until("the deployment", there).await?;
        let took = began.elapsed().as_secs_f64();
        stage.until(session, "ready").await?;
        let documents: Vec<String> =
            stage.objects().iter().map(serde_yaml::to_string).collect::<Result<_, _>>()?;
        std::fs::write(&file, documents.join("---\n"))?;
        stage.clean(session).await?;
        let by_kubectl = kubectl(stage, &file).await?;
        stage.kube.cluster().delete("Namespace", "", SPACE).map_err(anyhow::Error::msg)?;
        // The first time kubectl reads what kinds there are, and keeps that.
        if round > 0 {
            ours.push(took);
            reference.push(by_kubectl);
        }
        stage.deploy(session).await?;
        stage.until(session, "ready").await?;
    }
    report.add("lab_apply_s", median(ours), "s", median(reference));
    Ok(())
}

async fn kubectl(stage: &Stage, file: &Path) -> anyhow::Result<f64> {
    let brought = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tools/kubectl");
    let machines = || if brought.is_file() { brought.clone() } else { "kubectl".into() };
    let program = std::env::var_os("KUBECTL").map_or_else(machines, PathBuf::from);
    let began = Instant::now();
    let output = Command::new(program)
        .args(["apply", "--server-side", "--filename"])
        .arg(file)
        .env("KUBECONFIG", stage.kube.for_kubectl())
        .env("HOME", stage.home.path())
        .output()
        .await
        .context("kubectl is missing; `make manifest-tools` brings it")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(began.elapsed().as_secs_f64())
}

/// One file changed. The reference is what a first deploy sends.
async fn redeployed(stage: &Stage, session: &str, tree: &Path, report: &mut Report) -> anyhow::Result<()> {
    let before = stage.lab(session).await?["attempt"].clone();
    stage.kube.state().writes.clear();
    std::fs::write(tree.join("src/part7.js"), "export const part = 2;\n")?;
    stage.deploy(session).await?;
    let another = async || stage.lab(session).await.is_ok_and(|lab| lab["attempt"] != before);
    wait::until("another attempt", another).await?;
    stage.until(session, "ready").await?;
    let writes = stage.kube.state().writes.clone();
    let sent: BTreeSet<_> = writes.iter().map(|call| (call.resource, call.name.clone())).collect();
    #[allow(clippy::cast_precision_loss, reason = "a dozen")]
    let (sent, all) = (sent.len() as f64, stage.objects().len() as f64);
    report.add("lab_redeploy_objects", sent, "", all);
    Ok(())
}

/// From the moment when a pod is ready to the session's word; a bare watch of the same pods hears of it, too.
async fn judged(stage: &Stage, session: &str, report: &mut Report) -> anyhow::Result<()> {
    let cluster = stage.kube.cluster();
    let config = Kubeconfig::read_from(stage.kube.administrator())?;
    let config = Config::from_custom_kubeconfig(config, &KubeConfigOptions::default()).await?;
    let pods: Api<Pod> = Api::namespaced(Client::try_from(config)?, SPACE);
    let (mut ours, mut reference) = (vec![], vec![]);
    for _ in 0..ROUNDS {
        cluster.outcome(IMAGE, Outcome::Waiting);
        stage.deploy(session).await?;
        stage.until(session, "waiting").await?;
        let heard = tokio::spawn(ready_pod(pods.clone(), pods.list(&Default::default()).await?));
        // The watch has begun, and nothing else is under way.
        tokio::time::sleep(Duration::from_millis(100)).await;
        let began = Instant::now();
        cluster.outcome(IMAGE, Outcome::Ready);
        stage.until(session, "ready").await?;
        ours.push(began.elapsed().as_secs_f64() * 1_000.0);
        reference.push((heard.await?? - began).as_secs_f64() * 1_000.0);
    }
    report.add("lab_judge_ms", median(ours), "ms", median(reference));
    Ok(())
}

async fn ready_pod(pods: Api<Pod>, known: kube::core::ObjectList<Pod>) -> anyhow::Result<Instant> {
    let version = known.metadata.resource_version.unwrap_or_default();
    let mut events = std::pin::pin!(pods.watch(&WatchParams::default(), &version).await?);
    while let Some(event) = events.next().await {
        let WatchEvent::Modified(pod) = event? else { continue };
        let conditions = pod.status.and_then(|status| status.conditions).unwrap_or_default();
        if conditions.iter().any(|one| one.type_ == "Ready" && one.status == "True") {
            return Ok(Instant::now());
        }
    }
    anyhow::bail!("the watch ended")
}

/// Sessions whose labs are watched, over the same sessions without. The reference is the watched objects as the cluster sends them.
async fn watched(stage: &Stage, report: &mut Report) -> anyhow::Result<()> {
    stage.kube.cluster().outcome(IMAGE, Outcome::Ready);
    let mut sessions = vec![];
    for number in 0..LABS {
        sessions.push(stage.session(&format!("watched{number:02}")).await?.0);
    }
    let before = stage.rss()?;
    for session in &sessions {
        stage.deploy(session).await?;
        stage.until(session, "asked").await?;
        stage.allow().await?;
        stage.until(session, "ready").await?;
    }
    let after = stage.rss()?;
    let cluster = stage.kube.cluster();
    let objects = ["Deployment", "Pod"].into_iter().flat_map(|kind| cluster.objects(kind, ""));
    #[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
    let sent = objects.map(|object| object.to_string().len()).sum::<usize>() as f64;
    report.add("lab_watch_rss", after - before, "MiB", sent / 1024.0 / 1024.0);
    Ok(())
}
