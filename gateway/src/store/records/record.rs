//! What the store asks of the record it keeps: the domain's session record, or a small one in tests.

use super::migrate::Step;
use gateway_domain::Decided;
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

    /// The record to go on with when somebody edited it by hand, and a sentence for each thing that was refused. `kept` is
    /// known to be a gateway's own.
    fn edited_by_hand(kept: &Self, edited: Self) -> (Self, Vec<String>)
    where
        Self: Sized;

    /// The record as everybody may read it, where it has what a person typed and only the agent may get. Records and history have
    /// this one; the whole one lies beside them, for the gateway alone.
    fn without_typed_secrets(&self) -> Option<Self>
    where
        Self: Sized;

    /// A record that was read from such a file, with what is missing in it.
    fn with_typed_of(self, whole: &Self) -> Self
    where
        Self: Sized;

    /// The record without decisions that the audit log knows nothing of, if it has such, and a sentence for each.
    fn void_unlogged(&self, is_logged: &dyn Fn(Decided<'_>) -> bool) -> Option<(Self, Vec<String>)>
    where
        Self: Sized;
}
