//! How a pod that is back describes a session.

use gateway_domain::Asked;

/// How the pod's hello describes the session.
#[derive(Clone, Debug, Default)]
pub(super) struct PodReturn {
    /// The asks that OpenCode holds, by its names.
    pub(super) open: Vec<String>,
    pub(super) asks: Vec<Asked>,
    pub(super) standing: TurnStanding,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum TurnStanding {
    Busy,
    /// Nothing under way, and nothing left over.
    Idle,
    /// OpenCode is idle although the newest turn has no end.
    Interrupted,
    /// The hello does not say.
    #[default]
    Unknown,
}
