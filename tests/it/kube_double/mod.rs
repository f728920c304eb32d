//! The Kubernetes double says what a real API server says. Tests in `sentences` run against either: with `KUBE_TEST=real` and
//! a `KUBECONFIG` of an administrator (`make cluster`) the same assertions are held against that cluster.

mod kubectl;
mod playing;
mod sentences;
mod watching;

use e2e::kube::{GATEWAY, Kube};
use e2e::wait::until;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use kube::api::{DeleteParams, DynamicObject, Patch, PatchParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::Status;
use kube::discovery::ApiResource;
use kube::{Api, Client, Config};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// A cluster, and two who use it.
pub(crate) struct Place {
    /// None: the cluster is a real one.
    kube: Option<Kube>,
    gateway: Client,
    administrator: Client,
    /// A namespace of this test's own, which the gateway made.
    lab: String,
}

fn is_real() -> bool {
    std::env::var("KUBE_TEST").is_ok_and(|value| value == "real")
}

async fn client(kubeconfig: &Path, user: Option<&str>) -> Client {
    let file = Kubeconfig::read_from(kubeconfig).unwrap();
    let mut config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await.unwrap();
    config.auth_info.impersonate = user.map(str::to_owned);
    Client::try_from(config).unwrap()
}

impl Place {
    /// With a lab for a test, which is empty.
    async fn with_lab(test: &str) -> Self {
        let place = Self::new(test).await;
        place.as_gateway("Namespace", "", &namespace(&place.lab)).await.unwrap();
        place
    }

    async fn new(test: &str) -> Self {
        let lab = format!("{test}-lab");
        if !is_real() {
            let kube = Kube::start().await.unwrap();
            let gateway = client(&kube.kubeconfig(), None).await;
            let administrator = client(&kube.administrator(), None).await;
            return Self { kube: Some(kube), gateway, administrator, lab };
        }
        let kubeconfig = std::env::var_os("KUBECONFIG").map(PathBuf::from);
        let kubeconfig =
            kubeconfig.expect("KUBECONFIG must name an administrator's kubeconfig of a test cluster");
        let administrator = client(&kubeconfig, None).await;
        let gateway = client(&kubeconfig, Some(GATEWAY)).await;
        let place = Self { kube: None, gateway, administrator, lab };
        place.remove_lab().await;
        place
    }

    /// What an earlier run left behind.
    async fn remove_lab(&self) {
        let namespaces: Api<Namespace> = Api::all(self.administrator.clone());
        let _ = namespaces.delete(&self.lab, &DeleteParams::default()).await;
        until("the old lab's end", async || namespaces.get_opt(&self.lab).await.unwrap().is_none())
            .await
            .unwrap();
    }

    fn double(&self) -> &Kube {
        self.kube.as_ref().unwrap()
    }

    /// Server-side apply as the gateway does it.
    async fn as_gateway(&self, kind: &str, within: &str, object: &Value) -> Result<Value, Status> {
        apply(&self.gateway, "opencode-gateway", kind, within, object, false).await
    }

    async fn as_administrator(&self, kind: &str, within: &str, object: &Value) -> Result<Value, Status> {
        apply(&self.administrator, "somebody", kind, within, object, false).await
    }

    fn config_maps(&self) -> Api<ConfigMap> {
        Api::namespaced(self.administrator.clone(), &self.lab)
    }

    async fn get(&self, kind: &str, name: &str) -> Value {
        let found = api(&self.administrator, kind, &self.lab).get(name).await;
        serde_json::to_value(found.unwrap()).unwrap()
    }
}

fn api(client: &Client, kind: &str, within: &str) -> Api<DynamicObject> {
    let (group, plural) = match kind {
        "Deployment" => ("apps", "deployments"),
        "Ingress" => ("networking.k8s.io", "ingresses"),
        "Namespace" => ("", "namespaces"),
        "ConfigMap" => ("", "configmaps"),
        "ResourceQuota" => ("", "resourcequotas"),
        "LimitRange" => ("", "limitranges"),
        "ServiceAccount" => ("", "serviceaccounts"),
        "Pod" => ("", "pods"),
        other => panic!("no test needs {other} so far"),
    };
    let version = if group.is_empty() { "v1".to_owned() } else { format!("{group}/v1") };
    let resource = ApiResource {
        group: group.into(),
        version: "v1".into(),
        api_version: version,
        kind: kind.into(),
        plural: plural.into(),
    };
    if within.is_empty() {
        Api::all_with(client.clone(), &resource)
    } else {
        Api::namespaced_with(client.clone(), within, &resource)
    }
}

pub(crate) async fn apply(
    client: &Client,
    manager: &str,
    kind: &str,
    within: &str,
    object: &Value,
    force: bool,
) -> Result<Value, Status> {
    let mut how = PatchParams::apply(manager);
    how.force = force;
    let name = object["metadata"]["name"].as_str().unwrap();
    let applied = api(client, kind, within).patch(name, &how, &Patch::Apply(object)).await;
    applied.map(|object| serde_json::to_value(object).unwrap()).map_err(refused)
}

/// What the server said.
fn refused(error: kube::Error) -> Status {
    match error {
        kube::Error::Api(status) => *status,
        other => panic!("the server said nothing: {other}"),
    }
}

/// As the gateway makes one.
fn namespace(name: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Namespace",
        "metadata": { "name": name, "labels": {
            "app.kubernetes.io/managed-by": "opencode-gateway",
            "pod-security.kubernetes.io/enforce": "restricted",
            "pod-security.kubernetes.io/warn": "restricted",
        } },
    })
}

fn config_map(name: &str, data: &Value) -> Value {
    json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name }, "data": data })
}

/// As a lab has it, of one pod.
fn deployment(image: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": { "name": "shop", "labels": { "app.kubernetes.io/managed-by": "opencode-gateway" } },
        "spec": {
            "replicas": 1, "strategy": { "type": "Recreate" }, "progressDeadlineSeconds": 170,
            "selector": { "matchLabels": { "app": "shop" } },
            "template": {
                "metadata": { "labels": { "app": "shop" } },
                "spec": {
                    "securityContext": { "runAsNonRoot": true, "runAsUser": 1000, "seccompProfile": { "type": "RuntimeDefault" } },
                    "containers": [{
                        "name": "app", "image": image,
                        "ports": [{ "name": "http", "containerPort": 3000 }],
                        "env": [{ "name": "PORT", "value": "3000" }],
                        "resources": { "requests": { "cpu": "50m", "memory": "64Mi" }, "limits": { "cpu": "500m", "memory": "128Mi" } },
                        "securityContext": { "allowPrivilegeEscalation": false, "capabilities": { "drop": ["ALL"] } },
                    }],
                },
            },
        },
    })
}

fn condition<'a>(object: &'a Value, name: &str) -> &'a Value {
    let all = object["status"]["conditions"].as_array();
    all.and_then(|all| all.iter().find(|one| one["type"] == name)).unwrap_or(&Value::Null)
}
