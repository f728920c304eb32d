//! What the gateway asks of a cluster: the lease, the pod's label, whose a token is. Against a strict double of the
//! API; the manifests grant exactly what was called.

use e2e::fake_opencode::wire::{Peer, hello};
use e2e::gateway::{Gateway, TOKEN};
use e2e::kube::{Kube, MadeToken, NAMESPACE};
use e2e::wait::until;
use gateway::cluster::rights::{self, On, Right};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

pub(crate) const CODEV: &str = "system:serviceaccount:ai-dev:codev";
const PROMISED: Duration = Duration::from_secs(15);

/// Two gateways of a cluster on one state.
async fn pair(kube: &Kube) -> [Gateway; 2] {
    let first = Gateway::prepare().unwrap();
    let second = first.beside().unwrap();
    let mut pair = [first, second];
    for (number, gateway) in pair.iter_mut().enumerate() {
        gateway.env = kube.env(&format!("gateway-{number}"));
        gateway.env.push(("GATEWAY_STANDBY".into(), "lease".into()));
        gateway.env.push(("GATEWAY_BRIDGE_ACCOUNTS".into(), CODEV.into()));
        gateway.spawn().await.unwrap();
        gateway.until("its role", "/readyz", |text| *text == ["ready\n", "standby\n"][number]).await.unwrap();
    }
    pair
}

fn role(kube: &Kube, pod: &str) -> Option<Value> {
    kube.state().labels.get(pod)?.get("opencode-gateway/role").cloned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_names_the_one_that_works_and_moves_when_it_dies() {
    // REQ-STATE-05
    let kube = Kube::start().await.unwrap();
    let [mut first, second] = pair(&kube).await;
    assert_eq!(kube.state().holder().as_deref(), Some("gateway-0"));
    until("the labels", async || {
        role(&kube, "gateway-0") == Some("active".into())
            && role(&kube, "gateway-1") == Some("standby".into())
    })
    .await
    .unwrap();
    let begun = Instant::now();
    first.kill();
    second.until("its turn", "/readyz", |text| *text == "ready\n").await.unwrap();
    let killed = begun.elapsed();
    assert!(killed < PROMISED, "after {killed:?}");
    assert_eq!(kube.state().holder().as_deref(), Some("gateway-1"));
    until("the label", async || role(&kube, "gateway-1") == Some("active".into())).await.unwrap();

    // It comes back and stands by; a stop hands over at once, since the lease is given back.
    first.spawn().await.unwrap();
    first.until("standing by", "/readyz", |text| *text == "standby\n").await.unwrap();
    until("the label", async || role(&kube, "gateway-0") == Some("standby".into())).await.unwrap();
    let (mut second, begun) = (second, Instant::now());
    let stopped = second.terminate().await.unwrap();
    first.until("its turn", "/readyz", |text| *text == "ready\n").await.unwrap();
    let handed = begun.elapsed();
    assert!(handed < Duration::from_secs(5), "after {handed:?}");
    println!("hand-over by lease: {killed:?} after a kill, {handed:?} after a stop (which took {stopped:?})");
    let complaints = kube.state().complaints.clone();
    assert!(complaints.is_empty(), "{complaints:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_cannot_renew_ends_before_another_begins() {
    // REQ-STATE-05: a cut network, and somebody else's write in between.
    let kube = Kube::start().await.unwrap();
    let [first, second] = pair(&kube).await;
    kube.state().conflicts = 1;
    // A lost race for a renewal is a lost lease: whoever wrote may be the other one.
    until("an end", async || first.log().contains("lease taken over by another gateway")).await.unwrap();
    second.until("its turn", "/readyz", |text| *text == "ready\n").await.unwrap();

    kube.state().silent = true;
    until("giving up", async || second.log().contains("lease not renewed in time")).await.unwrap();
    until("a stop", async || second.log().contains("\"stopping\"")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_connects_with_its_own_token_under_its_own_name() {
    // REQ-BRIDGE-10, REQ-WHO-04, H7: the name was the pod's own word, and a token bound to no pod was taken.
    let kube = Kube::start().await.unwrap();
    let of_codev = kube.state().run_pod("codev-0", "uid-1", CODEV);
    let of_another = kube.state().run_pod("other-0", "uid-2", "system:serviceaccount:ai-dev:default");
    let made = |audience: &str| MadeToken {
        account: CODEV.to_owned(),
        audiences: vec![audience.to_owned()],
        pod: None,
    };
    kube.state().tokens.insert("token-of-the-account".to_owned(), made("opencode-gateway"));
    let for_the_server = made("https://kubernetes.default.svc");
    kube.state().tokens.insert("token-for-the-api-server".to_owned(), for_the_server);
    let gateway = in_cluster(&kube, &json!({})).await;
    let address = ([127, 0, 0, 1], gateway.port).into();
    let presented = [
        (TOKEN, "pod-0", true),
        (&of_codev, "codev-0", true),
        (&of_codev, "codev-1", false),
        (&of_codev, "pod-0", false),
        ("token-of-the-account", "codev-2", false),
        ("token-for-the-api-server", "codev-2", false),
        (&of_another, "other-0", false),
        ("made-up", "codev-2", false),
        // The name is the pod's that the cluster vouches for.
        (TOKEN, "codev-0", false),
    ];
    for (token, pod, admitted) in presented {
        let connected = Peer::connect(address, Some(token), hello(pod, "boot")).await;
        assert_eq!(connected.is_ok(), admitted, "{token} as {pod}");
    }
    let log = gateway.log();
    for told in ["is not bound to a pod", "the plugin says that it is in codev-1", "is another pod's"] {
        assert!(log.contains(told), "{told:?} is not in {log}");
    }
    kube.state().forbidden.insert(("create".into(), "tokenreviews".into()));
    assert!(Peer::open(address, Some(&of_codev)).await.is_err());
    assert!(gateway.log().contains("could not be checked"), "{}", gateway.log());
    assert!(!gateway.log().contains(&of_codev), "no token in a log");
    let complaints = kube.state().complaints.clone();
    assert!(complaints.is_empty(), "{complaints:?}");
}

/// A gateway that pods of the account may connect to.
pub(crate) async fn in_cluster(kube: &Kube, rules: &Value) -> Gateway {
    let mut gateway = Gateway::prepare().unwrap();
    gateway.configure(rules).unwrap();
    gateway.env.extend(kube.env("gateway-0"));
    gateway.env.push(("GATEWAY_BRIDGE_ACCOUNTS".into(), CODEV.into()));
    gateway.spawn().await.unwrap();
    gateway
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_names_the_right_that_is_missing() {
    // REQ-OPS-03
    let kube = Kube::start().await.unwrap();
    kube.state().forbidden.insert(("patch".into(), "pods".into()));
    let gateway = Gateway::prepare().unwrap();
    let mut command = gateway.command(&["doctor", "--json"]).unwrap();
    let output = command
        .envs(kube.env("gateway-0"))
        .env("GATEWAY_STANDBY", "lease")
        .env("GATEWAY_STATE", gateway.state())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let findings: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rights: Vec<_> = findings.as_array().unwrap().iter().filter(|one| one["check"] == "rights").collect();
    assert_eq!(rights.len(), rights::ALL_RIGHTS.len(), "{findings:#}");
    let missing: Vec<_> = rights.iter().filter(|one| one["level"] == "fault").collect();
    assert_eq!(missing.len(), 1, "{rights:#?}");
    assert!(missing[0]["says"].as_str().unwrap().contains("patch pods"), "{missing:#?}");
}

/// Group, resource, verb, and what it is limited to.
type Granted = (String, String, String, String);

/// What the roles in a manifest grant.
fn granted(text: &str) -> BTreeSet<Granted> {
    let mut granted = BTreeSet::new();
    for part in serde_yaml::Deserializer::from_str(text) {
        let document: Value = serde::Deserialize::deserialize(part).unwrap();
        let cluster = document["kind"] == "ClusterRole";
        for rule in document["rules"].as_array().into_iter().flatten() {
            let names = rule["resourceNames"].to_string();
            for verb in rule["verbs"].as_array().unwrap() {
                for key in ["apiGroups", "resources"] {
                    assert_eq!(
                        rule[key].as_array().map(Vec::len),
                        Some(1),
                        "one each, or this reads it wrongly: {rule}"
                    );
                }
                granted.insert((
                    rule["apiGroups"][0].as_str().unwrap().to_owned(),
                    rule["resources"][0].as_str().unwrap().to_owned(),
                    verb.as_str().unwrap().to_owned(),
                    if cluster { "cluster".to_owned() } else { names.clone() },
                ));
            }
        }
    }
    granted
}

/// What the code calls.
fn needed(rights: &[Right]) -> BTreeSet<Granted> {
    rights
        .iter()
        .map(|right| {
            let on = match right.on {
                On::Cluster | On::Labs => "cluster".to_owned(),
                On::Namespace => "null".to_owned(),
                On::Named(name) => format!("[\"{name}\"]"),
                On::OwnPods => "[\"gateway-0\",\"gateway-1\"]".to_owned(),
            };
            (right.group.to_owned(), right.resource.to_owned(), right.verb.to_owned(), on)
        })
        .collect()
}

fn manifests(files: &[&str]) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../infrastructure/kustomize/");
    let texts = files.iter().map(|file| std::fs::read_to_string(format!("{folder}{file}")).unwrap());
    texts.collect::<Vec<_>>().join("---\n")
}

#[test]
fn the_manifests_grant_what_is_called_and_nothing_else() {
    // REQ-OPS-03: least privilege.
    let text = manifests(&["components/gateway/access.yaml", "cluster/access.yaml"]);
    assert_eq!(granted(&text), needed(&rights::ALL_RIGHTS));
    assert!(text.contains(&format!("namespace: {NAMESPACE}")));
}

#[test]
fn the_role_of_labs_grants_what_is_called_and_nothing_else() {
    // REQ-OPS-03, REQ-LAB-10: it holds in the whole cluster, so a verb too many is one too many everywhere.
    assert_eq!(granted(&manifests(&["components/labs/access.yaml"])), needed(&rights::LAB_RIGHTS));
}
