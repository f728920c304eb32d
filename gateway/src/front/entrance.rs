//! Listeners of their own for those who have nothing to do with each other: people, pods, webhooks from outside, whatever
//! reads metrics, and labs that fetch their files. What is not served at one of them is not there.

use bridge_protocol::BRIDGE_PATH;
use std::sync::Arc;

/// What programs elsewhere call: Alertmanager, Slack, gateways whose audit log this one witnesses.
const FROM_OUTSIDE: [&str; 3] = ["/hooks/", "/slack/", "/witness/"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// The console, the API, and whatever is none of the others'.
    People,
    Bridge,
    Webhooks,
    Metrics,
    LabFiles,
}

impl Surface {
    pub const ALL: [Self; 5] = [Self::People, Self::Bridge, Self::Webhooks, Self::Metrics, Self::LabFiles];

    /// None: a probe's, which is answered everywhere.
    fn of(path: &str) -> Option<Self> {
        match path {
            "/healthz" | "/readyz" => None,
            "/metrics" => Some(Self::Metrics),
            BRIDGE_PATH => Some(Self::Bridge),
            files if files.starts_with("/lab-files/") => Some(Self::LabFiles),
            hook if FROM_OUTSIDE.iter().any(|start| hook.starts_with(start)) => Some(Self::Webhooks),
            _ => Some(Self::People),
        }
    }
}

/// What is served at one listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entrance(Arc<[Surface]>);

impl Entrance {
    pub fn to(surfaces: &[Surface]) -> Self {
        Self(surfaces.into())
    }

    pub fn to_everything() -> Self {
        Self::to(&Surface::ALL)
    }

    pub fn serves(&self, surface: Surface) -> bool {
        self.0.contains(&surface)
    }

    /// And nothing else.
    pub fn serves_only(&self, surface: Surface) -> bool {
        *self.0 == [surface]
    }

    pub(super) fn admits(&self, path: &str) -> bool {
        Surface::of(path).is_none_or(|surface| self.serves(surface))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_path_is_served_where_it_belongs_and_nowhere_else() {
        // REQ-HARD-05, M14
        for (path, owner) in [
            ("/", Surface::People),
            ("/api/v1/asks", Surface::People),
            ("/openapi.json", Surface::People),
            ("/metricsx", Surface::People),
            ("//metrics", Surface::People),
            ("/ws/bridge", Surface::Bridge),
            ("/slack/events", Surface::Webhooks),
            ("/hooks/alerts", Surface::Webhooks),
            ("/witness/add-checkpoint", Surface::Webhooks),
            ("/metrics", Surface::Metrics),
            ("/lab-files/lab7/0a", Surface::LabFiles),
            ("/lab-files", Surface::People),
        ] {
            for surface in Surface::ALL {
                assert_eq!(Entrance::to(&[surface]).admits(path), surface == owner, "{path} at {surface:?}");
            }
            assert!(Entrance::to_everything().admits(path), "{path}");
        }
    }

    #[test]
    fn probes_are_answered_everywhere() {
        // REQ-OPS-01
        for surface in Surface::ALL {
            assert!(["/healthz", "/readyz"].iter().all(|path| Entrance::to(&[surface]).admits(path)));
        }
    }
}
