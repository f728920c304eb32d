//! Errors of the inner rooms as problem documents.

use crate::problem::Problem;
use crate::sessions::desk::Refusal;
use crate::sessions::ports::{PodRefusal, PodRefused, ProjectFault, WorkspaceFault};
use axum::http::StatusCode;
use gateway_domain::{FilesRefused, Verdict};

impl From<PodRefused> for Problem {
    fn from(PodRefused { kind, sentence }: PodRefused) -> Self {
        match kind {
            PodRefusal::NoSuch => Self::not_found(sentence),
            PodRefusal::Invalid => Self::bad_request(sentence),
            PodRefusal::Conflict => Self::conflict(sentence),
            PodRefusal::Away => Self::unavailable(sentence),
            PodRefusal::Busy => Self::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests", sentence),
            PodRefusal::TimedOut => {
                Self::new(StatusCode::GATEWAY_TIMEOUT, "OpenCode didn't answer in time", sentence)
            }
            PodRefusal::Failed => Self::new(StatusCode::BAD_GATEWAY, "OpenCode couldn't do that", sentence),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let detail = refusal.to_string();
        match refusal {
            Refusal::UnknownSession(_) | Refusal::UnknownAsk(_) | Refusal::NoSuch(_) => {
                Self::not_found(detail)
            }
            Refusal::Invalid(_) | Refusal::WhichPod(_) => Self::bad_request(detail),
            Refusal::Files(FilesRefused::TooMany(_) | FilesRefused::TooLarge(_)) => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "Attachments too large", detail)
            }
            Refusal::Files(_) => Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Unsupported file", detail),
            Refusal::Limit(limit) => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "Session limit reached", detail)
                    .with_running(limit.running)
            }
            Refusal::NoPod => Self::unavailable(detail),
            Refusal::Pod(refused) => refused.into(),
            Refusal::NotStored => Self::new(StatusCode::SERVICE_UNAVAILABLE, "Not saved", detail),
            Refusal::GrantEnded(_) => Self::conflict(detail),
            Refusal::Unrecoverable(_) => {
                Self::new(StatusCode::CONFLICT, "The session's record is damaged", detail)
            }
            Refusal::Workspace(fault) => of_workspace(&fault, detail),
            // What is wrong by itself is refused before: it does not fit with what is there, such as a name that is taken.
            Refusal::Project(ProjectFault::Invalid(_)) => Self::conflict(detail),
            Refusal::Project(ProjectFault::NotWritten { .. }) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "The list is not written", detail)
            }
            Refusal::ModelDown { .. } => Self::new(StatusCode::CONFLICT, "Choose another model", detail),
            Refusal::Decided(verdict) => refused(&verdict),
        }
    }
}

fn of_workspace(fault: &WorkspaceFault, detail: String) -> Problem {
    match fault {
        WorkspaceFault::BadName(_) => Problem::bad_request(detail),
        WorkspaceFault::Unknown(_) | WorkspaceFault::NoSuchRepository(_) => Problem::not_found(detail),
        WorkspaceFault::Taken { .. } | WorkspaceFault::InUse { .. } | WorkspaceFault::Unsafe(_) => {
            Problem::conflict(detail)
        }
        WorkspaceFault::WouldLose(_) => {
            Problem::new(StatusCode::CONFLICT, "Unsaved work would be lost", detail)
        }
        WorkspaceFault::TimedOut { .. } => {
            Problem::new(StatusCode::GATEWAY_TIMEOUT, "This took too long", detail)
        }
        WorkspaceFault::CommandFailed(_) => {
            Problem::new(StatusCode::BAD_GATEWAY, "The workspace couldn't be created", detail)
        }
        WorkspaceFault::DiskFull(_) => {
            Problem::new(StatusCode::INSUFFICIENT_STORAGE, "The disk is full", detail)
        }
        WorkspaceFault::Busy => Problem::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests", detail),
        WorkspaceFault::Failed(_) => {
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "The workspace couldn't be created", detail)
        }
    }
}

/// What a session refuses; only for what is refused.
pub(super) fn refused(verdict: &Verdict) -> Problem {
    let detail = verdict.sentence();
    match verdict {
        Verdict::NotAllowed | Verdict::RefusedByRule { .. } => {
            Problem::new(StatusCode::FORBIDDEN, "You can't approve this", detail)
        }
        Verdict::QueueFull { .. } => Problem::new(StatusCode::TOO_MANY_REQUESTS, "Queue is full", detail),
        Verdict::TooLong { .. } => {
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "The message is too long", detail)
        }
        Verdict::AtLimit(_) => Problem::new(StatusCode::TOO_MANY_REQUESTS, "Session limit reached", detail),
        Verdict::Unknown => Problem::not_found(detail),
        Verdict::AnsweredBefore { .. }
        | Verdict::NoLongerAsked { .. }
        | Verdict::Changed
        | Verdict::WrongKind { .. }
        | Verdict::NoGrant { .. }
        | Verdict::NeedsProof { .. }
        | Verdict::SessionEnded
        | Verdict::Idle { .. }
        | Verdict::Taken
        | Verdict::TakenForLater
        | Verdict::TakenLate
        | Verdict::DeployAllowed
        | Verdict::DeployDenied
        | Verdict::NeedsSecond { .. }
        | Verdict::Sent
        | Verdict::Queued { .. }
        | Verdict::Answered { .. }
        | Verdict::InFull { .. }
        | Verdict::Done => Problem::conflict(detail),
    }
}

pub(super) async fn no_such_page() -> Problem {
    Problem::not_found("Unknown API endpoint. See `/openapi.json`.")
}

pub(super) async fn no_such_method() -> Problem {
    let detail = "This endpoint doesn't support that method. See the `Allow` header.";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed", detail)
}
