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
}

impl ClusterLabConfig {
    pub const CERTIFICATE_WITHIN: SignedDuration = SignedDuration::from_mins(2);

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
