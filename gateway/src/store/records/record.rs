//! What the store asks of the record it keeps: the domain's session record, or a small one in tests.

use super::migrate::Step;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A session's record. Its first two fields are `schema`, the version of its shape, and `session`, the id.
/// Unknown fields must be ignored when it is deserialized (no `deny_unknown_fields`): the store finds them,
/// says so and carries them along.
pub trait Record: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The version that this build writes.
    const SCHEMA: u32;
    /// How older versions become this one, one step each.
    const STEPS: &'static [Step];

    fn id(&self) -> &str;
    /// How the session ended, to be read after "Session <id>": "completed: Implement login API".
    fn ending(&self) -> Option<String>;
    /// When it ended, which decides about archiving.
    fn ended_at(&self) -> Option<Timestamp>;
}
