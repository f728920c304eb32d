//! The manifests as ArgoCD would build them: every document fits its type, and our rules hold. REQ-OPS-03.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test may panic and print"
)]

use manifest_tests::document::{Document, list};
use manifest_tests::{build, deployed, faults, overlays, read};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

fn lab() -> Vec<Document> {
    deployed(&overlays()[1]).unwrap()
}

fn files(folder: &str) -> Vec<(String, String)> {
    let folder = build::repository().join(folder);
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let text = |path: &Path| (path.display().to_string(), std::fs::read_to_string(path).unwrap());
    entries.filter(|path| path.is_file()).map(|path| text(&path)).collect()
}

#[test]
fn every_overlay_is_sound() {
    // REQ-OPS-03
    let mut kinds = BTreeMap::<String, usize>::new();
    for overlay in overlays() {
        let documents = deployed(&overlay).unwrap();
        let faults = faults(&documents);
        assert!(faults.is_empty(), "{}:\n{}", overlay.display(), faults.join("\n"));
        for document in documents {
            *kinds.entry(document.kind().to_owned()).or_default() += 1;
        }
    }
    let total: usize = kinds.values().sum();
    println!("{total} documents of {} kinds are sound: {kinds:?}", kinds.len());
    assert!(total > 60, "the overlays are built from all components");
}

#[test]
fn the_names_that_others_rely_on_are_there() {
    // REQ-OPS-03, REQ-OPS-04
    let documents = lab();
    let find = |title: &str| {
        documents.iter().find(|one| one.title() == title).unwrap_or_else(|| panic!("no {title}")).clone()
    };
    find("Namespace ai-dev");
    let service = find("Service ai-dev/gateway");
    assert_eq!(service.at("/spec/ports/0/port"), 8000);
    let claim = find("PersistentVolumeClaim ai-dev/code-server-storage");
    assert_eq!(*claim.at("/spec/accessModes"), json!(["ReadWriteMany"]));
    assert_eq!(claim.text("/spec/resources/requests/storage"), "10Gi");
    let codev = find("StatefulSet ai-dev/codev");
    let mounts: Vec<_> = list(codev.at("/spec/template/spec/containers/0/volumeMounts")).cloned().collect();
    for (path, folder) in [("/data/opencode", ".opencode-data"), ("/opencode-plugins", ".opencode-plugins")] {
        let mounted = mounts.iter().any(|mount| mount["mountPath"] == path && mount["subPath"] == folder);
        assert!(mounted, "{folder} at {path}: {mounts:?}");
    }
    let gateway = find("StatefulSet ai-dev/gateway");
    let resources = gateway.at("/spec/template/spec/containers/0/resources");
    let wanted = json!({ "requests": { "cpu": "100m", "memory": "256Mi" }, "limits": { "cpu": "500m", "memory": "512Mi" } });
    assert_eq!(*resources, wanted);
    for (name, port) in [("grafana", 3000), ("loki", 3100), ("alloy", 4317), ("alloy", 4318)] {
        let service = find(&format!("Service lgtm/{name}"));
        let workload = find(&format!("StatefulSet lgtm/{name}"));
        assert!(list(service.at("/spec/ports")).any(|one| one["port"] == port), "{name} on {port}");
        let ports = workload.at("/spec/template/spec/containers/0/ports");
        assert!(list(ports).any(|one| one["containerPort"] == port), "{name} listens on {port}");
    }
    assert_eq!(find("Ingress lgtm/lgtm").text("/spec/rules/0/host"), "lgtm.lab.example.com");
    let keys: Vec<_> = ["ai-dev-gateway", "ai-dev-gateway-slack"]
        .iter()
        .flat_map(|name| {
            let secret = find(&format!("ClusterExternalSecret {name}"));
            assert_eq!(secret.text("/spec/externalSecretSpec/secretStoreRef/kind"), "ClusterSecretStore");
            list(secret.at("/spec/externalSecretSpec/data"))
                .map(|entry| entry["secretKey"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        })
        .collect();
    for key in ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "BRIDGE_TOKEN"] {
        assert!(keys.iter().any(|name| name == key), "{key} in {keys:?}");
    }
}

#[test]
fn the_applications_sync_by_themselves_and_point_to_overlays() {
    // REQ-OPS-03
    let mut applications = 0;
    for (path, text) in files("argocd") {
        let documents = read(&text).unwrap();
        let wrong: Vec<_> = documents.iter().flat_map(manifest_tests::types::faults).collect();
        assert!(wrong.is_empty(), "{path}: {wrong:?}");
        for application in documents.iter().filter(|one| one.kind() == "Application") {
            applications += 1;
            assert_eq!(application.at("/spec/syncPolicy/automated/prune"), true, "{path}");
            assert_eq!(application.at("/spec/syncPolicy/automated/selfHeal"), true, "{path}");
            let overlay = build::repository().join(application.text("/spec/source/path"));
            assert!(overlays().iter().any(|known| same(known, &overlay)), "{path}: {}", overlay.display());
        }
    }
    assert_eq!(applications, 2);
    let waves: BTreeSet<_> = lab().iter().map(Document::wave).collect();
    assert!(waves.len() >= 4, "what others stand on comes first: {waves:?}");
}

fn same(a: &Path, b: &Path) -> bool {
    a.canonicalize().unwrap() == b.canonicalize().unwrap()
}

#[test]
fn argocd_knows_how_our_own_kinds_are() {
    // REQ-OPS-03: a kind without a health check would count as healthy at once.
    let builtin = [
        "v1",
        "apps/v1",
        "networking.k8s.io/v1",
        "policy/v1",
        "rbac.authorization.k8s.io/v1",
        "admissionregistration.k8s.io/v1",
    ];
    let text = std::fs::read_to_string(build::repository().join("argocd/health.yaml")).unwrap();
    let health = read(&text).unwrap().remove(0);
    for document in lab() {
        let (version, kind) = (document.text("/apiVersion"), document.kind());
        if builtin.contains(&version) {
            continue;
        }
        let group = version.split('/').next().unwrap();
        let key = format!("/data/resource.customizations.health.{group}_{kind}");
        assert!(health.at(&key).as_str().is_some(), "no health check for {group}/{kind}");
    }
}

/// Runs a health check as ArgoCD does: Lua, with the object as `obj`.
fn judged(script: &str, object: &str) -> String {
    use std::io::Write;
    let program = format!("local function check(obj)\n{script}\nend\nprint(check({object}).status)\n");
    let mut lua = std::process::Command::new("lua5.1")
        .arg("-")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("lua5.1 is missing; `make debian-tools` installs it");
    lua.stdin.take().unwrap().write_all(program.as_bytes()).unwrap();
    String::from_utf8(lua.wait_with_output().unwrap().stdout).unwrap().trim().to_owned()
}

#[test]
fn health_checks_tell_waiting_from_well_and_broken() {
    // REQ-OPS-03: a broken one shows as degraded.
    let text = std::fs::read_to_string(build::repository().join("argocd/health.yaml")).unwrap();
    let health = read(&text).unwrap().remove(0);
    let scripts = health.at("/data").as_object().unwrap();
    assert_eq!(scripts.len(), 3);
    for (name, script) in scripts {
        let ready = |status: &str| {
            let object =
                format!("{{ status = {{ conditions = {{ {{ type = 'Ready', status = '{status}' }} }} }} }}");
            judged(script.as_str().unwrap(), &object)
        };
        assert_eq!(judged(script.as_str().unwrap(), "{}"), "Progressing", "{name}");
        assert_eq!(ready("True"), "Healthy", "{name}");
        assert_eq!(ready("False"), "Degraded", "{name}");
    }
}

#[test]
fn argocd_brings_nothing_that_belongs_to_the_cluster() {
    // REQ-HARD-06, M8: a push to the branch that it follows could have made its author the cluster's administrator.
    let text = std::fs::read_to_string(build::repository().join("argocd/project.yaml")).unwrap();
    let project = read(&text).unwrap().remove(0);
    assert!(project.at("/spec/clusterResourceWhitelist").is_null(), "nothing of the cluster is allowed");
    let pair =
        |one: &Value| (one["group"].as_str().unwrap().to_owned(), one["kind"].as_str().unwrap().to_owned());
    let allowed: BTreeSet<_> = list(project.at("/spec/namespaceResourceWhitelist")).map(pair).collect();
    let mut brought = BTreeSet::new();
    for document in overlays().iter().flat_map(|overlay| build(overlay).unwrap()) {
        assert!(!document.namespace().is_empty(), "{} belongs to the cluster", document.title());
        let group = document.text("/apiVersion").split_once('/').map_or("", |(group, _)| group).to_owned();
        brought.insert((group, document.kind().to_owned()));
    }
    assert_eq!(brought, allowed, "allowed is what is brought");
    let cluster = build(&build::cluster()).unwrap();
    assert!(cluster.len() > 5, "and the rest is for the cluster's administrators: {}", cluster.len());
}

#[test]
fn the_cluster_keeps_the_account_that_may_make_labs_to_them() {
    // REQ-LAB-10: whoever gets the rights is whom both policies are about, and both are bound.
    let cluster = build(&build::cluster()).unwrap();
    let find =
        |title: &str| cluster.iter().find(|one| one.title() == title).unwrap_or_else(|| panic!("no {title}"));
    let subject = find("ClusterRoleBinding gateway-labs").at("/subjects/0");
    let text = |name: &str| subject[name].as_str().unwrap();
    let account = format!("system:serviceaccount:{}:{}", text("namespace"), text("name"));
    for policy in ["opencode-gateway-labs", "opencode-gateway-writes"] {
        let rules = find(&format!("ValidatingAdmissionPolicy {policy}"));
        assert_eq!(rules.text("/spec/failurePolicy"), "Fail", "{policy}");
        let by = rules.text("/spec/matchConditions/0/expression");
        assert_eq!(by, format!("request.userInfo.username == '{account}'"), "{policy}");
        let binding = find(&format!("ValidatingAdmissionPolicyBinding {policy}"));
        assert_eq!(binding.text("/spec/policyName"), policy);
        assert_eq!(*binding.at("/spec/validationActions"), json!(["Deny"]), "{policy}");
    }
}

#[test]
fn whoever_reads_metrics_reaches_nothing_else() {
    // REQ-HARD-05, M14
    let documents = lab();
    let find = |title: &str| documents.iter().find(|one| one.title() == title).unwrap();
    let port = json!(8002);
    let policy = find("NetworkPolicy ai-dev/gateway");
    let reader = |rule: &&Value| {
        list(&rule["from"])
            .any(|peer| peer["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == "prometheus")
    };
    let open: Vec<_> =
        list(policy.at("/spec/ingress")).filter(reader).flat_map(|rule| list(&rule["ports"])).collect();
    assert_eq!(open, [&json!({ "protocol": "TCP", "port": port })]);
    let gateway = find("StatefulSet ai-dev/gateway");
    let variables = gateway.at("/spec/template/spec/containers/0/env");
    let listens = list(variables).find(|one| one["name"] == "GATEWAY_METRICS_LISTEN").unwrap();
    assert_eq!(listens["value"], "0.0.0.0:8002");
    assert!(
        list(find("Service ai-dev/gateway").at("/spec/ports")).all(|one| one["port"] != port),
        "for pods alone"
    );
    let text = std::fs::read_to_string(
        build::repository().join("infrastructure/kustomize/components/lgtm/config/prometheus.yml"),
    );
    let prometheus: Value = serde_yaml::from_str(&text.unwrap()).unwrap();
    assert_eq!(prometheus["scrape_configs"][0]["dns_sd_configs"][0]["port"], port);
}

#[test]
fn dashboards_are_whole_and_named_once() {
    // REQ-OPS-02: files that load. What their queries answer is tested against a real Prometheus.
    let mut seen = BTreeSet::new();
    let documents = lab();
    let config = documents.iter().find(|one| one.name().starts_with("grafana-dashboards")).unwrap();
    let boards = config.at("/data").as_object().unwrap();
    for (file, text) in boards {
        let board: Value = serde_json::from_str(text.as_str().unwrap()).unwrap();
        assert!(seen.insert(board["uid"].as_str().unwrap().to_owned()), "{file}: its uid is another's");
        let mut panels = BTreeSet::new();
        for panel in list(&board["panels"]) {
            assert!(panels.insert(panel["id"].as_u64().unwrap()), "{file}: two panels with one id");
            assert_eq!(panel["datasource"]["uid"], "prometheus", "{file}: {}", panel["title"]);
            assert!(list(&panel["targets"]).all(|target| target["expr"].is_string()), "{file}");
        }
        assert!(panels.len() > 3, "{file}");
    }
    let on_disk = files("infrastructure/kustomize/components/lgtm/dashboards").len();
    assert_eq!(boards.len(), on_disk, "each dashboard file is loaded");
}
