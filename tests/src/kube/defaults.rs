//! What the server writes into objects that don't say it. Only what labs and `kubectl describe` look at.

use super::admission::limit_range;
use super::failure::Failure;
use super::kinds::Kind;
use super::world::World;
use serde_json::{Value, json};

pub(super) fn fill(world: &mut World, kind: &Kind, object: &mut Value) -> Result<(), Failure> {
    match kind.resource {
        "namespaces" => {
            let name = object["metadata"]["name"].clone();
            object["metadata"]["labels"]["kubernetes.io/metadata.name"] = name;
            if object["metadata"]["deletionTimestamp"].is_null() {
                or(object, "/spec/finalizers", &json!(["kubernetes"]));
                or(object, "/status/phase", &json!("Active"));
            }
        }
        "deployments" => {
            or(object, "/spec/replicas", &json!(1));
            or(object, "/spec/progressDeadlineSeconds", &json!(600));
            or(object, "/spec/revisionHistoryLimit", &json!(10));
            let rolling = json!({ "maxSurge": "25%", "maxUnavailable": "25%" });
            or(object, "/spec/strategy/type", &json!("RollingUpdate"));
            if object["spec"]["strategy"]["type"] == "RollingUpdate" {
                or(object, "/spec/strategy/rollingUpdate", &rolling);
            }
            pod(&mut object["spec"]["template"]["spec"]);
        }
        "replicasets" => or(object, "/spec/replicas", &json!(1)),
        "pods" => {
            pod(&mut object["spec"]);
            or(object, "/spec/serviceAccountName", &json!("default"));
            or(object, "/status/phase", &json!("Pending"));
            or(object, "/status/qosClass", &json!("Burstable"));
            if object["status"]["containerStatuses"].is_null() {
                limit_range::fill(world, object)?;
            }
        }
        "persistentvolumeclaims" => {
            or(object, "/spec/volumeMode", &json!("Filesystem"));
            or(object, "/status/phase", &json!("Pending"));
        }
        "services" => {
            or(object, "/spec/type", &json!("ClusterIP"));
            or(object, "/spec/clusterIP", &json!("10.96.0.17"));
            or(object, "/spec/sessionAffinity", &json!("None"));
            for port in object["spec"]["ports"].as_array_mut().into_iter().flatten() {
                or(port, "/protocol", &json!("TCP"));
                let number = port["port"].clone();
                or(port, "/targetPort", &number);
            }
            or(object, "/status/loadBalancer", &json!({}));
        }
        "ingresses" => or(object, "/status/loadBalancer", &json!({})),
        _ => {}
    }
    Ok(())
}

fn pod(spec: &mut Value) {
    or(spec, "/restartPolicy", &json!("Always"));
    or(spec, "/dnsPolicy", &json!("ClusterFirst"));
    or(spec, "/terminationGracePeriodSeconds", &json!(30));
    or(spec, "/schedulerName", &json!("default-scheduler"));
    or(spec, "/securityContext", &json!({}));
    for list in ["containers", "initContainers"] {
        for container in spec[list].as_array_mut().into_iter().flatten() {
            let latest = container["image"].as_str().is_some_and(|image| {
                image.ends_with(":latest")
                    || !image.rsplit('/').next().unwrap_or_default().contains([':', '@'])
            });
            or(container, "/imagePullPolicy", &json!(if latest { "Always" } else { "IfNotPresent" }));
            or(container, "/terminationMessagePath", &json!("/dev/termination-log"));
            or(container, "/terminationMessagePolicy", &json!("File"));
            or(container, "/resources", &json!({}));
            for port in container["ports"].as_array_mut().into_iter().flatten() {
                or(port, "/protocol", &json!("TCP"));
            }
        }
    }
    // Asking for what is not there leaves a null.
    if let Some(spec) = spec.as_object_mut() {
        spec.retain(|_, value| !value.is_null());
    }
}

/// Sets what isn't there.
fn or(object: &mut Value, pointer: &str, value: &Value) {
    let mut place = object;
    for name in pointer.split('/').skip(1) {
        place = &mut place[name];
    }
    if place.is_null() {
        *place = value.clone();
    }
}
