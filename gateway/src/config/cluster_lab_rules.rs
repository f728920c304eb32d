//! The section `lab.kubernetes`: where labs are in a cluster, and what they may use.

use super::lab_rules::LabSurroundings;
use crate::cluster::Identity;
use crate::front::Surface;
use crate::lab::{ClusterLabConfig, FilesRule};
use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::Deserialize;
use std::net::IpAddr;

/// A lab's name comes before it, and all of it is at most 253 characters.
const LONGEST_DOMAIN: usize = 189;

const LONGEST_WAIT_SECONDS: u32 = 3_600;

const MEMORY_MIB: u32 = 512;
const LEAST_MEMORY: u32 = 64;
const MOST_MEMORY: u32 = 65_536;

/// Labs in the cluster that the gateway is in (docs/labs.md).
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ClusterLab {
    /// Each lab answers at `https://NAME.` and this, such as `lab.example.com`. A DNS entry `*.lab.example.com` leads to the
    /// ingress controller.
    domain: String,
    /// The class of the labs' ingresses. Without it the cluster's own default.
    ingress_class: Option<String>,
    /// The cluster issuer of cert-manager that makes their certificates. Without it the ingress controller's own certificate
    /// counts.
    issuer: Option<String>,
    /// With an issuer: how many seconds a certificate may take before the thread is told that it is missing, from 1 to 3600.
    #[schemars(extend("default" = ClusterLabConfig::CERTIFICATE_WITHIN.as_secs()))]
    certificate_within_seconds: Option<u32>,
    /// The namespace of the ingress controller: only from there labs are reached.
    #[schemars(extend("default" = "ingress-nginx"))]
    ingress_namespace: Option<String>,
    /// Networks that no lab reaches, such as `10.0.0.0/8`. Default: all private ones.
    private_ranges: Option<Vec<String>>,
    /// The memory that an app may use, in MiB, from 64 to 65536.
    #[schemars(extend("default" = MEMORY_MIB))]
    memory_mib: Option<u32>,
    /// How labs get files that are too much for ConfigMaps (8 MiB, 3,000 files, 1 MiB for one): up to 50 MiB and 5,000 files are
    /// fetched from the gateway. It also needs `listeners.lab_files`. Without it such labs are refused.
    files: Option<Files>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Files {
    /// Where labs reach `listeners.lab_files`, such as `http://gateway-files.ai-dev.svc.cluster.local:8003`.
    url: String,
    /// The gateway's own image, as this cluster pulls it: its program fetches.
    image: String,
    /// The class of the claim that keeps the files from one deploy to the next. Without it they are in a folder of the pod.
    storage_class: Option<String>,
}

impl Files {
    fn read(&self, place: LabSurroundings<'_>, fault: &mut dyn FnMut(&str, String)) -> Option<FilesRule> {
        let Self { url, image, storage_class } = self;
        if !is_address(url) {
            fault("files.url", format!("{url:?} is not an address such as http://gateway-files.ai-dev:8003"));
        }
        if image.is_empty() || image.contains(char::is_whitespace) {
            fault("files.image", format!("{image:?} is not the name of an image"));
        }
        if let Some(class) = storage_class.as_ref().filter(|class| !is_domain(class)) {
            fault("files.storage_class", format!("{class:?} is not a name that Kubernetes takes"));
        }
        let own = place.entrances.iter().find(|(_, entrance)| entrance.serves_only(Surface::LabFiles));
        if own.is_none() {
            let needs =
                "needs an address that is for nothing else: set listeners.lab_files, such as 0.0.0.0:8003";
            fault("files", needs.to_owned());
        }
        let ((address, _), cluster) = (own?, place.cluster?);
        Some(FilesRule {
            url: url.clone(),
            image: image.clone(),
            storage_class: storage_class.clone(),
            port: address.port(),
            namespace: cluster.namespace.clone(),
        })
    }
}

impl ClusterLab {
    pub(super) fn read(&self, place: LabSurroundings<'_>, faults: &mut Vec<String>) -> ClusterLabConfig {
        let mut fault = |key: &str, what: String| faults.push(format!("lab.kubernetes.{key}: {what}."));
        let Self {
            domain,
            ingress_class,
            issuer,
            certificate_within_seconds,
            ingress_namespace,
            private_ranges,
            memory_mib,
            files,
        } = self;
        if !is_domain(domain) || domain.len() > LONGEST_DOMAIN {
            fault("domain", format!("{domain:?} is not a domain in lower case, such as lab.example.com"));
        }
        let ingress_namespace = ingress_namespace.clone().unwrap_or_else(|| "ingress-nginx".to_owned());
        if !is_label(&ingress_namespace) {
            fault("ingress_namespace", format!("{ingress_namespace:?} is not the name of a namespace"));
        }
        for (key, name) in [("ingress_class", ingress_class), ("issuer", issuer)] {
            if let Some(name) = name.as_ref().filter(|name| !is_domain(name)) {
                fault(key, format!("{name:?} is not a name that Kubernetes takes"));
            }
        }
        for range in private_ranges.iter().flatten().filter(|range| !is_range(range)) {
            fault("private_ranges", format!("{range:?} is not a network, such as 10.0.0.0/8"));
        }
        if certificate_within_seconds.is_some_and(|seconds| !(1..=LONGEST_WAIT_SECONDS).contains(&seconds)) {
            fault("certificate_within_seconds", format!("must be from 1 to {LONGEST_WAIT_SECONDS}"));
        }
        let memory_mib = memory_mib.unwrap_or(MEMORY_MIB);
        if !(LEAST_MEMORY..=MOST_MEMORY).contains(&memory_mib) {
            fault("memory_mib", format!("must be from {LEAST_MEMORY} to {MOST_MEMORY}"));
        }
        ClusterLabConfig {
            domain: domain.clone(),
            ingress_class: ingress_class.clone(),
            issuer: issuer.clone(),
            certificate_within: certificate_within_seconds
                .map_or(ClusterLabConfig::CERTIFICATE_WITHIN, |seconds| {
                    SignedDuration::from_secs(seconds.into())
                }),
            ingress_namespace,
            private_ranges: private_ranges.clone().unwrap_or_else(ClusterLabConfig::usual_private_ranges),
            memory_mib,
            files: files.as_ref().and_then(|files| files.read(place, &mut fault)),
        }
    }
}

/// What the engine can't do without, beside its own section.
pub(super) fn needed(images: &[String], cluster: Option<&Identity>, faults: &mut Vec<String>) {
    if cluster.is_none() {
        faults.push(
            "lab.engine: kubernetes needs a gateway that talks to its cluster; set GATEWAY_STANDBY=lease or GATEWAY_BRIDGE_ACCOUNTS, as the manifests do."
                .to_owned(),
        );
    }
    if images.is_empty() {
        faults.push(
            "lab.images: the kubernetes engine needs the images that recipes can name, such as [\"node:*\", \"python:*\"]."
                .to_owned(),
        );
    }
}

pub(super) const NO_SECTION: &str =
    "lab.kubernetes: missing; the kubernetes engine needs at least `domain`, such as lab.example.com.";

fn is_label(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty()
        && text.len() <= 63
        && text.bytes().all(is_plain)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

fn is_domain(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_label)
}

/// Where nothing is encrypted within the cluster, and no path: the gateway adds one.
fn is_address(text: &str) -> bool {
    let Some(host) = text.trim_end_matches('/').strip_prefix("http://") else { return false };
    let (name, port) = host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port)));
    is_domain(name) && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}

fn is_range(text: &str) -> bool {
    let Some((address, length)) = text.split_once('/') else { return false };
    let (Ok(address), Ok(length)) = (address.parse::<IpAddr>(), length.parse::<u8>()) else { return false };
    length <= if address.is_ipv4() { 32 } else { 128 }
}

#[cfg(test)]
mod tests {
    use super::{ClusterLab, LabSurroundings, needed};
    use crate::cluster::Identity;
    use crate::front::{Entrance, Surface};
    use crate::lab::{ClusterLabConfig, FilesRule};

    fn read(yaml: &str, surfaces: &[Surface]) -> (ClusterLabConfig, Vec<String>) {
        let rules: ClusterLab = serde_yaml::from_str(yaml).unwrap();
        let entrances = [("0.0.0.0:8003".parse().unwrap(), Entrance::to(surfaces))];
        let cluster = Identity { pod: "g".into(), namespace: "ai-dev".into(), bridge_accounts: vec![] };
        let place = LabSurroundings { cluster: Some(&cluster), entrances: &entrances };
        let mut faults = vec![];
        (rules.read(place, &mut faults), faults)
    }

    fn faults(yaml: &str) -> Vec<String> {
        read(yaml, &[Surface::People, Surface::LabFiles]).1
    }

    #[test]
    fn a_domain_is_enough() {
        // REQ-LAB-03
        let (config, faults) = read("domain: lab.example.com", &[Surface::People]);
        assert_eq!((faults, config.memory_mib, config.files), (vec![], 512, None));
        assert!(config.private_ranges.contains(&"10.0.0.0/8".to_owned()));
    }

    #[test]
    fn files_are_fetched_at_an_address_that_is_for_nothing_else() {
        // REQ-LAB-02, REQ-LAB-09
        let yaml = "{ domain: a.b, files: { url: 'http://gateway-files.ai-dev:80', image: 'r/gateway:1', \
                    storage_class: fast } }";
        let (config, told) = read(yaml, &[Surface::LabFiles]);
        let expected = FilesRule {
            url: "http://gateway-files.ai-dev:80".into(),
            image: "r/gateway:1".into(),
            storage_class: Some("fast".into()),
            port: 8003,
            namespace: "ai-dev".into(),
        };
        assert_eq!((config.files, told), (Some(expected), vec![]));
        let (config, told) = read(yaml, &[Surface::People, Surface::LabFiles]);
        assert_eq!((config.files, told.len()), (None, 1), "{told:?}");
        assert!(told[0].starts_with("lab.kubernetes.files: needs an address that is for nothing else"));
        for (url, image, class, key) in [
            ("https://a.b", "i", "c", "files.url"),
            ("http://a.b/path", "i", "c", "files.url"),
            ("http://u:p@a.b", "i", "c", "files.url"),
            ("http://a.b:0", "i", "c", "files.url"),
            ("http://a.b", "", "c", "files.image"),
            ("http://a.b", "i", "C D", "files.storage_class"),
        ] {
            let yaml = format!(
                "{{ domain: a.b, files: {{ url: '{url}', image: '{image}', storage_class: '{class}' }} }}"
            );
            let (_, told) = read(&yaml, &[Surface::LabFiles]);
            assert!(told.len() == 1 && told[0].starts_with(&format!("lab.kubernetes.{key}: ")), "{told:?}");
        }
    }

    #[test]
    fn everything_that_is_wrong_is_named_at_once() {
        // REQ-LAB-07
        let told = faults(
            "{ domain: 'https://Lab', ingress_class: 'a b', issuer: 'Ä', ingress_namespace: x_y, \
             private_ranges: [10.0.0.0, 10.0.0.0/8, '::/129'], memory_mib: 1 }",
        );
        let keys: Vec<_> = told.iter().map(|fault| fault.split(':').next().unwrap()).collect();
        let expected = [
            "domain",
            "ingress_namespace",
            "ingress_class",
            "issuer",
            "private_ranges",
            "private_ranges",
            "memory_mib",
        ];
        assert_eq!(keys, expected.map(|key| format!("lab.kubernetes.{key}")), "{told:?}");
        let unknown = serde_yaml::from_str::<ClusterLab>("{ domain: a.b, namespace: kube-system }");
        assert!(unknown.unwrap_err().to_string().contains("unknown field `namespace`"));
        let mut faults = vec![];
        needed(&[], None, &mut faults);
        assert!(
            faults[0].starts_with("lab.engine: kubernetes needs") && faults[1].starts_with("lab.images: ")
        );
    }
}
