//! The pods as sessions see them: where work can begin.

use super::call::{CallError, Caller};
use crate::sessions::offers::Offered;
use crate::sessions::ports::{NewSession, PodRefusal, PodRefused, Pods};
use base64::prelude::{BASE64_STANDARD, Engine};
use bridge_protocol::{Command, ErrorCode, FileChange, ReplyResult, SessionInfo, limits};
use futures_util::future::BoxFuture;
use std::time::Duration;

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
            let deadline = Duration::from_millis(limits::COMMAND_DEADLINE_MS);
            match self.call_as(request_id, pod, command, deadline).await? {
                ReplyResult::Session { session } => Ok(session),
                _ => Err(odd_reply()),
            }
        })
    }

    fn diff<'a>(&'a self, session: &'a str) -> BoxFuture<'a, Result<Vec<FileChange>, PodRefused>> {
        Box::pin(async move {
            let command = Command::SessionDiff { session_id: session.to_owned(), message_id: None };
            let deadline = Duration::from_millis(limits::COMMAND_DEADLINE_MS);
            match self.call_session(session, command, deadline).await? {
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
            let deadline = Duration::from_millis(limits::COMMAND_DEADLINE_MS);
            let ReplyResult::Attachment { filename, content, .. } =
                self.call_for_file(session, command, deadline).await?
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

    fn connected(&self) -> Vec<String> {
        self.status().into_iter().filter(|pod| pod.connected).map(|pod| pod.pod).collect()
    }

    fn open_directories(&self) -> Vec<String> {
        self.status().into_iter().filter(|pod| pod.connected).flat_map(|pod| pod.open_directories).collect()
    }
}

fn odd_reply() -> PodRefused {
    PodRefused {
        kind: PodRefusal::Failed,
        sentence: "The plugin's reply does not fit the command; it may be of another version.".to_owned(),
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
