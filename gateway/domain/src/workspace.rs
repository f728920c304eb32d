//! A place of a session's own: what is kept of it in the record.

use crate::places::PlaceName;
use serde::{Deserialize, Serialize};

/// Where a session works (REQ-WORK-01). While the session lasts, no other one gets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Workspace {
    pub name: PlaceName,
    /// The branch in each of its repositories; none when a command made the workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    pub repositories: Vec<PlaceName>,
}
