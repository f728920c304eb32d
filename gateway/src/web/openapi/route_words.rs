//! Words of the document that a handler's signature does not have.

/// The chapters of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::web) enum Tag {
    Sessions,
    Threads,
    Asks,
    Work,
    About,
    Access,
    Operation,
}

impl Tag {
    pub(super) const ALL: [(Self, &'static str, &'static str); 7] = [
        (Self::Sessions, "Sessions", "Start, message, steer and read OpenCode sessions."),
        (Self::Threads, "Threads", "What people see: a card and a thread per session, live."),
        (Self::Asks, "Asks", "Requests that need a person's answer, and the answers."),
        (Self::Work, "Work", "What agents work on and with: projects, workspaces, models."),
        (Self::About, "About", "Who you are, where sessions can run, and who decided what."),
        (Self::Access, "Access", "Sign in and out."),
        (Self::Operation, "Operation", "Health and metrics for operators."),
    ];

    pub(super) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(tag, ..)| *tag == self).map_or("", |(_, name, _)| name)
    }
}

#[derive(Clone, Debug)]
pub(in crate::web) struct About {
    pub(super) tag: Tag,
    pub(super) summary: &'static str,
    pub(super) details: &'static str,
    /// Statuses of success; empty is what is usual for the handler's type.
    pub(super) success: Vec<u16>,
    pub(super) refusals: Vec<u16>,
}

pub(in crate::web) fn about(tag: Tag, summary: &'static str) -> About {
    About { tag, summary, details: "", success: vec![], refusals: vec![] }
}

impl About {
    pub(in crate::web) fn details(self, details: &'static str) -> Self {
        Self { details, ..self }
    }

    /// The statuses of success, where they are not the usual one.
    pub(in crate::web) fn success(self, statuses: &[u16]) -> Self {
        Self { success: statuses.to_vec(), ..self }
    }

    /// Statuses that it refuses with.
    pub(in crate::web) fn refuses(mut self, statuses: &[u16]) -> Self {
        self.refusals.extend(statuses);
        self
    }

    /// The session decides and keeps it: it may not be there, not fit, not be allowed, be too much, or the disk refuses.
    pub(in crate::web) fn decided(self) -> Self {
        self.refuses(&[404, 409, 413, 429, 503])
    }

    /// A pod is asked: it may not know it, be busy, refuse, be away or be slow.
    pub(in crate::web) fn through_pod(self) -> Self {
        self.refuses(&[400, 404, 409, 429, 502, 503, 504])
    }
}
