//! The manifests as YAML beside this file (`WRITE_GOLDEN=1` writes them anew), and what must hold of them.

use super::super::ClusterLabConfig;
use super::super::FilesRule;
use super::super::lab_files::{LabFile, packed};
use super::super::lab_place::LabPlace;
use super::{FilesBy, LabSpec, namespace};
use crate::lab::files_packing::FilesArchive;
use gateway_domain::LabPlan;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{
    ConfigMap, LimitRange, Namespace, PersistentVolumeClaim, ResourceQuota, Service,
};
use k8s_openapi::api::networking::v1::{Ingress, NetworkPolicy};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::path::PathBuf;

fn file(path: &str, content: impl Into<Vec<u8>>, runs: bool) -> LabFile {
    LabFile { path: path.to_owned(), content: content.into(), runs }
}

fn node_sample() -> Vec<LabFile> {
    vec![
        file("bin/start", "#!/bin/sh\nexec node server.js\n", true),
        file("logo.png", [0x89, b'P', b'N', b'G', 0xff], false),
        file("src/lib/auth.ts", "export const ok = true;\n", false),
    ]
}

fn spec(name: &str, files: Vec<LabFile>) -> LabSpec {
    let environment = [("NODE_ENV", "lab"), ("GREETING", "$(HOME) costs $5")];
    let plan = LabPlan {
        name: name.to_owned(),
        from: ".opencode/lab.yaml".to_owned(),
        command: "npm start -- --port $PORT".to_owned(),
        ready: "/healthz".to_owned(),
        environment: environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        image: Some("node:22".to_owned()),
        digest: "d1".to_owned(),
        ..LabPlan::default()
    };
    LabSpec {
        place: LabPlace::of(name, "lab.example.com"),
        session: "ses_1".to_owned(),
        project: Some("shop".to_owned()),
        attempt: "lab7".to_owned(),
        plan,
        files: FilesBy::Maps(packed(files)),
        config: ClusterLabConfig::sample(),
        forced: false,
    }
}

/// One whose files are too much for ConfigMaps.
fn large(storage_class: Option<&str>) -> LabSpec {
    let mut spec = spec("shop", vec![]);
    spec.files = FilesBy::Archive(FilesArchive { digest: "0123456789abcdef".repeat(4) });
    spec.config.files = Some(FilesRule {
        url: "http://gateway-files.ai-dev.svc.cluster.local:8003".to_owned(),
        image: "registry.example.com/ai-dev/gateway:0.1.0".to_owned(),
        storage_class: storage_class.map(str::to_owned),
        port: 8003,
        namespace: "ai-dev".to_owned(),
    });
    spec
}

/// All objects, in the order in which they are applied.
fn documents(spec: &LabSpec) -> Vec<Value> {
    fn value(object: &impl Serialize) -> Value {
        serde_json::to_value(object).unwrap()
    }
    let all = spec.objects();
    let mut documents = vec![value(&namespace(spec)), value(&all.quota), value(&all.limits)];
    documents.extend(all.policies.iter().map(value));
    documents.extend(all.files.iter().map(value));
    documents.extend(all.claim.iter().map(value));
    documents.extend([value(&all.deployment), value(&all.service), value(&all.ingress)]);
    documents
}

/// With nothing left over: what a type does not know would be missing when it is written again.
fn strictly<T: DeserializeOwned + Serialize>(document: &Value) {
    let read: T = serde_json::from_value(document.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), *document);
}

fn compare(name: &str, spec: &LabSpec) {
    let path =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/lab/kubernetes/manifests/golden").join(name);
    let texts: Vec<String> =
        documents(spec).iter().map(|document| serde_yaml::to_string(document).unwrap()).collect();
    let text = texts.join("---\n");
    if std::env::var_os("WRITE_GOLDEN").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "WRITE_GOLDEN=1 writes {name} anew");
    for document in text.split("---\n") {
        let document: Value = serde_yaml::from_str(document).unwrap();
        match document["kind"].as_str().unwrap() {
            "Namespace" => strictly::<Namespace>(&document),
            "ResourceQuota" => strictly::<ResourceQuota>(&document),
            "LimitRange" => strictly::<LimitRange>(&document),
            "NetworkPolicy" => strictly::<NetworkPolicy>(&document),
            "ConfigMap" => strictly::<ConfigMap>(&document),
            "PersistentVolumeClaim" => strictly::<PersistentVolumeClaim>(&document),
            "Deployment" => strictly::<Deployment>(&document),
            "Service" => strictly::<Service>(&document),
            "Ingress" => strictly::<Ingress>(&document),
            other => panic!("{other}"),
        }
    }
}

#[test]
fn a_node_lab_is_written_as_it_was_agreed() {
    // REQ-LAB-01, REQ-LAB-02, REQ-LAB-03
    compare("node.yaml", &spec("shop_Auth", node_sample()));
}

#[test]
fn files_of_several_maps_share_one_volume() {
    // REQ-LAB-02, REQ-LAB-09
    let mut sample = spec("shop", vec![]);
    // As if each were as large as a map takes.
    sample.files = FilesBy::Maps(node_sample().into_iter().flat_map(|one| packed(vec![one])).collect());
    sample.config.issuer = None;
    compare("several_maps.yaml", &sample);
}

#[test]
fn files_that_no_map_takes_are_fetched_into_a_claim() {
    // REQ-LAB-02, REQ-LAB-09
    compare("fetched.yaml", &large(Some("fast")));
}

#[test]
fn only_the_container_that_fetches_has_the_token_and_writes_the_files() {
    // REQ-LAB-07, REQ-LAB-09
    for class in [None, Some("fast")] {
        let spec = large(class);
        let deployment = serde_json::to_value(spec.objects().deployment).unwrap();
        let pod = &deployment["spec"]["template"]["spec"];
        let [fetch, copy] = &pod["initContainers"].as_array().unwrap()[..] else { panic!("{pod:#}") };
        assert_eq!((&fetch["name"], &copy["name"]), (&"fetch".into(), &"files".into()));
        let mounts = |container: &Value, name: &str| -> Vec<Value> {
            let all = container["volumeMounts"].as_array().unwrap();
            all.iter().filter(|one| one["name"] == name).cloned().collect()
        };
        assert_eq!(mounts(fetch, "lab-files-token").len(), 1);
        assert_eq!(mounts(fetch, "config")[0]["readOnly"], Value::Null);
        for reader in [copy, &pod["containers"][0]] {
            assert_eq!(mounts(reader, "lab-files-token"), [] as [Value; 0]);
            let config = &mounts(reader, "config")[0];
            assert_eq!((&config["readOnly"], &config["subPath"]), (&true.into(), &"content".into()));
        }
        let volumes = pod["volumes"].as_array().unwrap();
        let named = |name: &str| volumes.iter().find(|one| one["name"] == name).unwrap();
        let token = &named("lab-files-token")["projected"]["sources"][0]["serviceAccountToken"];
        let audience = token["audience"].as_str().unwrap();
        assert!(audience.contains("/lab7/0123456789abcdef"), "for this attempt and this archive: {audience}");
        assert_eq!(pod["automountServiceAccountToken"], false);
        let objects = spec.objects();
        assert_eq!(objects.claim.is_some(), class.is_some());
        assert_eq!(named("config")["emptyDir"]["sizeLimit"].is_string(), class.is_none());
        let quota = serde_json::to_value(&objects.quota).unwrap();
        assert_eq!(quota["spec"]["hard"]["persistentvolumeclaims"], if class.is_some() { "1" } else { "0" });
    }
}

#[test]
fn the_way_to_the_gateway_is_open_while_there_is_something_to_fetch() {
    // REQ-LAB-01, REQ-LAB-09
    let to_the_gateway = |spec: &LabSpec| -> Vec<Value> {
        let policies = serde_json::to_value(spec.objects().policies).unwrap();
        let policies = policies.as_array().unwrap().clone();
        let rules =
            policies.iter().flat_map(|one| one["spec"]["egress"].as_array().cloned().unwrap_or_default());
        let names_it = |rule: &Value| rule.to_string().contains("ai-dev");
        rules.filter(names_it).collect()
    };
    let large = large(None);
    let open = to_the_gateway(&large);
    let expected = serde_json::json!([{
        "to": [{
            "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": "ai-dev" } },
            "podSelector": { "matchLabels": { "app.kubernetes.io/name": "gateway" } },
        }],
        "ports": [{ "port": 8003, "protocol": "TCP" }],
    }]);
    assert_eq!(Value::from(open), expected);
    let mut small = spec("shop", node_sample());
    small.config = large.config;
    assert_eq!(to_the_gateway(&small), [] as [Value; 0]);
}

#[test]
fn everything_carries_our_labels_and_nothing_leaves_its_namespace() {
    // REQ-LAB-01, REQ-LAB-07
    for document in documents(&spec("shop", node_sample())) {
        let labels = &document["metadata"]["labels"];
        assert_eq!(labels["app.kubernetes.io/managed-by"], "opencode-gateway", "{document:#}");
        assert_eq!(labels["opencode-gateway/session"], "ses_1");
        // A namespace is taken over by the next attempt as it is.
        let attempt = if document["kind"] == "Namespace" { Value::Null } else { "lab7".into() };
        assert_eq!(labels["opencode-gateway/attempt"], attempt);
        let namespace = &document["metadata"]["namespace"];
        assert!(document["kind"] == "Namespace" || namespace == "shop-lab", "{document:#}");
    }
}

#[test]
fn no_container_has_rights_and_no_recipe_gives_it_any() {
    // REQ-LAB-07
    let mut hostile = spec("shop", node_sample());
    for name in ["PORT", "HOME", "HOST"] {
        hostile.plan.environment.insert(name.to_owned(), "theirs".to_owned());
    }
    let deployment = serde_json::to_value(hostile.objects().deployment).unwrap();
    let pod = &deployment["spec"]["template"]["spec"];
    assert_eq!(pod["automountServiceAccountToken"], false);
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    assert_eq!(pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
    for container in [&pod["initContainers"][0], &pod["containers"][0]] {
        let context = &container["securityContext"];
        assert_eq!(context["capabilities"]["drop"], serde_json::json!(["ALL"]));
        assert_eq!(
            (&context["allowPrivilegeEscalation"], &context["readOnlyRootFilesystem"]),
            (&false.into(), &true.into())
        );
    }
    let variables = pod["containers"][0]["env"].as_array().unwrap();
    let of = |name: &str| {
        variables.iter().filter(|one| one["name"] == name).map(|one| one["value"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(
        (of("PORT"), of("HOME"), of("HOST")),
        (vec!["8080".into()], vec!["/app/home".into()], vec!["0.0.0.0".into()])
    );
    // Kubernetes makes one dollar sign of two, and would fill in a name in brackets.
    assert_eq!(of("GREETING"), [Value::from("$$(HOME) costs $$5")]);
    for volume in pod["volumes"].as_array().unwrap() {
        assert!(volume.get("hostPath").is_none() && volume.get("secret").is_none(), "{volume}");
    }
}

#[test]
fn a_change_of_any_file_begins_the_pods_anew_and_nothing_else_does() {
    // REQ-LAB-02, REQ-LAB-09
    let digest = |files| spec("shop", files).digest();
    let same = digest(node_sample());
    assert_eq!(same, digest(node_sample()));
    let mut other = large(None);
    other.files = FilesBy::Archive(FilesArchive { digest: "f".repeat(64) });
    assert_ne!(large(None).digest(), other.digest());
    for change in [0, 1, 2] {
        let mut files = node_sample();
        match change {
            0 => files[0].runs = false,
            1 => files[1].content.push(0),
            _ => files[2].path = "src/lib/auth2.ts".to_owned(),
        }
        assert_ne!(same, digest(files), "{change}");
    }
}
