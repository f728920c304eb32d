//! kubectl at the double: apply, get, describe, logs, delete.

use super::{Place, config_map, deployment, namespace};
use e2e::kube::Outcome;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// `KUBECTL`, or what the Makefile brought, or the machine's own.
fn program() -> PathBuf {
    if let Some(path) = std::env::var_os("KUBECTL") {
        return path.into();
    }
    let brought = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tools/kubectl");
    if brought.is_file() { brought } else { "kubectl".into() }
}

struct Kubectl {
    config: PathBuf,
    /// Where it keeps what it found out about servers.
    home: TempDir,
}

impl Kubectl {
    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(program());
        command.args(arguments).env("KUBECONFIG", &self.config).env("HOME", self.home.path());
        tokio::task::block_in_place(|| command.output())
            .expect("kubectl is missing; `make manifest-tools` brings it")
    }

    /// What it printed, of a run that went well.
    fn says(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let complaints = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "kubectl {arguments:?}: {printed}{complaints}");
        printed + &complaints
    }

    /// What it printed, of one that was refused.
    fn is_refused(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(!output.status.success(), "kubectl {arguments:?} was not refused");
        String::from_utf8(output.stderr).unwrap()
    }

    fn file(&self, object: &Value) -> String {
        let path = self.home.path().join("object.yaml");
        std::fs::write(&path, serde_yaml::to_string(object).unwrap()).unwrap();
        path.display().to_string()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn kubectl_applies_gets_describes_reads_logs_and_deletes() {
    let place = Place::new("kubectl").await;
    let cluster = place.double().cluster();
    cluster.logs("node:22", "listening on 3000\n", "");
    cluster.outcome("node:99", Outcome::ErrImagePull);
    // Whoever describes a thing looks at more than the gateway does, and whoever deletes one waits until it is gone.
    for (group, resource) in
        [("apps", "deployments"), ("apps", "replicasets"), ("", "pods"), ("", "events"), ("", "namespaces")]
    {
        for verb in ["get", "list", "watch"] {
            cluster.grant(verb, group, resource);
        }
    }
    let kubectl =
        Kubectl { config: place.double().for_kubectl(), home: TempDir::with_prefix("kubectl-").unwrap() };
    let lab = ["--namespace", place.lab.as_str()];
    let with = |arguments: &[&str]| kubectl.says(&[arguments, &lab].concat());

    kubectl.says(&["apply", "--server-side", "-f", &kubectl.file(&namespace(&place.lab))]);
    let applied = with(&["apply", "--server-side", "-f", &kubectl.file(&deployment("node:22"))]);
    assert!(applied.contains("deployment.apps/shop serverside-applied"), "{applied}");
    let shown = with(&["get", "deployments"]);
    assert!(shown.contains("READY") && shown.contains("1/1"), "{shown}");
    let shown = with(&["get", "pods", "--selector", "app=shop"]);
    assert!(shown.contains("Running"), "{shown}");
    let described = with(&["describe", "deployment", "shop"]);
    assert!(
        described.contains("1 desired | 1 updated | 1 total | 1 available | 0 unavailable"),
        "{described}"
    );
    assert!(described.contains("Scaled up replica set shop-"), "{described}");
    let logs = with(&["logs", "deployment/shop"]);
    assert!(logs.contains("listening on 3000"), "{logs}");

    with(&["apply", "--server-side", "-f", &kubectl.file(&deployment("node:99"))]);
    let described = with(&["describe", "pods"]);
    assert!(
        described.contains("ErrImagePull") && described.contains("Failed to pull image \"node:99\""),
        "{described}"
    );

    let mut loose = deployment("node:22");
    loose["spec"]["template"]["spec"].as_object_mut().unwrap().remove("securityContext");
    let warned = with(&["apply", "--server-side", "-f", &kubectl.file(&loose)]);
    assert!(
        warned.contains("Warning: would violate PodSecurity \"restricted:latest\": runAsNonRoot != true"),
        "{warned}"
    );

    let foreign = kubectl.file(&config_map("x", &json!({ "a": "b" })));
    let refused =
        kubectl.is_refused(&["apply", "--server-side", "-f", &foreign, "--namespace", "kube-system"]);
    assert!(
        refused.contains("the gateway may not write in namespace kube-system: it did not make it"),
        "{refused}"
    );
    let refused = kubectl.is_refused(&["get", "serviceaccounts", "--all-namespaces"]);
    assert!(
        refused.contains("cannot list resource \"serviceaccounts\" in API group \"\" at the cluster scope"),
        "{refused}"
    );

    let deleted = with(&["delete", "deployment", "shop"]);
    assert!(deleted.contains("\"shop\" deleted"), "{deleted}");
    kubectl.says(&["delete", "namespace", &place.lab]);
    assert!(kubectl.is_refused(&["get", "namespace", &place.lab]).contains("not found"));
}

#[test]
fn make_cluster_says_what_it_needs() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut make = Command::new("make");
    make.args(["--no-print-directory", "cluster"]).current_dir(repository).env_remove("KUBECONFIG");
    let output = make.output().expect("make is missing");
    assert!(!output.status.success());
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.starts_with("KUBECONFIG is not set. `make cluster` runs"), "{told}");
}
