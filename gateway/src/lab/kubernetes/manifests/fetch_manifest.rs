//! Files that are too much for ConfigMaps: a first container of the gateway's own image fetches them into the lab's own claim, or
//! into a folder of the pod where there is no class of storage. It alone has the token, and it alone writes there.

use super::deployment_manifest::{container as rightless, empty, mount};
use super::files_manifest::VOLUME;
use super::guard_manifests::NAME_LABEL;
use super::{FilesBy, LabSpec, amounts, texts};
use crate::lab::files_packing::FilesArchive;
use crate::lab::kubernetes::FilesRule;
use crate::lab::kubernetes::files_door::url;
use crate::lab::kubernetes::pod_token::audience;
use k8s_openapi::api::core::v1::{
    Container, PersistentVolumeClaim, PersistentVolumeClaimSpec, PersistentVolumeClaimVolumeSource,
    ProjectedVolumeSource, ServiceAccountTokenProjection, Volume, VolumeMount, VolumeProjection,
    VolumeResourceRequirements,
};
use k8s_openapi::api::networking::v1::{NetworkPolicyEgressRule, NetworkPolicyPeer, NetworkPolicyPort};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

/// The container, as people meet it in a pod's log.
pub(in crate::lab::kubernetes) const FETCH: &str = "fetch";

/// Where it has the claim and the token.
const INTO: &str = "/files";
const TOKEN_FOLDER: &str = "/run/lab-files";
const TOKEN_FILE: &str = "/run/lab-files/token";
const TOKEN: &str = "token";
const TOKEN_VOLUME: &str = "lab-files-token";

/// The part of the claim that the app sees; `gateway fetch-files` makes it.
const CONTENT: &str = "content";

/// The shortest time that Kubernetes makes tokens for. It ends with its pod before.
const TOKEN_SECONDS: i64 = 600;

/// The files of two attempts and an archive, for a moment; and less than many classes of storage give.
const DISK: &str = "256Mi";
const CLAIMED: &str = "1Gi";

/// What the gateway's pods are called by in the manifests (infrastructure/kustomize).
const GATEWAY: (&str, &str) = ("app.kubernetes.io/name", "gateway");

/// The archive, and the rule for it. None where files come by ConfigMaps.
fn fetched(spec: &LabSpec) -> Option<(&FilesArchive, &FilesRule)> {
    let FilesBy::Archive(archive) = &spec.files else { return None };
    spec.config.files.as_ref().map(|rule| (archive, rule))
}

/// `shop-auth-files`.
fn claim_name(spec: &LabSpec) -> String {
    format!("{}-files", spec.place.name)
}

/// The part of the volume that has the files.
pub(super) fn below(spec: &LabSpec) -> Option<&'static str> {
    fetched(spec).map(|_| CONTENT)
}

pub(super) fn claim(spec: &LabSpec) -> Option<PersistentVolumeClaim> {
    let (_, rule) = fetched(spec)?;
    let class = rule.storage_class.clone()?;
    let requests = Some(amounts(&[("storage", CLAIMED)]));
    Some(PersistentVolumeClaim {
        metadata: spec.named(&claim_name(spec)),
        spec: Some(PersistentVolumeClaimSpec {
            access_modes: Some(vec!["ReadWriteOnce".to_owned()]),
            resources: Some(VolumeResourceRequirements { requests, limits: None }),
            storage_class_name: Some(class),
            ..PersistentVolumeClaimSpec::default()
        }),
        status: None,
    })
}

pub(super) fn volume(spec: &LabSpec) -> Volume {
    if claim(spec).is_none() {
        return empty(VOLUME, DISK);
    }
    let claimed = PersistentVolumeClaimVolumeSource { claim_name: claim_name(spec), read_only: None };
    Volume { name: VOLUME.to_owned(), persistent_volume_claim: Some(claimed), ..Volume::default() }
}

/// Made by the cluster for this pod and this archive, and stored nowhere.
pub(super) fn token_volume(spec: &LabSpec) -> Option<Volume> {
    let (archive, _) = fetched(spec)?;
    let token = ServiceAccountTokenProjection {
        audience: Some(audience(&spec.attempt, &archive.digest)),
        expiration_seconds: Some(TOKEN_SECONDS),
        path: TOKEN.to_owned(),
    };
    let source = VolumeProjection { service_account_token: Some(token), ..VolumeProjection::default() };
    let projected = ProjectedVolumeSource { default_mode: Some(0o440), sources: Some(vec![source]) };
    Some(Volume { name: TOKEN_VOLUME.to_owned(), projected: Some(projected), ..Volume::default() })
}

pub(super) fn container(spec: &LabSpec) -> Option<Container> {
    let (archive, rule) = fetched(spec)?;
    let from = url(&rule.url, &spec.attempt, &archive.digest);
    let words = [
        "fetch-files",
        "--from",
        &from,
        "--digest",
        &archive.digest,
        "--token-file",
        TOKEN_FILE,
        "--into",
        INTO,
    ];
    let token = VolumeMount { read_only: Some(true), ..mount(TOKEN_VOLUME, TOKEN_FOLDER) };
    Some(Container {
        name: FETCH.to_owned(),
        image: Some(rule.image.clone()),
        args: Some(words.map(str::to_owned).into()),
        volume_mounts: Some(vec![mount(VOLUME, INTO), token]),
        ..rightless(spec)
    })
}

/// To that port of the gateway's pods, while there is something to fetch.
pub(super) fn way_to_the_gateway(spec: &LabSpec) -> Option<NetworkPolicyEgressRule> {
    let (_, rule) = fetched(spec)?;
    let chosen =
        |label: (&str, &str)| LabelSelector { match_labels: Some(texts(&[label])), match_expressions: None };
    let gateway = NetworkPolicyPeer {
        namespace_selector: Some(chosen((NAME_LABEL, &rule.namespace))),
        pod_selector: Some(chosen(GATEWAY)),
        ip_block: None,
    };
    let port = NetworkPolicyPort {
        port: Some(IntOrString::Int(rule.port.into())),
        protocol: Some("TCP".to_owned()),
        end_port: None,
    };
    Some(NetworkPolicyEgressRule { to: Some(vec![gateway]), ports: Some(vec![port]) })
}
