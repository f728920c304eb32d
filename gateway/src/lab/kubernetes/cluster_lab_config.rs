//! What the `kubernetes` engine is told of its cluster.

use jiff::SignedDuration;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterLabConfig {
    /// Labs are at `{name}.{domain}`.
    pub domain: String,
    pub ingress_class: Option<String>,
    /// The cluster issuer whose certificates the addresses get. Without it they have that of the ingress controller.
    pub issuer: Option<String>,
    /// How long a certificate may take before people hear that it is missing.
    pub certificate_within: SignedDuration,
    /// Where the ingress controller runs: nobody else reaches a lab.
    pub ingress_namespace: String,
    /// Addresses that no lab reaches.
    pub private_ranges: Vec<String>,
    /// What an app may use, in MiB.
    pub memory_mib: u32,
    /// How labs fetch files that are too much for ConfigMaps. Without it such labs are refused.
    pub files: Option<FilesRule>,
}

/// How a lab's first container fetches an archive from this gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilesRule {
    /// Where labs reach the listener, such as `http://gateway-files.ai-dev.svc.cluster.local:8003`.
    pub url: String,
    /// The gateway's own image, whose program fetches.
    pub image: String,
    /// Of the claim that keeps the files. Without it a folder of the pod does.
    pub storage_class: Option<String>,
    /// The port of the listener, at the gateway's own pods: labs reach that and nothing else of theirs.
    pub port: u16,
    /// The gateway's own namespace.
    pub namespace: String,
}

impl ClusterLabConfig {
    pub const CERTIFICATE_WITHIN: SignedDuration = SignedDuration::from_mins(2);

    #[cfg(test)]
    pub(in crate::lab) fn sample() -> Self {
        Self {
            domain: "lab.example.com".to_owned(),
            ingress_class: Some("nginx".to_owned()),
            issuer: Some("letsencrypt".to_owned()),
            certificate_within: Self::CERTIFICATE_WITHIN,
            ingress_namespace: "ingress-nginx".to_owned(),
            private_ranges: Self::usual_private_ranges(),
            memory_mib: 512,
            files: None,
        }
    }

    /// Networks that are somebody's own: no lab has any business there.
    pub fn usual_private_ranges() -> Vec<String> {
        let ranges = [
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "fc00::/7",
            "fe80::/10",
        ];
        ranges.map(str::to_owned).into()
    }
}
