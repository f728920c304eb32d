//! Checks of a hello: its name, positions and time.

use bridge_protocol::{Hello, Position};
use jiff::{SignedDuration, Timestamp};

/// The plugin counts in JavaScript, whose numbers are whole up to here.
const LAST_POSITION: u64 = 1 << 53;

/// Clocks differ, but not by more.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// The refusal is a sentence for the peer.
pub(super) fn judge(hello: &Hello, now: Timestamp) -> Result<(), &'static str> {
    if !is_name(&hello.pod) {
        return Err("The pod's name must have 1 to 128 letters, digits, dots, hyphens or underscores.");
    }
    let Position { acked, sent, .. } = hello.position;
    if acked > sent {
        return Err("The position acknowledges more than was sent.");
    }
    if sent > LAST_POSITION {
        return Err("The position is beyond 2^53; positions start at 1 when OpenCode starts.");
    }
    // The later one of two processes keeps a name: one from the future would keep it for ever.
    if hello.started_at > now.saturating_add(AHEAD).unwrap_or(Timestamp::MAX).as_millisecond() {
        return Err("started_at is more than a day in the future; check the clocks.");
    }
    Ok(())
}

/// A pod's name goes into logs and metrics: it is short and plain.
fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !name.is_empty() && name.len() <= 128 && name.chars().all(plain)
}
