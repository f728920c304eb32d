//! Why a link was closed: the code the closing side puts into the WebSocket close frame.

/// Close codes of the bridge. Codes below 4000 are those of RFC 6455.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum CloseCode {
    /// The peer leaves for good (OpenCode stops).
    GoingAway = 1001,
    /// The gateway restarts or hands over: connect again, with backoff.
    ServiceRestart = 1012,
    /// No protocol version fits both ends. Connecting again is of no use until one is upgraded.
    IncompatibleVersion = 4002,
    /// A newer link of the same pod took over.
    Replaced = 4003,
    /// Nothing was heard for three ping intervals.
    Silent = 4004,
    /// The first frame was no `hello`, or none came in time.
    HelloExpected = 4005,
    /// The peer does not read what is sent to it.
    TooSlow = 4006,
    /// The pod's name is held by a process that started later.
    NameTaken = 4007,
    /// The gateway has as many pods as it can keep in mind, all of them in use.
    TooManyPods = 4008,
}

impl CloseCode {
    pub const ALL: [CloseCode; 9] = [
        Self::GoingAway,
        Self::ServiceRestart,
        Self::IncompatibleVersion,
        Self::Replaced,
        Self::Silent,
        Self::HelloExpected,
        Self::TooSlow,
        Self::NameTaken,
        Self::TooManyPods,
    ];

    pub fn code(self) -> u16 {
        self as u16
    }

    /// The sentence that goes into the close frame (at most 123 bytes, as RFC 6455 asks) and the docs.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::GoingAway => "The peer is stopping.",
            Self::ServiceRestart => "The gateway restarts; connect again.",
            Self::IncompatibleVersion => "No protocol version fits both ends; upgrade the older one.",
            Self::Replaced => "A newer link of this pod took over.",
            Self::Silent => "Nothing was heard for three ping intervals.",
            Self::HelloExpected => "The first frame must be a hello, and in time.",
            Self::TooSlow => "The peer does not read what is sent to it.",
            Self::NameTaken => "This pod name is held by a process that started later.",
            Self::TooManyPods => "The gateway has too many pods in use; try again later.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_fits_a_close_frame() {
        for code in CloseCode::ALL {
            assert!(code.sentence().len() <= 123, "{code:?}");
        }
    }
}
