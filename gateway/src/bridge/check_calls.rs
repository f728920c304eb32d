//! Checks in pods: starts their commands there, and waits for their ends.

use super::call::{CallError, Caller};
use super::pods::odd_reply;
use crate::sessions::ports::{CheckFault, PodChecks, PodRefused, StartCheck};
use bridge_protocol::{CheckEnded, Command, ErrorCode, ReplyResult, limits};
use futures_util::future::BoxFuture;
use gateway_domain::{CheckOutput, CheckedCode, LONGEST_LIMIT_SECONDS, ProjectFiles, one_line};
use std::time::Duration;

const DEADLINE: Duration = Duration::from_millis(limits::COMMAND_DEADLINE_MS);

/// Longer than any check takes, with what is read around it.
const UNTIL_ENDED: Duration = Duration::from_secs(LONGEST_LIMIT_SECONDS + 300);

impl PodChecks for Caller {
    fn look<'a>(
        &'a self,
        session: &'a str,
        files: &'a [&'a str],
    ) -> BoxFuture<'a, Result<ProjectFiles, PodRefused>> {
        Box::pin(async move {
            let files = files.iter().map(|&file| file.to_owned()).collect();
            let command = Command::CheckLook { session_id: session.to_owned(), files };
            match self.call_session(session, command, DEADLINE).await? {
                ReplyResult::CheckFiles { files } => Ok(ProjectFiles(files)),
                _ => Err(odd_reply()),
            }
        })
    }

    fn start<'a>(
        &'a self,
        pod: &'a str,
        request_id: String,
        check: StartCheck,
    ) -> BoxFuture<'a, Result<(), CheckFault>> {
        let StartCheck {
            session: session_id,
            check: check_id,
            command,
            environment: env,
            limit,
            report,
            before,
        } = check;
        let limit_ms = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
        let command = Command::CheckStart { session_id, check_id, command, env, limit_ms, report, before };
        Box::pin(
            async move { self.call_as(request_id, pod, command, DEADLINE).await.map(drop).map_err(fault) },
        )
    }

    fn ended<'a>(
        &'a self,
        pod: &'a str,
        request_id: String,
        session_id: String,
        check_id: String,
    ) -> BoxFuture<'a, Result<CheckOutput, CheckFault>> {
        let command = Command::CheckAwait { session_id, check_id };
        Box::pin(async move {
            match self.call_as(request_id, pod, command, UNTIL_ENDED).await.map_err(fault)? {
                ReplyResult::Check { ended } => Ok(output(ended)),
                _ => Err(CheckFault::Refused("the plugin's answer is none about a check".to_owned())),
            }
        })
    }

    fn stop<'a>(
        &'a self,
        pod: &'a str,
        request_id: String,
        session_id: String,
        check_id: String,
    ) -> BoxFuture<'a, Result<(), CheckFault>> {
        let command = Command::CheckStop { session_id, check_id };
        Box::pin(
            async move { self.call_as(request_id, pod, command, DEADLINE).await.map(drop).map_err(fault) },
        )
    }

    fn tell<'a>(
        &'a self,
        pod: &'a str,
        request_id: String,
        session_id: String,
        wish_id: String,
        summary: String,
    ) -> BoxFuture<'a, Result<(), CheckFault>> {
        let command = Command::CheckTell { session_id, wish_id, summary };
        Box::pin(
            async move { self.call_as(request_id, pod, command, DEADLINE).await.map(drop).map_err(fault) },
        )
    }
}

fn output(ended: CheckEnded) -> CheckOutput {
    let CheckEnded { exit_code, duration_ms, timed_out, stopped, output, output_bytes, digest, report, code } =
        ended;
    let code = code.map(|code| CheckedCode {
        commit: Some(code.commit),
        tree: Some(code.tree),
        uncommitted: code.uncommitted,
        changed_meanwhile: code.changed_meanwhile,
    });
    CheckOutput {
        exit_code,
        timed_out,
        stopped,
        took_ms: duration_ms,
        printed: output,
        printed_bytes: output_bytes,
        digest,
        report,
        code,
    }
}

fn fault(error: CallError) -> CheckFault {
    let CallError::Command(error) = error else { return CheckFault::Unknown };
    tracing::warn!(code = ?error.code, reason = one_line(&error.message), "check not done by its pod");
    match error.code {
        ErrorCode::CheckNotFound => CheckFault::Lost,
        ErrorCode::TimedOut | ErrorCode::OpencodeUnreachable | ErrorCode::Busy => CheckFault::Unknown,
        ErrorCode::UnknownCommand => CheckFault::Refused(
            "the plugin of its pod is too old to run checks; bring it up to date".to_owned(),
        ),
        _ => CheckFault::Refused(one_line(&error.message)),
    }
}
