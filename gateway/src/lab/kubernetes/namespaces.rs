//! The namespace of a lab, and whose it is. One that does not carry our label is never touched, whatever it is called.

use super::api_fault::Fault;
use super::manifests::{LabSpec, MANAGED_BY, OURS, SESSION, namespace};
use super::pod_trouble::sentence;
use super::same_objects::{is_same, marked};
use gateway_domain::LabFault;
use k8s_openapi::api::core::v1::Namespace;
use kube::api::{Patch, PatchParams, PostParams};
use kube::{Api, Client, ResourceExt};

/// Of what stays in a namespace that is being removed.
const LEFT: [&str; 4] = [
    "NamespaceFinalizersRemaining",
    "NamespaceContentRemaining",
    "NamespaceDeletionContentFailure",
    "NamespaceDeletionDiscoveryFailure",
];

/// Made, or found and brought up to date.
pub(super) async fn claim(client: &Client, spec: &LabSpec) -> Result<(), Fault> {
    let name = &spec.place.namespace;
    let what = format!("the namespace {name}");
    let all: Api<Namespace> = Api::all(client.clone());
    let mut wanted = marked(&namespace(spec));
    let Some(found) = all.get_opt(name).await.map_err(|error| Fault::of(&error, &what))? else {
        // Never by an apply: that would take over one that somebody else makes in this moment.
        let params = PostParams { field_manager: Some(OURS.to_owned()), ..PostParams::default() };
        return match all.create(&params, &wanted).await {
            Ok(_) => Ok(()),
            Err(kube::Error::Api(status)) if status.is_already_exists() => {
                Err(Fault::passing(format!("someone else created {what} just now")))
            }
            Err(error) => Err(Fault::of(&error, &what)),
        };
    };
    whose(&found, spec)?;
    if found.metadata.deletion_timestamp.is_some() {
        return Err(Fault::passing(format!("the old lab is still being removed{}", still_there(&found))));
    }
    if is_same(&wanted, &found) {
        return Ok(());
    }
    // The uid makes it a change of this very one. What somebody else set of it is ours again.
    wanted.metadata.uid = found.uid();
    let params = PatchParams::apply(OURS).force();
    let applied = all.patch(name, &params, &Patch::Apply(&wanted)).await;
    applied.map(drop).map_err(|error| Fault::of(&error, &what))
}

fn whose(found: &Namespace, spec: &LabSpec) -> Result<(), Fault> {
    let name = &spec.place.namespace;
    if !is_ours(found) {
        return Err(Fault::lasting(format!(
            "The namespace {name} exists and was not made by me; I leave it alone. Start the session under another name, or have its owner remove it."
        ))
        .for_figures(LabFault::Taken));
    }
    let labelled = namespace(spec);
    if found.labels().get(SESSION) != labelled.labels().get(SESSION) {
        return Err(Fault::lasting(format!(
            "The namespace {name} is the lab of another session ({}). Remove that lab first.",
            original(found, SESSION)
        ))
        .for_figures(LabFault::Taken));
    }
    Ok(())
}

pub(super) fn is_ours(namespace: &Namespace) -> bool {
    namespace.labels().get(MANAGED_BY).is_some_and(|manager| manager == OURS)
}

/// As the gateway knows it: a label may have been mapped.
pub(super) fn original(namespace: &Namespace, name: &str) -> String {
    let value = namespace.annotations().get(name).or_else(|| namespace.labels().get(name));
    value.cloned().unwrap_or_default()
}

/// What keeps it from going, in the words of the cluster; nothing where it says nothing.
pub(super) fn still_there(namespace: &Namespace) -> String {
    let conditions = namespace.status.as_ref().and_then(|status| status.conditions.as_ref());
    let conditions: Vec<_> = conditions.into_iter().flatten().filter(|one| one.status == "True").collect();
    let told =
        LEFT.iter().find_map(|name| conditions.iter().find(|one| one.type_ == *name)?.message.as_ref());
    told.map(|text| format!(" ({})", sentence(text))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::still_there;
    use serde_json::json;

    #[test]
    fn the_finalizer_that_holds_a_namespace_is_named() {
        // REQ-LAB-06
        let namespace = serde_json::from_value(json!({ "status": { "conditions": [
            { "type": "NamespaceDeletionContentFailure", "status": "False", "message": "all is well" },
            { "type": "NamespaceContentRemaining", "status": "True", "message": "configmaps. has 1 resource instances" },
            { "type": "NamespaceFinalizersRemaining", "status": "True",
              "message": "Some content in the namespace has finalizers remaining: cert-manager.test/finalizer in 1 resource instances" },
        ] } }));
        assert_eq!(
            still_there(&namespace.unwrap()),
            " (Some content in the namespace has finalizers remaining: cert-manager.test/finalizer in 1 resource instances)"
        );
        assert_eq!(still_there(&Default::default()), "");
    }
}
