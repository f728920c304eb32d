//! Addresses of their own for pods, webhooks, metrics and the files of labs; whatever has none is served at `listen`.

use super::Variables;
use crate::front::{Entrance, Surface};
use schemars::JsonSchema;
use serde::Deserialize;
use std::net::SocketAddr;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Section {
    /// Where pods connect. `GATEWAY_BRIDGE_LISTEN` overrides it. Beyond loopback `BRIDGE_TOKEN` is required. Default: `listen`.
    bridge: Option<String>,
    /// Where Slack (over HTTP), Alertmanager and gateways that this one witnesses deliver. `GATEWAY_WEBHOOKS_LISTEN` overrides it. Default: `listen`.
    webhooks: Option<String>,
    /// Where metrics are read, by anyone who reaches it. `GATEWAY_METRICS_LISTEN` overrides it. Default: `listen`.
    metrics: Option<String>,
    /// Where labs in the cluster fetch their files, with `lab.kubernetes.files`: an address that is for nothing else.
    /// `GATEWAY_LAB_FILES_LISTEN` overrides it.
    lab_files: Option<String>,
}

/// The first is `listen`, where people come in.
pub(super) fn entrances(
    variables: &Variables<'_>,
    section: &Section,
    listen: SocketAddr,
    faults: &mut Vec<String>,
) -> Vec<(SocketAddr, Entrance)> {
    let mut shared: Vec<(SocketAddr, Vec<Surface>)> = vec![(listen, vec![Surface::People])];
    for (surface, variable, key, text) in [
        (Surface::Bridge, "GATEWAY_BRIDGE_LISTEN", "bridge", &section.bridge),
        (Surface::Webhooks, "GATEWAY_WEBHOOKS_LISTEN", "webhooks", &section.webhooks),
        (Surface::Metrics, "GATEWAY_METRICS_LISTEN", "metrics", &section.metrics),
        (Surface::LabFiles, "GATEWAY_LAB_FILES_LISTEN", "lab_files", &section.lab_files),
    ] {
        let text = variables(variable).or_else(|| text.clone());
        let address = text.map_or(Some(listen), |text| {
            let read = text.parse();
            if read.is_err() {
                faults.push(format!(
                    "{variable} (or `listeners.{key}`): {text:?} is not a valid address. Example: 127.0.0.1:8002."
                ));
            }
            read.ok()
        });
        let Some(address) = address else { continue };
        match shared.iter_mut().find(|(one, _)| *one == address) {
            Some((_, surfaces)) => surfaces.push(surface),
            None => shared.push((address, vec![surface])),
        }
    }
    shared.into_iter().map(|(address, surfaces)| (address, Entrance::to(&surfaces))).collect()
}

/// Where this is served.
pub(super) fn address_of(entrances: &[(SocketAddr, Entrance)], surface: Surface) -> Option<SocketAddr> {
    entrances.iter().find(|(_, entrance)| entrance.serves(surface)).map(|(address, _)| *address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, ConfigFaults, DEFAULT_LISTEN};

    fn load(pairs: &[(&str, &str)]) -> Result<Config, ConfigFaults> {
        Config::from(&|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn everything_is_served_at_one_address_unless_it_has_its_own() {
        // REQ-HARD-05
        assert_eq!(load(&[]).unwrap().entrances, [(DEFAULT_LISTEN, Entrance::to_everything())]);
        let apart = load(&[
            ("GATEWAY_METRICS_LISTEN", "127.0.0.1:8002"),
            ("GATEWAY_BRIDGE_LISTEN", "127.0.0.1:8003"),
            ("GATEWAY_WEBHOOKS_LISTEN", "127.0.0.1:8003"),
        ]);
        let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let wanted = [
            (DEFAULT_LISTEN, Entrance::to(&[Surface::People, Surface::LabFiles])),
            (at(8003), Entrance::to(&[Surface::Bridge, Surface::Webhooks])),
            (at(8002), Entrance::to(&[Surface::Metrics])),
        ];
        assert_eq!(apart.unwrap().entrances, wanted);
    }

    #[test]
    fn a_token_is_demanded_for_what_is_open_to_others() {
        // REQ-HARD-05: pods from elsewhere need theirs, also while people come from this machine alone.
        let told = |pairs: &[(&str, &str)]| load(pairs).err().map(|faults| faults.0).unwrap_or_default();
        let bridge = told(&[("GATEWAY_BRIDGE_LISTEN", "0.0.0.0:8003")]);
        assert_eq!(bridge, ["BRIDGE_TOKEN: must be set when listening beyond loopback (0.0.0.0:8003)."]);
        assert!(told(&[("GATEWAY_METRICS_LISTEN", "0.0.0.0:8002")]).is_empty());
        let people = told(&[("GATEWAY_LISTEN", "0.0.0.0:8000"), ("GATEWAY_BRIDGE_LISTEN", "127.0.0.1:8003")]);
        assert_eq!(people.len(), 1, "{people:?}");
        assert!(people[0].starts_with("GATEWAY_API_TOKEN"), "{people:?}");
        let odd = told(&[("GATEWAY_METRICS_LISTEN", "8002")]);
        assert!(
            odd[0].starts_with("GATEWAY_METRICS_LISTEN (or `listeners.metrics`): \"8002\" is not"),
            "{odd:?}"
        );
    }
}
