//! What a lab is in the cluster: a file for each kind. Pure: from what people allowed to the objects that are applied.

mod deployment_manifest;
mod fetch_manifest;
mod files_manifest;
mod guard_manifests;
mod namespace_manifest;
#[cfg(test)]
mod tests;
mod way_in_manifests;

pub(super) use deployment_manifest::{APP, FILES};
pub(super) use fetch_manifest::FETCH;
pub(super) use namespace_manifest::namespace;

use super::ClusterLabConfig;
use super::lab_files::FilePack;
use super::lab_place::{LabPlace, label_value};
use crate::lab::files_packing::FilesArchive;
use gateway_domain::LabPlan;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{ConfigMap, LimitRange, PersistentVolumeClaim, ResourceQuota, Service};
use k8s_openapi::api::networking::v1::{Ingress, NetworkPolicy};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Whose all of it is.
pub(super) const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
pub(super) const OURS: &str = "opencode-gateway";

pub(super) const ATTEMPT: &str = "opencode-gateway/attempt";
pub(super) const SESSION: &str = "opencode-gateway/session";

/// An annotation: the workspace's name as people chose it.
const NAME: &str = "opencode-gateway/name";

/// What is applied for a lab, in this order: what holds it comes before what runs.
#[derive(Clone, Debug)]
pub(super) struct LabObjects {
    pub(super) quota: ResourceQuota,
    pub(super) limits: LimitRange,
    pub(super) policies: Vec<NetworkPolicy>,
    pub(super) files: Vec<ConfigMap>,
    /// For files that are fetched, where there is a class of storage for them.
    pub(super) claim: Option<PersistentVolumeClaim>,
    pub(super) deployment: Deployment,
    pub(super) service: Service,
    pub(super) ingress: Ingress,
}

/// By what the files come.
#[derive(Clone, Debug)]
pub(super) enum FilesBy {
    Maps(Vec<FilePack>),
    Archive(FilesArchive),
}

/// All that the objects are made of.
#[derive(Clone, Debug)]
pub(super) struct LabSpec {
    pub(super) place: LabPlace,
    pub(super) session: String,
    pub(super) project: Option<String>,
    pub(super) attempt: String,
    pub(super) plan: LabPlan,
    pub(super) files: FilesBy,
    pub(super) config: ClusterLabConfig,
    /// What others changed of it is overwritten.
    pub(super) forced: bool,
}

/// Where an app listens that is told so.
const PORT: u16 = 8080;

/// The only service of a lab's namespace: a builder's name may begin with a digit, which a service's can't.
const SERVICE: &str = "app";

impl LabSpec {
    pub(super) fn objects(&self) -> LabObjects {
        LabObjects {
            quota: guard_manifests::quota(self),
            limits: guard_manifests::limits(self),
            policies: guard_manifests::policies(self),
            files: files_manifest::config_maps(self),
            claim: fetch_manifest::claim(self),
            deployment: deployment_manifest::deployment(self),
            service: way_in_manifests::service(self),
            ingress: way_in_manifests::ingress(self),
        }
    }

    pub(super) fn port(&self) -> u16 {
        self.plan.port.unwrap_or(PORT)
    }

    /// On everything, so that it is found by them and by nothing else.
    fn labels(&self) -> BTreeMap<String, String> {
        let mut labels = self.selector();
        labels.insert("opencode-gateway/builder".to_owned(), self.place.name.clone());
        labels.insert(SESSION.to_owned(), label_value(&self.session));
        labels.insert(ATTEMPT.to_owned(), label_value(&self.attempt));
        if let Some(project) = &self.project {
            labels.insert("opencode-gateway/project".to_owned(), label_value(project));
        }
        labels
    }

    /// What does not change from one attempt to the next.
    fn selector(&self) -> BTreeMap<String, String> {
        texts(&[("app.kubernetes.io/name", &self.place.name), (MANAGED_BY, OURS)])
    }

    fn named(&self, name: &str) -> ObjectMeta {
        ObjectMeta {
            name: Some(name.to_owned()),
            namespace: Some(self.place.namespace.clone()),
            labels: Some(self.labels()),
            ..ObjectMeta::default()
        }
    }

    /// Of all that makes one run differ from another: the pods begin anew when it changes.
    fn digest(&self) -> String {
        let mut digest = Sha256::new();
        let mut add = |bytes: &[u8]| {
            digest.update((bytes.len() as u64).to_be_bytes());
            digest.update(bytes);
        };
        add(self.plan.digest.as_bytes());
        match &self.files {
            FilesBy::Archive(archive) => add(archive.digest.as_bytes()),
            FilesBy::Maps(packs) => {
                for (_, file) in packs.iter().flat_map(|pack| &pack.files) {
                    add(file.path.as_bytes());
                    add(&[u8::from(file.runs)]);
                    add(&file.content);
                }
            }
        }
        hex::encode(digest.finalize())
    }
}

fn texts(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn amounts(pairs: &[(&str, &str)]) -> BTreeMap<String, Quantity> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), Quantity((*value).to_owned()))).collect()
}
