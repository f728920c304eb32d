//! Brings a lab's objects to the cluster, by server-side apply under one name. The same again changes nothing, so a step that
//! was cut off is simply done once more.

use super::api_fault::Fault;
use super::manifests::{ATTEMPT, LabObjects, LabSpec, MANAGED_BY, OURS};
use super::{clean, namespaces};
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::networking::v1::Ingress;
use kube::api::{ListParams, Patch, PatchParams};
use kube::{Api, Client, Resource, ResourceExt};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;

/// The generation of the deployment: what is said of an older one is no news of this.
pub(super) async fn apply(client: &Client, spec: &LabSpec) -> Result<i64, Fault> {
    address_is_free(client, spec).await?;
    namespaces::claim(client, spec).await?;
    let space = &spec.place.namespace;
    let LabObjects { quota, limits, policies, files, claim, deployment, service, ingress } = spec.objects();
    one(client, space, "resource quota", &quota).await?;
    one(client, space, "limit range", &limits).await?;
    for policy in &policies {
        one(client, space, "network policy", policy).await?;
    }
    for map in &files {
        one(client, space, "config map", map).await?;
    }
    if let Some(claim) = &claim {
        one(client, space, "claim", claim).await?;
    }
    one(client, space, "service", &service).await?;
    one(client, space, "ingress", &ingress).await?;
    let deployment = one(client, space, "deployment", &deployment).await?;
    forget_older_files(client, spec).await?;
    Ok(deployment.metadata.generation.unwrap_or_default())
}

async fn one<K>(client: &Client, space: &str, kind: &str, object: &K) -> Result<K, Fault>
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>
        + Serialize
        + DeserializeOwned
        + Clone
        + Debug,
{
    let name = object.name_any();
    let all: Api<K> = Api::namespaced(client.clone(), space);
    let applied = all.patch(&name, &PatchParams::apply(OURS), &Patch::Apply(object)).await;
    applied.map_err(|error| Fault::of(&error, &format!("the {kind} {name}")))
}

/// Of two ingresses with one host the controller would choose one.
async fn address_is_free(client: &Client, spec: &LabSpec) -> Result<(), Fault> {
    let all: Api<Ingress> = Api::all(client.clone());
    let ingresses =
        all.list(&ListParams::default()).await.map_err(|error| Fault::of(&error, "the ingresses"))?;
    let (host, space) = (&spec.place.host, &spec.place.namespace);
    let has_it = |ingress: &&Ingress| {
        let rules = ingress.spec.as_ref().and_then(|spec| spec.rules.as_ref()).into_iter().flatten();
        ingress.namespace().as_ref() != Some(space)
            && rules.into_iter().any(|rule| rule.host.as_ref() == Some(host))
    };
    match ingresses.items.iter().find(has_it) {
        None => Ok(()),
        Some(other) => Err(Fault::lasting(format!(
            "The address {host} belongs to another ingress ({}/{}).",
            other.namespace().unwrap_or_default(),
            other.name_any()
        ))),
    }
}

/// An attempt before this one may have had more ConfigMaps.
async fn forget_older_files(client: &Client, spec: &LabSpec) -> Result<(), Fault> {
    let maps: Api<ConfigMap> = Api::namespaced(client.clone(), &spec.place.namespace);
    let attempt = super::lab_place::label_value(&spec.attempt);
    let older = ListParams::default().labels(&format!("{MANAGED_BY}={OURS},{ATTEMPT}!={attempt}"));
    let older = maps.list(&older).await.map_err(|error| Fault::of(&error, "the config maps"))?;
    for map in older.items {
        clean::delete(&maps, &map).await.map_err(|error| Fault::of(&error, "an old config map"))?;
    }
    Ok(())
}
