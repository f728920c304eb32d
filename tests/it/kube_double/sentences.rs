//! What the server says when it refuses. Against the double, or against a real cluster.

use super::{Place, api, apply, condition, config_map, deployment, namespace, refused};
use e2e::kube::GATEWAY;
use e2e::wait::until;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use kube::Api;
use kube::api::{DeleteParams, Patch, PatchParams, Preconditions};
use kube::core::Status;
use serde_json::{Value, json};

/// Code, reason and message.
fn told(status: &Status) -> (u16, &str, &str) {
    (status.code, &status.reason, &status.message)
}

fn causes(status: &Status) -> Vec<(String, String)> {
    let causes = status.details.clone().map(|details| details.causes).unwrap_or_default();
    causes.into_iter().map(|cause| (cause.reason, cause.field)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_of_another_manager_is_a_conflict_that_names_it() {
    // REQ-LAB-05
    let place = Place::with_lab("conflict").await;
    let green = config_map("colours", &json!({ "wall": "green" }));
    place.as_administrator("ConfigMap", &place.lab, &green).await.unwrap();
    let blue = config_map("colours", &json!({ "wall": "blue", "door": "red" }));
    let refusal = place.as_gateway("ConfigMap", &place.lab, &blue).await.unwrap_err();
    let message = "Apply failed with 1 conflict: conflict with \"somebody\": .data.wall";
    assert_eq!(told(&refusal), (409, "Conflict", message));
    assert_eq!(causes(&refusal), [("FieldManagerConflict".to_owned(), ".data.wall".to_owned())]);

    // The same value is nobody's alone, and force takes the field.
    place.as_gateway("ConfigMap", &place.lab, &green).await.unwrap();
    let taken =
        apply(&place.gateway, "opencode-gateway", "ConfigMap", &place.lab, &blue, true).await.unwrap();
    assert_eq!(taken["data"], json!({ "wall": "blue", "door": "red" }));

    // What is not applied any more is gone.
    let less = config_map("colours", &json!({ "wall": "blue" }));
    let left = place.as_gateway("ConfigMap", &place.lab, &less).await.unwrap();
    assert_eq!(left["data"], json!({ "wall": "blue" }));

    // An edit takes what it changes.
    let maps: Api<ConfigMap> = Api::namespaced(place.administrator.clone(), &place.lab);
    let edit = PatchParams { field_manager: Some("kubectl-edit".to_owned()), ..PatchParams::default() };
    maps.patch("colours", &edit, &Patch::Merge(json!({ "data": { "wall": "grey" } }))).await.unwrap();
    let refusal = place.as_gateway("ConfigMap", &place.lab, &less).await.unwrap_err();
    let message = "Apply failed with 1 conflict: conflict with \"kubectl-edit\" using v1: .data.wall";
    assert_eq!(told(&refusal), (409, "Conflict", message));
}

#[tokio::test(flavor = "multi_thread")]
async fn items_of_lists_belong_to_managers_by_their_names() {
    let place = Place::with_lab("items").await;
    place.as_gateway("Deployment", &place.lab, &deployment("node:22")).await.unwrap();
    let mut other = deployment("node:23");
    other["spec"]["template"]["spec"]["containers"][0]["env"] = json!([{ "name": "PORT", "value": "1" }]);
    let refusal = place.as_administrator("Deployment", &place.lab, &other).await.unwrap_err();
    let fields: Vec<_> = causes(&refusal).into_iter().map(|(_, field)| field).collect();
    let container = ".spec.template.spec.containers[name=\"app\"]";
    assert_eq!(fields, [format!("{container}.env[name=\"PORT\"].value"), format!("{container}.image")]);
    assert!(
        refusal
            .message
            .starts_with("Apply failed with 2 conflicts: conflicts with \"opencode-gateway\":\n- ")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_right_is_told_with_verb_resource_and_place() {
    // REQ-LAB-05
    let place = Place::with_lab("rights").await;
    let account = json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": "x", "namespace": place.lab } });
    let refusal = place.as_gateway("ServiceAccount", &place.lab, &account).await.unwrap_err();
    let message = format!(
        "serviceaccounts \"x\" is forbidden: User \"{GATEWAY}\" cannot patch resource \"serviceaccounts\" in API group \"\" in \
         the namespace \"{}\"",
        place.lab
    );
    assert_eq!(told(&refusal), (403, "Forbidden", message.as_str()));
    assert!(causes(&refusal).is_empty());
    let refusal = api(&place.gateway, "ServiceAccount", "").list(&kube::api::ListParams::default()).await;
    let message = format!(
        "serviceaccounts is forbidden: User \"{GATEWAY}\" cannot list resource \"serviceaccounts\" in API group \"\" at the \
         cluster scope"
    );
    assert_eq!(told(&refused(refusal.unwrap_err())), (403, "Forbidden", message.as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cluster_keeps_the_gateway_to_namespaces_that_it_made() {
    // REQ-LAB-10
    let place = Place::with_lab("policies").await;
    let denied = |status: &Status, policy: &str, why: &str| {
        assert_eq!((status.code, status.reason.as_str()), (422, "Invalid"), "{status:?}");
        let text =
            format!("ValidatingAdmissionPolicy '{policy}' with binding '{policy}' denied request: {why}");
        assert!(status.message.ends_with(&text), "{}", status.message);
    };
    let refusal = place.as_gateway("Namespace", "", &namespace("policies-production")).await.unwrap_err();
    let why = "the gateway may not touch namespace policies-production: only namespaces that end in -lab";
    denied(&refusal, "opencode-gateway-labs", why);

    let mut foreign = namespace("policies-foreign-lab");
    foreign["metadata"].as_object_mut().unwrap().remove("labels");
    place.as_administrator("Namespace", "", &foreign).await.unwrap();
    let refusal = place.as_gateway("Namespace", "", &namespace("policies-foreign-lab")).await.unwrap_err();
    denied(&refusal, "opencode-gateway-labs", "the gateway may only touch namespaces that it made");
    let namespaces: Api<Namespace> = Api::all(place.gateway.clone());
    let refusal = namespaces.delete("policies-foreign-lab", &DeleteParams::default()).await;
    denied(
        &refused(refusal.unwrap_err()),
        "opencode-gateway-labs",
        "the gateway may only touch namespaces that it made",
    );

    let refusal =
        place.as_gateway("ConfigMap", "default", &config_map("mine", &json!({}))).await.unwrap_err();
    let why = "the gateway may not write in namespace default: it did not make it";
    denied(&refusal, "opencode-gateway-writes", why);
    place.as_gateway("ConfigMap", &place.lab, &config_map("mine", &json!({}))).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_that_is_not_let_in_shows_at_its_deployment() {
    // REQ-LAB-05
    let place = Place::with_lab("refused").await;
    let mut loose = deployment("node:22");
    loose["spec"]["template"]["spec"].as_object_mut().unwrap().remove("securityContext");
    place.as_gateway("Deployment", &place.lab, &loose).await.unwrap();
    let failure = || async {
        let shown = place.get("Deployment", "shop").await;
        let failure = condition(&shown, "ReplicaFailure").clone();
        if failure["status"] == "True" { Ok(failure) } else { Err(format!("{}", shown["status"])) }
    };
    let shown = until("the failure", failure).await.unwrap();
    assert_eq!(shown["reason"], "FailedCreate");
    let message = shown["message"].as_str().unwrap();
    assert!(message.contains("is forbidden: violates PodSecurity \"restricted:latest\": "), "{message}");
    assert!(message.contains(
        "runAsNonRoot != true (pod or container \"app\" must set securityContext.runAsNonRoot=true)"
    ));
    assert!(message.contains(
        "seccompProfile (pod or container \"app\" must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")"
    ));

    let quota = json!({
        "apiVersion": "v1", "kind": "ResourceQuota", "metadata": { "name": "q" }, "spec": { "hard": { "pods": "0" } },
    });
    place.as_gateway("ResourceQuota", &place.lab, &quota).await.unwrap();
    place.as_gateway("Deployment", &place.lab, &deployment("node:22")).await.unwrap();
    let by_quota = || async {
        let shown = place.get("Deployment", "shop").await;
        let message = condition(&shown, "ReplicaFailure")["message"].as_str().unwrap_or_default().to_owned();
        let told = message
            .ends_with("is forbidden: exceeded quota: q, requested: pods=1, used: pods=0, limited: pods=0");
        if told { Ok(()) } else { Err(message) }
    };
    until("the quota", by_quota).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_that_contradict_each_other_are_told() {
    let place = Place::with_lab("limits").await;
    let range = json!({
        "apiVersion": "v1", "kind": "LimitRange", "metadata": { "name": "l" },
        "spec": { "limits": [{ "type": "Container", "default": { "cpu": "500m" }, "defaultRequest": { "cpu": "50m" } }] },
    });
    place.as_gateway("LimitRange", &place.lab, &range).await.unwrap();
    let mut greedy = deployment("node:22");
    greedy["spec"]["template"]["spec"]["containers"][0]["resources"] = json!({ "requests": { "cpu": "1" } });
    place.as_gateway("Deployment", &place.lab, &greedy).await.unwrap();
    let limit = || async {
        let shown = place.get("Deployment", "shop").await;
        let message = condition(&shown, "ReplicaFailure")["message"].as_str().unwrap_or_default().to_owned();
        if message.ends_with("must be less than or equal to cpu limit of 500m") {
            Ok(())
        } else {
            Err(message)
        }
    };
    until("the limit", limit).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delete_is_for_the_object_that_was_seen() {
    // REQ-LAB-06
    let place = Place::with_lab("uid").await;
    let namespaces: Api<Namespace> = Api::all(place.gateway.clone());
    let uid = namespaces.get(&place.lab).await.unwrap().metadata.uid.unwrap();
    let of = |uid: &str| DeleteParams {
        preconditions: Some(Preconditions { uid: Some(uid.to_owned()), resource_version: None }),
        ..DeleteParams::default()
    };
    let refusal = refused(namespaces.delete(&place.lab, &of("another")).await.unwrap_err());
    assert_eq!((refusal.code, refusal.reason.as_str()), (409, "Conflict"));
    let text = format!("Precondition failed: UID in precondition: another, UID in object meta: {uid}");
    assert!(refusal.message.ends_with(&text), "{}", refusal.message);
    namespaces.delete(&place.lab, &of(&uid)).await.unwrap();
    until("its end", async || namespaces.get_opt(&place.lab).await.unwrap().is_none()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_namespace_that_cannot_go_says_what_holds_it() {
    // REQ-LAB-06
    let place = Place::with_lab("going").await;
    let mut held = config_map("held", &json!({}));
    held["metadata"]["finalizers"] = json!(["cert-manager.test/finalizer"]);
    place.as_administrator("ConfigMap", &place.lab, &held).await.unwrap();
    let namespaces: Api<Namespace> = Api::all(place.gateway.clone());
    namespaces.delete(&place.lab, &DeleteParams::default()).await.unwrap();

    let refusal =
        place.as_gateway("ConfigMap", &place.lab, &config_map("new", &json!({}))).await.unwrap_err();
    let message = format!(
        "configmaps \"new\" is forbidden: unable to create new content in namespace {} because it is being terminated",
        place.lab
    );
    assert_eq!(told(&refusal), (403, "Forbidden", message.as_str()));
    assert_eq!(causes(&refusal)[0].0, "NamespaceTerminating");
    let holds = || async {
        let shown = serde_json::to_value(namespaces.get(&place.lab).await.unwrap()).unwrap();
        let content = &condition(&shown, "NamespaceContentRemaining")["message"];
        let finalizers = &condition(&shown, "NamespaceFinalizersRemaining")["message"];
        let told = content == "Some resources are remaining: configmaps. has 1 resource instances"
            && finalizers
                == "Some content in the namespace has finalizers remaining: cert-manager.test/finalizer in 1 resource instances";
        if told { Ok(()) } else { Err(shown["status"].to_string()) }
    };
    until("what holds it", holds).await.unwrap();

    let maps: Api<ConfigMap> = Api::namespaced(place.administrator.clone(), &place.lab);
    let free = json!({ "metadata": { "finalizers": null } });
    maps.patch("held", &PatchParams::default(), &Patch::Merge(free)).await.unwrap();
    until("its end", async || namespaces.get_opt(&place.lab).await.unwrap().is_none()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_type_knows_and_what_is_too_large_is_refused() {
    let place = Place::with_lab("types").await;
    let mut odd = deployment("node:22");
    odd["spec"]["replicaz"] = json!(2);
    let refusal = place.as_gateway("Deployment", &place.lab, &odd).await.unwrap_err();
    assert_eq!((refusal.code, refusal.reason.as_str()), (500, ""));
    assert!(refusal.message.starts_with("failed to create typed patch object"), "{}", refusal.message);
    assert!(refusal.message.ends_with(".spec.replicaz: field not declared in schema"), "{}", refusal.message);

    let large = config_map("large", &json!({ "f0001": "x".repeat(1_048_577) }));
    let refusal = place.as_gateway("ConfigMap", &place.lab, &large).await.unwrap_err();
    assert_eq!(refusal.code, 422);
    assert!(refusal.message.contains("Too long: may not be more than 1048576 bytes"), "{}", refusal.message);
    let slash = config_map("slash", &json!({ "src/lib.rs": "" }));
    let refusal = place.as_gateway("ConfigMap", &place.lab, &slash).await.unwrap_err();
    assert!(refusal.message.contains("data[src/lib.rs]"), "{}", refusal.message);
    let fits = config_map("fits", &json!({ "f0001": "x".repeat(1_048_576) }));
    place.as_gateway("ConfigMap", &place.lab, &fits).await.unwrap();
    let shown: Value = place.get("ConfigMap", "fits").await;
    assert_eq!(shown["metadata"]["managedFields"][0]["manager"], "opencode-gateway");
}
