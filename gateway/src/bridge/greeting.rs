//! Checks of a hello: its name, positions and time.

use crate::token::is_pod_name;
use bridge_protocol::{Hello, Position};
use jiff::{SignedDuration, Timestamp};

/// The plugin counts in JavaScript, whose numbers are whole up to here.
const LAST_POSITION: u64 = 1 << 53;

/// Clocks differ, but not by more.
const AHEAD: SignedDuration = SignedDuration::from_secs(60);

/// The refusal is a sentence for the peer.
pub(super) fn judge(hello: &Hello, now: Timestamp) -> Result<(), &'static str> {
    if !is_pod_name(&hello.pod) {
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
        return Err("started_at is in the future; check the clocks of this pod and of the gateway.");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sessions::guards;

    #[test]
    fn a_process_that_says_it_starts_later_than_now_is_refused() {
        // REQ-WHO-04, H7: it kept the name for a day, and the honest one was told that it is the older.
        let now = Timestamp::from_second(1_795_000_000).unwrap();
        let started = |ahead: i64| {
            let started_at = now.as_millisecond() + ahead;
            judge(&Hello { started_at, ..guards::tests::hello(None, None) }, now)
        };
        assert_eq!((started(0), started(60_000), started(-86_400_000)), (Ok(()), Ok(()), Ok(())));
        assert!(started(60_001).is_err_and(|told| told.contains("future")));
    }
}
