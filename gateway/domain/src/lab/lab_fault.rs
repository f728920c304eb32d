//! Why a deploy has no link, as one word of a closed list: figures take no sentences.

/// What a sentence about a failure comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LabFault {
    /// What was to be deployed: its files, its recipe, the port that it names.
    #[default]
    Work,
    /// No labs are on.
    Off,
    /// Nothing would keep the app from what is not its own.
    Guard,
    /// The gateway's own machine: no disk, no process.
    Machine,
    /// The gateway lacks a right in the cluster.
    Right,
    /// A policy of the cluster, or what it lets into pods.
    Policy,
    /// Another refusal of the cluster.
    Refused,
    /// The namespace, or the address, is somebody else's.
    Taken,
    Quota,
    /// Somebody else changed what the gateway applies.
    Conflict,
    Image,
    /// The container cannot be set up.
    Setup,
    Crash,
    Memory,
    NotReady,
    /// It did not come to run in time.
    TimedOut,
    /// Somebody removed it.
    Removed,
}

impl LabFault {
    pub const ALL: [Self; 17] = [
        Self::Work,
        Self::Off,
        Self::Guard,
        Self::Machine,
        Self::Right,
        Self::Policy,
        Self::Refused,
        Self::Taken,
        Self::Quota,
        Self::Conflict,
        Self::Image,
        Self::Setup,
        Self::Crash,
        Self::Memory,
        Self::NotReady,
        Self::TimedOut,
        Self::Removed,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::Work => "work",
            Self::Off => "off",
            Self::Guard => "guard",
            Self::Machine => "machine",
            Self::Right => "right",
            Self::Policy => "policy",
            Self::Refused => "refused",
            Self::Taken => "taken",
            Self::Quota => "quota",
            Self::Conflict => "conflict",
            Self::Image => "image",
            Self::Setup => "setup",
            Self::Crash => "crash",
            Self::Memory => "memory",
            Self::NotReady => "not_ready",
            Self::TimedOut => "timed_out",
            Self::Removed => "removed",
        }
    }
}
