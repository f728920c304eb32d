//! How many connections there may be, by what the system gives this process.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::net::IpAddr;
use std::time::Duration;

/// Connections at the most, however many descriptors there are.
const MOST: u64 = 16_384;

/// Connections whose request is not there yet: those of a moment, and those of clients that stall.
const MOST_WAITING: u64 = 2_048;

/// Descriptors that connections leave to everything else: the state, git, OpenCode, Slack.
const RESERVE: u64 = 512;

/// What is taken for granted where the system names no limit.
const UNLIMITED: u64 = 65_536;

/// How long a client may take to say what it wants.
const HEAD: Duration = Duration::from_secs(10);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections whose request is there.
    pub all: usize,
    /// The same, of one address.
    pub one_address: usize,
    /// Connections whose request is not there yet. One more, and the oldest of them goes.
    pub waiting: usize,
    /// How long a request may take to arrive.
    pub head: Duration,
    /// Addresses that many people share, such as a proxy's: only the limit for all holds there.
    pub shared: Vec<IpAddr>,
}

impl Limits {
    /// Asks the system for as many descriptors as it gives, and shares them out.
    pub fn of_this_process() -> Self {
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
        Self::of(if raised.is_ok() { maximum } else { current }.unwrap_or(UNLIMITED))
    }

    /// Of so many descriptors.
    fn of(descriptors: u64) -> Self {
        let waiting = (descriptors / 8).clamp(1, MOST_WAITING);
        let reserve = (descriptors / 4).min(RESERVE);
        let all = descriptors.saturating_sub(waiting + reserve).clamp(1, MOST);
        let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        Self {
            all: count(all),
            // One may not take so many that others find none.
            one_address: count((all / 2).max(1)),
            waiting: count(waiting),
            head: HEAD,
            shared: vec![],
        }
    }

    /// With these addresses as ones that many people share.
    #[must_use]
    pub fn shared_by(self, shared: Vec<IpAddr>) -> Self {
        Self { shared, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_never_take_the_last_descriptor() {
        // REQ-HARD-02, M3
        for descriptors in [16, 200, 1_024, 4_096, 1_048_576] {
            let limits = Limits::of(descriptors);
            let taken = u64::try_from(limits.all + limits.waiting).unwrap();
            assert!(taken + (descriptors / 4).min(RESERVE) <= descriptors, "{descriptors}: {limits:?}");
            assert!(limits.one_address < limits.all || limits.all == 1, "{limits:?}");
        }
        assert_eq!(Limits::of(1_048_576).all, 16_384);
    }
}
