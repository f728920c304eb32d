//! The pods as sessions see them: where work can begin.

use super::call::{CallError, Caller};
use crate::sessions::offers::Offered;
use crate::sessions::ports::{MessagePage, NewSession, PodRefusal, PodRefused, PodStatus, Pods};
use base64::prelude::{BASE64_STANDARD, Engine};
use bridge_protocol::{Command, ErrorCode, FileChange, HoldMode, ReplyResult, SessionInfo, limits};
use futures_util::future::BoxFuture;
use gateway_domain::Person;
use std::time::Duration;

const DEADLINE: Duration = Duration::from_millis(limits::COMMAND_DEADLINE_MS);

/// Somebody waits with a form open. An OpenCode that has just started on a busy machine needs some seconds for it.
const CHOICES: Duration = Duration::from_secs(12);

impl Pods for Caller {
    fn create<'a>(
        &'a self,
        pod: &'a str,
        request_id: String,
        new: NewSession,
    ) -> BoxFuture<'a, Result<SessionInfo, PodRefused>> {
        Box::pin(async move {
            let NewSession { directory, title, agent, model, hold } = new;
            let command = Command::SessionCreate { directory, title, agent, model, hold };
            match self.call_as(request_id, pod, command, DEADLINE).await? {
                ReplyResult::Session { session } => Ok(session),
                _ => Err(odd_reply()),
            }
        })
    }

    fn diff<'a>(&'a self, session: &'a str) -> BoxFuture<'a, Result<Vec<FileChange>, PodRefused>> {
        Box::pin(async move {
            let command = Command::SessionDiff { session_id: session.to_owned(), message_id: None };
            match self.call_session(session, command, DEADLINE).await? {
                ReplyResult::Diff { files } => Ok(files),
                _ => Err(odd_reply()),
            }
        })
    }

    fn attachment<'a>(
        &'a self,
        session: &'a str,
        message: &'a str,
        part: &'a str,
    ) -> BoxFuture<'a, Result<(String, Vec<u8>), PodRefused>> {
        Box::pin(async move {
            let (session_id, message_id, part_id) = (session.to_owned(), message.to_owned(), part.to_owned());
            let command = Command::SessionAttachment { session_id, message_id, part_id };
            let ReplyResult::Attachment { filename, content, .. } =
                self.call_for_file(session, command, DEADLINE).await?
            else {
                return Err(odd_reply());
            };
            BASE64_STANDARD.decode(content).map(|content| (filename, content)).map_err(|_| odd_reply())
        })
    }

    fn choices<'a>(
        &'a self,
        pod: &'a str,
        directory: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Offered, PodRefused>> {
        Box::pin(async move {
            let command = Command::ChoicesList { directory: directory.map(str::to_owned) };
            match self.call(pod, command, CHOICES).await? {
                ReplyResult::Choices { models, agents, home } => Ok(Offered { models, agents, home }),
                _ => Err(odd_reply()),
            }
        })
    }

    fn message_page<'a>(
        &'a self,
        session: &'a str,
        limit: u32,
        before: Option<String>,
    ) -> BoxFuture<'a, Result<MessagePage, PodRefused>> {
        Box::pin(async move {
            let command = Command::SessionMessages { session_id: session.to_owned(), limit, before };
            match self.call_session(session, command, DEADLINE).await? {
                ReplyResult::Messages { messages, more } => Ok(MessagePage { messages, more }),
                _ => Err(odd_reply()),
            }
        })
    }

    fn rename<'a>(&'a self, session: &'a str, title: String) -> BoxFuture<'a, Result<(), PodRefused>> {
        Box::pin(async move {
            let command = Command::SessionRename { session_id: session.to_owned(), title };
            self.call_session(session, command, DEADLINE).await?;
            Ok(())
        })
    }

    fn hold<'a>(&'a self, session: &'a str, hold: HoldMode) -> BoxFuture<'a, Result<(), PodRefused>> {
        Box::pin(async move {
            let command = Command::SessionHold { session_id: session.to_owned(), hold };
            self.call_session(session, command, DEADLINE).await?;
            Ok(())
        })
    }

    fn hand_over<'a>(
        &'a self,
        sessions: Vec<String>,
        pod: &'a str,
        by: Person,
    ) -> BoxFuture<'a, Result<(), PodRefused>> {
        Box::pin(async move { Ok(self.give(sessions, pod, by).await?) })
    }

    fn status(&self) -> Vec<PodStatus> {
        Self::status(self)
    }
}

pub(super) fn odd_reply() -> PodRefused {
    PodRefused {
        kind: PodRefusal::Failed,
        sentence: "The plugin's reply doesn't match the command; it may be a different version.".to_owned(),
    }
}

impl From<CallError> for PodRefused {
    fn from(error: CallError) -> Self {
        let kind = kind(&error);
        let sentence = match error {
            CallError::Command(error) => error.message,
            other => other.to_string(),
        };
        Self { kind, sentence }
    }
}

fn kind(error: &CallError) -> PodRefusal {
    match error {
        CallError::UnknownPod { .. } | CallError::UnknownSession { .. } => PodRefusal::NoSuch,
        CallError::Offline { .. } | CallError::PodRestarted { .. } => PodRefusal::Away,
        CallError::Busy { .. } => PodRefusal::Busy,
        CallError::AlreadyInFlight { .. } => PodRefusal::Conflict,
        CallError::TimedOut { .. } => PodRefusal::TimedOut,
        CallError::Command(error) => match error.code {
            ErrorCode::InvalidArgument => PodRefusal::Invalid,
            ErrorCode::DirectoryNotFound | ErrorCode::SessionNotFound | ErrorCode::MessageNotFound => {
                PodRefusal::NoSuch
            }
            ErrorCode::Busy | ErrorCode::Superseded => PodRefusal::Conflict,
            ErrorCode::OpencodeUnreachable => PodRefusal::Away,
            _ => PodRefusal::Failed,
        },
    }
}
