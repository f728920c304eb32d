//! What runs: one pod, as a user without rights, with no way to the API server. The files come read-only; a first step copies
//! them to where the app may write, since ordinary servers make folders beside their own files.

use super::{LabSpec, amounts, fetch_manifest, files_manifest, texts};
use k8s_openapi::api::apps::v1::{Deployment, DeploymentSpec, DeploymentStrategy};
use k8s_openapi::api::core::v1::{
    Capabilities, Container, ContainerPort, EmptyDirVolumeSource, EnvVar, HTTPGetAction, PodSecurityContext,
    PodSpec, PodTemplateSpec, Probe, ResourceRequirements, SeccompProfile, SecurityContext, Volume,
    VolumeMount,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

/// Containers, as people meet them in a pod's log.
pub(in crate::lab::kubernetes) const APP: &str = "app";
pub(in crate::lab::kubernetes) const FILES: &str = "files";

/// Where the files are mounted, and where the app runs among its own.
const CONFIG: &str = "/app/config";
const WORK: &str = "/app/work";
const HOME: &str = "/app/home";
const SCRATCH: &str = "/tmp";

/// An ordinary user: most images mean root, which no lab may be.
const USER: i64 = 1000;

/// Kubernetes gives up shortly before the session does.
const GIVES_UP_AFTER: i32 = 170;

/// A lab that is removed need not finish anything.
const ENDS_WITHIN: i64 = 5;

/// Kubernetes' own folders in a mounted map begin with two dots, and are left out.
const COPY: &str = "cd /app/config && for file in * .[!.]*; do [ -e \"$file\" ] || continue; cp -RL \"$file\" /app/work/ || exit 1; done";

/// What an app may write beside its files.
const DISK: &str = "2Gi";
const SMALL_DISK: &str = "512Mi";

pub(super) fn deployment(spec: &LabSpec) -> Deployment {
    let marks = texts(&[("opencode-gateway/digest", &spec.digest())]);
    let template = PodTemplateSpec {
        metadata: Some(ObjectMeta {
            labels: Some(spec.labels()),
            annotations: Some(marks),
            ..ObjectMeta::default()
        }),
        spec: Some(pod(spec)),
    };
    let selector = LabelSelector { match_labels: Some(spec.selector()), match_expressions: None };
    Deployment {
        metadata: spec.named(&spec.place.name),
        spec: Some(DeploymentSpec {
            replicas: Some(1),
            revision_history_limit: Some(0),
            progress_deadline_seconds: Some(GIVES_UP_AFTER),
            strategy: Some(DeploymentStrategy { type_: Some("Recreate".to_owned()), rolling_update: None }),
            selector,
            template,
            ..DeploymentSpec::default()
        }),
        status: None,
    }
}

fn pod(spec: &LabSpec) -> PodSpec {
    PodSpec {
        automount_service_account_token: Some(false),
        enable_service_links: Some(false),
        termination_grace_period_seconds: Some(ENDS_WITHIN),
        security_context: Some(PodSecurityContext {
            run_as_non_root: Some(true),
            run_as_user: Some(USER),
            run_as_group: Some(USER),
            fs_group: Some(USER),
            seccomp_profile: Some(SeccompProfile {
                type_: "RuntimeDefault".to_owned(),
                localhost_profile: None,
            }),
            ..PodSecurityContext::default()
        }),
        init_containers: Some(fetch_manifest::container(spec).into_iter().chain([copies(spec)]).collect()),
        containers: vec![app(spec)],
        volumes: Some(volumes(spec)),
        ..PodSpec::default()
    }
}

fn volumes(spec: &LabSpec) -> Vec<Volume> {
    let own = [
        files_manifest::volume(spec),
        empty("work", DISK),
        empty("home", SMALL_DISK),
        empty("tmp", SMALL_DISK),
    ];
    own.into_iter().chain(fetch_manifest::token_volume(spec)).collect()
}

/// The files as they came, for those who only read them.
fn config(spec: &LabSpec) -> VolumeMount {
    VolumeMount {
        read_only: Some(true),
        sub_path: fetch_manifest::below(spec).map(str::to_owned),
        ..mount(files_manifest::VOLUME, CONFIG)
    }
}

fn copies(spec: &LabSpec) -> Container {
    Container {
        name: FILES.to_owned(),
        command: Some(shell(COPY)),
        volume_mounts: Some(vec![config(spec), mount("work", WORK)]),
        ..container(spec)
    }
}

fn app(spec: &LabSpec) -> Container {
    let directory = match spec.plan.directory.as_str() {
        "" => WORK.to_owned(),
        below => format!("{WORK}/{below}"),
    };
    Container {
        name: APP.to_owned(),
        command: Some(shell(&spec.plan.command)),
        working_dir: Some(directory),
        env: Some(environment(spec)),
        ports: Some(vec![ContainerPort {
            name: Some("http".to_owned()),
            container_port: spec.port().into(),
            protocol: Some("TCP".to_owned()),
            ..ContainerPort::default()
        }]),
        readiness_probe: Some(ready(spec)),
        volume_mounts: Some(vec![
            config(spec),
            mount("work", WORK),
            mount("home", HOME),
            mount("tmp", SCRATCH),
        ]),
        ..container(spec)
    }
}

/// What all have in common: no rights at all.
pub(super) fn container(spec: &LabSpec) -> Container {
    let memory = format!("{}Mi", spec.config.memory_mib);
    Container {
        image: spec.plan.image.clone(),
        image_pull_policy: Some("IfNotPresent".to_owned()),
        resources: Some(ResourceRequirements {
            requests: Some(amounts(&[("cpu", "100m"), ("memory", "64Mi")])),
            limits: Some(amounts(&[("cpu", "1"), ("memory", &memory)])),
            claims: None,
        }),
        security_context: Some(SecurityContext {
            allow_privilege_escalation: Some(false),
            read_only_root_filesystem: Some(true),
            capabilities: Some(Capabilities { drop: Some(vec!["ALL".to_owned()]), add: None }),
            ..SecurityContext::default()
        }),
        ..Container::default()
    }
}

/// The recipe's variables, and those that are the gateway's to set.
fn environment(spec: &LabSpec) -> Vec<EnvVar> {
    let port = spec.port().to_string();
    let own = [("PORT", port.as_str()), ("HOST", "0.0.0.0"), ("HOME", HOME), ("TMPDIR", SCRATCH)];
    let is_ours = |name: &str| own.iter().any(|(own, _)| *own == name);
    let theirs = spec.plan.environment.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let all = theirs.filter(|(name, _)| !is_ours(name)).chain(own);
    let variable = |(name, value): (&str, &str)| EnvVar {
        name: name.to_owned(),
        value: Some(as_it_stands(value)),
        value_from: None,
    };
    all.map(variable).collect()
}

fn ready(spec: &LabSpec) -> Probe {
    Probe {
        http_get: Some(HTTPGetAction {
            path: Some(spec.plan.ready.clone()),
            port: IntOrString::Int(spec.port().into()),
            scheme: Some("HTTP".to_owned()),
            ..HTTPGetAction::default()
        }),
        period_seconds: Some(2),
        timeout_seconds: Some(2),
        failure_threshold: Some(3),
        ..Probe::default()
    }
}

fn shell(command: &str) -> Vec<String> {
    vec!["/bin/sh".to_owned(), "-c".to_owned(), as_it_stands(command)]
}

/// Kubernetes would replace `$(NAME)`, and reads two dollar signs as one.
fn as_it_stands(text: &str) -> String {
    text.replace('$', "$$")
}

pub(super) fn mount(name: &str, path: &str) -> VolumeMount {
    VolumeMount { name: name.to_owned(), mount_path: path.to_owned(), ..VolumeMount::default() }
}

pub(super) fn empty(name: &str, size: &str) -> Volume {
    let folder = EmptyDirVolumeSource { size_limit: Some(Quantity(size.to_owned())), medium: None };
    Volume { name: name.to_owned(), empty_dir: Some(folder), ..Volume::default() }
}
