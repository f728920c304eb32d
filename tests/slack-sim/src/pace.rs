//! How long things last in Slack. Tests may shorten them; the numbers of `Pace::real` are Slack's own as far as known.

use std::time::Duration;

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[derive(Clone, Debug)]
pub struct Pace {
    /// A delivery that is not acknowledged by then has failed.
    pub ack: Duration,
    /// A trigger opens a modal until then.
    pub trigger: Duration,
    /// Waits before the redeliveries of an event.
    pub event_retries: Vec<Duration>,
    pub response_url: Duration,
    /// A stream that was started longer ago than this is no stream any more.
    pub stream: Duration,
    /// A socket is refreshed after this; the warning comes `socket_warning` before.
    pub socket: Duration,
    pub socket_warning: Duration,
    pub ticket: Duration,
    pub ping: Duration,
    /// Calls per minute are multiplied by this; 0 turns the limits off.
    pub rate: f64,
}

impl Pace {
    pub fn real() -> Self {
        Self {
            ack: secs(3),
            trigger: secs(3),
            event_retries: vec![secs(0), secs(60), secs(300)],
            response_url: secs(30 * 60),
            stream: secs(5 * 60),
            socket: secs(18_060),
            socket_warning: secs(10),
            ticket: secs(30),
            ping: secs(10),
            rate: 1.0,
        }
    }

    /// Redeliveries come within seconds, the last after a client's pause for reconnecting; all else is as ever.
    pub fn quick_retries() -> Self {
        let event_retries = vec![secs(0), Duration::from_millis(500), secs(8)];
        Self { event_retries, ..Self::real() }
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self::real()
    }
}
