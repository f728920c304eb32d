//! Brings a lab's objects to the cluster, by server-side apply under one name. The same again changes nothing, so a step that
//! was cut off is simply done once more. What is there already is not sent.

use super::api_fault::Fault;
use super::manifests::{LabObjects, LabSpec, MANAGED_BY, OURS};
use super::same_objects::{is_same, marked};
use super::{clean, namespaces};
use gateway_domain::LabFault;
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
    let params = PatchParams { force: spec.forced, ..PatchParams::apply(OURS) };
    let place = Place { client, space, params };
    place.brings("resource quota", &quota).await?;
    place.brings("limit range", &limits).await?;
    for policy in &policies {
        place.brings("network policy", policy).await?;
    }
    for map in &files {
        place.brings("config map", map).await?;
    }
    if let Some(claim) = &claim {
        place.brings("claim", claim).await?;
    }
    place.brings("service", &service).await?;
    place.brings("ingress", &ingress).await?;
    let deployment = place.brings("deployment", &deployment).await?;
    let wanted: Vec<String> = files.iter().map(ResourceExt::name_any).collect();
    forget_older_files(client, space, &wanted).await?;
    Ok(deployment.metadata.generation.unwrap_or_default())
}

/// Where objects are brought, and how.
struct Place<'a> {
    client: &'a Client,
    space: &'a str,
    params: PatchParams,
}

impl Place<'_> {
    /// As it stands there in the end.
    async fn brings<K>(&self, kind: &str, object: &K) -> Result<K, Fault>
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>
            + Serialize
            + DeserializeOwned
            + Clone
            + Debug,
    {
        let (name, object) = (object.name_any(), marked(object));
        let fault = |error: kube::Error| Fault::of(&error, &format!("the {kind} {name}"));
        let all: Api<K> = Api::namespaced(self.client.clone(), self.space);
        if let Some(there) = all.get_opt(&name).await.map_err(fault)?
            && is_same(&object, &there)
        {
            return Ok(there);
        }
        all.patch(&name, &self.params, &Patch::Apply(&object)).await.map_err(fault)
    }
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
        ))
        .for_figures(LabFault::Taken)),
    }
}

/// An attempt before this one may have had more ConfigMaps.
async fn forget_older_files(client: &Client, space: &str, wanted: &[String]) -> Result<(), Fault> {
    let maps: Api<ConfigMap> = Api::namespaced(client.clone(), space);
    let ours = ListParams::default().labels(&format!("{MANAGED_BY}={OURS}"));
    let found = maps.list(&ours).await.map_err(|error| Fault::of(&error, "the config maps"))?;
    for map in found.items.into_iter().filter(|map| !wanted.contains(&map.name_any())) {
        clean::delete(&maps, &map).await.map_err(|error| Fault::of(&error, "an old config map"))?;
    }
    Ok(())
}
