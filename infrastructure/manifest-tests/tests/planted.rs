//! The checks find what they are for: each fault is planted into the sound documents, and named. REQ-OPS-03.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test may panic and print"
)]

use manifest_tests::document::Document;
use manifest_tests::{deployed, faults, overlays};
use serde_json::{Value, json};

/// A document, a place in it (a JSON pointer), what is put there (nothing: it is removed), and what must be said.
type Fault = (&'static str, &'static str, Option<Value>, &'static str);

const CONTAINER: &str = "/spec/template/spec/containers/0";
const POD: &str = "/spec/template/spec";

const GATEWAY: &str = "StatefulSet ai-dev/gateway";

fn planted() -> Vec<Fault> {
    [types_and_pods(), selectors_and_references(), network_and_access()].concat()
}

fn types_and_pods() -> Vec<Fault> {
    let gateway = GATEWAY;
    vec![
        // Types and schemas.
        (gateway, "/spec/replica", Some(json!(2)), "/spec/replica is no field of its type"),
        (gateway, "@/imagePolicy", Some(json!("Always")), "imagePolicy is no field of its type"),
        (gateway, "/spec/replicas", Some(json!("two")), "it does not fit its type"),
        ("Service ai-dev/gateway", "/spec/ports/0/portt", Some(json!(1)), "portt is no field"),
        ("NetworkPolicy ai-dev/gateway", "/spec/ingres", Some(json!([])), "/spec/ingres"),
        (gateway, "/apiVersion", Some(json!("apps/v1beta1")), "is a kind that nothing here knows"),
        ("Certificate lgtm/lgtm", "/spec/dnsName", Some(json!("x")), "dnsName"),
        ("Certificate lgtm/lgtm", "/spec/secretName", None, "secretName"),
        (
            "ClusterExternalSecret ai-dev-gateway",
            "/spec/externalSecretSpec/refreshInterval",
            Some(json!("often")),
            "often",
        ),
        ("ExternalSecret lgtm/grafana", "/spec/data/0/remoteRef/key", None, "key"),
        // Pods.
        (gateway, "@/image", Some(json!("gateway:latest")), "must name a version"),
        (gateway, "@/image", Some(json!("registry:5000/gateway")), "must name a version"),
        (gateway, "@/image", Some(json!("registry:5000/gateway:1.2")), "must be pinned by its digest"),
        (
            "StatefulSet lgtm/loki",
            "@/image",
            Some(json!("grafana/loki:3.5.5@sha256:31")),
            "must be pinned by its digest",
        ),
        (gateway, "@/securityContext/privileged", Some(json!(true)), "must not be privileged"),
        (gateway, "@/securityContext/allowPrivilegeEscalation", None, "must not be privileged"),
        (gateway, "@/securityContext/readOnlyRootFilesystem", Some(json!(false)), "must be read-only"),
        (gateway, "@/securityContext/capabilities/drop", Some(json!(["NET_RAW"])), "drop all capabilities"),
        (gateway, "@/securityContext/runAsUser", Some(json!(0)), "not root"),
        (gateway, "%/securityContext/runAsNonRoot", None, "not root"),
        (gateway, "%/securityContext/runAsUser", Some(json!(0)), "not root"),
        (gateway, "%/securityContext/seccompProfile", None, "seccomp"),
        (gateway, "%/hostNetwork", Some(json!(true)), "hostNetwork is not allowed"),
        (
            gateway,
            "%/volumes/2",
            Some(json!({ "name": "scratch", "hostPath": { "path": "/" } })),
            "a node's folder",
        ),
        (gateway, "@/resources/limits/memory", None, "resources/limits/memory is not set"),
        ("StatefulSet lgtm/loki", "@/resources/requests", None, "resources/requests/cpu is not set"),
        (gateway, "@/livenessProbe", None, "has no livenessProbe"),
        (
            "Namespace ai-dev",
            "/metadata/labels/pod-security.kubernetes.io~1enforce",
            Some(json!("baseline")),
            "restricted",
        ),
    ]
}

#[allow(clippy::too_many_lines, reason = "a table of faults")]
fn selectors_and_references() -> Vec<Fault> {
    let gateway = GATEWAY;
    vec![
        // Selectors.
        (
            gateway,
            "/spec/template/metadata/labels/app.kubernetes.io~1name",
            Some(json!("gate")),
            "does not match its own pods",
        ),
        (
            "Service ai-dev/gateway",
            "/spec/selector/app.kubernetes.io~1name",
            Some(json!("gate")),
            "matches no pod",
        ),
        ("Service ai-dev/gateway", "/spec/ports/0/targetPort", Some(json!("web")), "its pods have no port"),
        (
            "PodDisruptionBudget ai-dev/gateway",
            "/spec/selector/matchLabels/app",
            Some(json!("x")),
            "matches no pod",
        ),
        (
            "NetworkPolicy lgtm/loki",
            "/spec/podSelector/matchLabels/app.kubernetes.io~1name",
            Some(json!("lokki")),
            "matches no pod",
        ),
        (
            "Ingress lgtm/lgtm",
            "/spec/rules/0/http/paths/0/backend/service/name",
            Some(json!("graphs")),
            "there is no service",
        ),
        // References.
        (gateway, "%/serviceAccountName", Some(json!("default")), "there is no service account"),
        (
            gateway,
            "%/volumes/0/persistentVolumeClaim/claimName",
            Some(json!("store")),
            "there is no PersistentVolumeClaim",
        ),
        (gateway, "%/volumes/1/configMap/name", Some(json!("gateway")), "there is no ConfigMap"),
        (gateway, "@/volumeMounts/0/name", Some(json!("volume")), "there is no volume"),
        (
            gateway,
            "@/env/7",
            Some(json!({ "name": "BRIDGE_TOKEN", "value": "x" })),
            "must come from a secret",
        ),
        (
            "ClusterExternalSecret ai-dev-gateway",
            "/spec/externalSecretSpec/target/name",
            Some(json!("gate")),
            "nothing makes the secret \"gateway\"",
        ),
        (
            "StatefulSet lgtm/grafana",
            "%/volumes/4/secret/secretName",
            Some(json!("graph")),
            "nothing makes the secret",
        ),
        // Secrets.
        (
            "ClusterExternalSecret ai-dev-gateway",
            "/spec/namespaceSelectors/0/matchLabels",
            Some(json!({ "opencode-gateway/secrets": "wanted" })),
            "must be selected by their names",
        ),
        (
            gateway,
            "@/env/7",
            Some(
                json!({ "name": "BRIDGE_TOKEN", "valueFrom": { "secretKeyRef": { "name": "gateway", "key": "BRIDGE_TOKEN" } } }),
            ),
            "must be mounted as a file",
        ),
        (
            gateway,
            "@/envFrom",
            Some(json!([{ "secretRef": { "name": "gateway" } }])),
            "must be mounted as files",
        ),
    ]
}

fn network_and_access() -> Vec<Fault> {
    vec![
        // The network.
        (
            "NetworkPolicy ai-dev/default-deny",
            "/spec/policyTypes",
            Some(json!(["Ingress"])),
            "denies everything by default",
        ),
        ("NetworkPolicy ai-dev/default-deny", "/spec/ingress", Some(json!([{}])), "names no peers"),
        (
            "NetworkPolicy ai-dev/codev",
            "/spec/podSelector/matchLabels",
            Some(json!({})),
            "no network policy is about its pods",
        ),
        ("NetworkPolicy ai-dev/gateway", "/spec/ingress/0/from", None, "names no peers"),
        (
            "NetworkPolicy ai-dev/gateway",
            "/spec/ingress/0/from/0",
            Some(json!({ "ipBlock": { "cidr": "0.0.0.0/0" } })),
            "opens something to the outside",
        ),
        (
            "Service ai-dev/gateway",
            "/spec/type",
            Some(json!("LoadBalancer")),
            "opens something to the outside",
        ),
        ("Ingress lgtm/lgtm", "/metadata/namespace", Some(json!("ai-dev")), "opens something to the outside"),
        (
            "ConfigMap ai-dev/gateway",
            "/data/gateway.yaml",
            Some(json!(
                "models: [{ provider: local, model: qwen, health: 'http://ollama:11434/api/version' }]"
            )),
            "may not reach the model at http://ollama:11434/api/version",
        ),
        // Access.
        ("Role ai-dev/gateway", "/rules/0/verbs", Some(json!(["*"])), "a wildcard allows"),
        (
            "Role ai-dev/gateway",
            "/rules/0/resources",
            Some(json!(["secrets"])),
            "nobody here may touch secrets",
        ),
        ("RoleBinding ai-dev/gateway", "/roleRef/name", Some(json!("admin")), "there is no Role admin"),
        ("ClusterRoleBinding opencode-gateway", "/subjects/0/name", Some(json!("default")), "there is no"),
        // Order.
        (
            "PersistentVolumeClaim ai-dev/code-server-storage",
            "/metadata/annotations/argocd.argoproj.io~1sync-wave",
            Some(json!("3")),
            "its sync wave",
        ),
        ("ConfigMap lgtm/loki", "/kind", Some(json!("Secret")), "a secret must not be in git"),
    ]
}

#[test]
fn each_planted_fault_is_found() {
    let sound = deployed(&overlays()[1]).unwrap();
    let all = planted();
    for (title, place, value, expected) in &all {
        let place = place.replacen('@', CONTAINER, 1).replacen('%', POD, 1);
        let mut documents = sound.clone();
        let document = documents
            .iter_mut()
            .find(|one| one.title().starts_with(title))
            .unwrap_or_else(|| panic!("no {title}"));
        put(document, &place, value.clone());
        let found = faults(&documents);
        let named = found.iter().any(|fault| fault.contains(expected));
        assert!(named, "{title} {place}: wanted {expected:?}, found {found:?}");
    }
    let mut documents = sound;
    documents.push(documents[0].clone());
    assert!(faults(&documents).iter().any(|fault| fault.contains("is there twice")));
    println!("{} planted faults were found", all.len() + 1);
}

fn put(document: &mut Document, place: &str, value: Option<Value>) {
    let (parent, name) = place.rsplit_once('/').unwrap();
    let name = name.replace("~1", "/");
    match (document.0.pointer_mut(parent).unwrap_or_else(|| panic!("no {parent}")), value) {
        (Value::Object(map), Some(value)) => drop(map.insert(name, value)),
        (Value::Object(map), None) => assert!(map.remove(&name).is_some(), "nothing at {place}"),
        (Value::Array(list), Some(value)) => list[name.parse::<usize>().unwrap()] = value,
        _ => panic!("nothing can be put at {place}"),
    }
}

#[test]
fn models_are_reached_where_the_policy_lets_the_gateway_out() {
    // F12: a model beside the cluster's own servers would have counted as down.
    let sound = deployed(&overlays()[1]).unwrap();
    let found = |address: &str| {
        let mut documents = sound.clone();
        let config =
            documents.iter_mut().find(|one| one.title().starts_with("ConfigMap ai-dev/gateway")).unwrap();
        let rules = format!("models: [{{ provider: local, model: qwen, health: '{address}' }}]");
        put(config, "/data/gateway.yaml", Some(json!(rules)));
        faults(&documents)
    };
    for fine in ["https://models.test/health", "http://ollama.models:11434/api/version"] {
        assert_eq!(found(fine), Vec::<String>::new(), "{fine}");
    }
    for wrong in ["http://ollama:11434/api/version", "http://ollama/health"] {
        assert!(found(wrong).iter().any(|fault| fault.contains(wrong)), "{wrong}: {:?}", found(wrong));
    }
}
