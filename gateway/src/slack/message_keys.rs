//! Keys that come from Slack's own names for things: the same action has the same key, however often it is told.

use sha2::{Digest, Sha256};

/// Letters and digits, as the desk wants them: 96 bits, far more than actions in a gateway's life.
pub(super) fn short(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(&hash.finalize()[..12])
}

/// Of a message: Slack tells one twice when it names the app, as a message and as a mention.
pub(super) fn of_message(team: &str, channel: &str, ts: &str) -> String {
    short(&["message", team, channel, ts])
}
