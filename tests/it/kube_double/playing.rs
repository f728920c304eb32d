//! What the double's controllers and kubelet make of a Deployment. With the double alone: a real cluster has no script.

use super::{Place, api, condition, deployment};
use e2e::kube::Outcome;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::LogParams;
use serde_json::{Value, json};

async fn deployed(test: &str, image: &str, outcome: Outcome) -> Place {
    let place = Place::with_lab(test).await;
    place.double().cluster().outcome(image, outcome);
    place.as_gateway("Deployment", &place.lab, &deployment(image)).await.unwrap();
    place
}

/// The only one.
fn pod(place: &Place) -> Value {
    let mut pods = place.double().cluster().objects("Pod", &place.lab);
    assert_eq!(pods.len(), 1, "{pods:#?}");
    pods.remove(0)
}

fn waiting(pod: &Value) -> &str {
    pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"].as_str().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_becomes_ready_and_a_change_makes_a_new_pod() {
    let place = deployed("ready", "node:22", Outcome::Waiting).await;
    let shown = place.get("Deployment", "shop").await;
    assert_eq!(condition(&shown, "Available")["status"], "False");
    assert_eq!(condition(&shown, "Progressing")["reason"], "ReplicaSetUpdated");
    assert_eq!(waiting(&pod(&place)), "ContainerCreating");

    place.double().cluster().outcome("node:22", Outcome::Ready);
    let shown = place.get("Deployment", "shop").await;
    assert_eq!(shown["status"]["observedGeneration"], shown["metadata"]["generation"]);
    assert_eq!(condition(&shown, "Progressing")["reason"], "NewReplicaSetAvailable");
    assert_eq!(condition(&shown, "Available")["status"], "True");
    assert_eq!(shown["status"]["readyReplicas"], 1);
    let old = pod(&place);

    // Right after a change the status is that of before; nobody may take it for the new one's.
    place.double().cluster().hold_controllers(true);
    let mut next = deployment("node:22");
    next["spec"]["template"]["metadata"]["annotations"] = json!({ "digest": "2" });
    place.as_gateway("Deployment", &place.lab, &next).await.unwrap();
    let shown = place.get("Deployment", "shop").await;
    assert_eq!(
        (&shown["metadata"]["generation"], &shown["status"]["observedGeneration"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(condition(&shown, "Progressing")["reason"], "NewReplicaSetAvailable");
    place.double().cluster().hold_controllers(false);
    assert_ne!(pod(&place)["metadata"]["name"], old["metadata"]["name"]);
    assert_eq!(place.get("Deployment", "shop").await["status"]["observedGeneration"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_trouble_shows_where_a_cluster_shows_it() {
    let place = deployed("trouble", "shop:1", Outcome::ErrImagePull).await;
    let cluster = place.double().cluster();
    assert_eq!(waiting(&pod(&place)), "ErrImagePull");
    cluster.advance(10);
    assert_eq!(waiting(&pod(&place)), "ImagePullBackOff");
    assert!(
        cluster.events().iter().any(|event| event.starts_with("Warning Failed pod/shop-")),
        "{:?}",
        cluster.events()
    );

    cluster.outcome("shop:1", Outcome::CrashLoop { exit: 3 });
    let crashed = pod(&place);
    assert_eq!(waiting(&crashed), "CrashLoopBackOff");
    let container = &crashed["status"]["containerStatuses"][0];
    assert_eq!(container["lastState"]["terminated"]["exitCode"], 3);
    assert_eq!(container["lastState"]["terminated"]["reason"], "Error");
    assert_eq!(container["restartCount"], 2);

    cluster.outcome("shop:1", Outcome::OOMKilled);
    let killed = pod(&place);
    assert_eq!(killed["status"]["containerStatuses"][0]["lastState"]["terminated"]["reason"], "OOMKilled");
    cluster.outcome("shop:1", Outcome::ConfigError);
    assert_eq!(waiting(&pod(&place)), "CreateContainerConfigError");
    cluster.outcome("shop:1", Outcome::NotReady);
    let unready = pod(&place);
    assert_eq!(condition(&unready, "Ready")["reason"], "ContainersNotReady");
    assert_eq!(unready["status"]["phase"], "Running");
    cluster.outcome("shop:1", Outcome::Unschedulable);
    assert_eq!(condition(&pod(&place), "PodScheduled")["reason"], "Unschedulable");

    cluster.advance(170);
    let shown = place.get("Deployment", "shop").await;
    assert_eq!(condition(&shown, "Progressing")["status"], "False");
    assert_eq!(condition(&shown, "Progressing")["reason"], "ProgressDeadlineExceeded");
}

#[tokio::test(flavor = "multi_thread")]
async fn containers_have_logs_of_now_and_of_before() {
    let place = deployed("logs", "shop:1", Outcome::Waiting).await;
    let cluster = place.double().cluster();
    cluster.logs("shop:1", "one\ntwo\nthree\n", "before\n");
    let pods: Api<Pod> = Api::namespaced(place.gateway.clone(), &place.lab);
    let name = pod(&place)["metadata"]["name"].as_str().unwrap().to_owned();
    let refusal = super::refused(pods.logs(&name, &LogParams::default()).await.unwrap_err());
    let message = format!("container \"app\" in pod \"{name}\" is waiting to start: ContainerCreating");
    assert_eq!((refusal.code, refusal.message.as_str()), (400, message.as_str()));

    cluster.outcome("shop:1", Outcome::CrashLoop { exit: 1 });
    let tail = LogParams { tail_lines: Some(2), ..LogParams::default() };
    assert_eq!(pods.logs(&name, &tail).await.unwrap(), "two\nthree\n");
    let previous = LogParams { previous: true, ..LogParams::default() };
    assert_eq!(pods.logs(&name, &previous).await.unwrap(), "before\n");
    cluster.outcome("shop:1", Outcome::Ready);
    let refusal = super::refused(pods.logs(&name, &previous).await.unwrap_err());
    let message = format!("previous terminated container \"app\" in pod \"{name}\" not found");
    assert_eq!(refusal.message, message);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_deployment_owns_goes_with_it() {
    let place = deployed("owned", "node:22", Outcome::Ready).await;
    let deployments = api(&place.gateway, "Deployment", &place.lab);
    deployments.delete("shop", &kube::api::DeleteParams::background()).await.unwrap();
    let cluster = place.double().cluster();
    for kind in ["Deployment", "ReplicaSet", "Pod"] {
        assert!(cluster.objects(kind, &place.lab).is_empty(), "{kind}");
    }
    let complaints = place.double().state().complaints.clone();
    assert!(complaints.is_empty(), "{complaints:?}");
}
