//! Slack's Web API: raw JSON calls through slack-morphism, each with a time limit of ours and an outcome that
//! says what is known of its fate.
//!
//! The crate's typed models drop what they do not know and fail on what they do not expect, after the call has
//! taken effect; so nothing typed is used here.

mod call_fault;
mod wire;

pub use call_fault::CallFault;

use call_fault::{of_error, timed_out};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use slack_morphism::errors::SlackClientError;
use slack_morphism::prelude::*;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tracing::Span;
use wire::Wire;

pub(super) use wire::https;

/// Calls that write a message. Slack answers within a second; beyond this its fate is looked up.
pub const WRITING: Duration = Duration::from_secs(10);

/// Calls whose answer a person waits for: a trigger lives for three seconds.
pub const PROMPT: Duration = Duration::from_millis(2_500);

/// Calls that move a file.
pub const UPLOAD_PATIENCE: Duration = Duration::from_secs(60);

/// Methods that Slack reads no JSON body for.
const BY_QUERY: [&str; 12] = [
    "bots.info",
    "chat.getPermalink",
    "conversations.history",
    "conversations.info",
    "conversations.list",
    "conversations.members",
    "conversations.replies",
    "files.getUploadURLExternal",
    "files.info",
    "team.info",
    "users.info",
    "users.list",
];

/// Calls with one token. Clones are cheap.
#[derive(Clone)]
pub struct Client {
    slack: Arc<SlackClient<Wire>>,
    token: SlackApiToken,
}

/// The token is in it, so nothing of it is told.
impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

impl Client {
    /// `api` replaces Slack's own address, such as `http://127.0.0.1:7301/api`.
    pub fn new(token: &SecretString, api: Option<&str>) -> io::Result<Self> {
        let slack = Arc::new(SlackClient::new(Wire::new(api)?));
        Ok(Self { slack, token: SlackApiToken::new(token.expose_secret().into()) })
    }

    /// Calls a method. What is `Ok` says `"ok": true`.
    pub async fn call(&self, method: &str, args: &Value, limit: Duration) -> Result<Value, CallFault> {
        let session = self.slack.open_session(&self.token);
        let api = &session.http_session_api;
        let calling = async {
            if BY_QUERY.contains(&method) {
                api.http_get::<Value, _, _>(method, &query(args), None).await
            } else {
                api.http_post::<_, Value>(method, args, None).await
            }
        };
        let answer = within(method, limit, calling).await?;
        if answer["ok"] == true { Ok(answer) } else { Err(call_fault::odd_answer(method)) }
    }

    /// Sends the bytes of a file to the address that Slack gave for it.
    pub async fn upload(&self, url: &str, bytes: &[u8]) -> Result<(), CallFault> {
        let target = url.parse().map_err(|_| call_fault::no_address("the upload"))?;
        let kind = "application/octet-stream".to_owned();
        let span = Span::none();
        let sending =
            self.slack.http_api.connector.http_post_uri_binary::<Value>(target, kind, bytes, bare(&span));
        within("the upload", UPLOAD_PATIENCE, sending).await.map(drop)
    }

    /// Answers to a `response_url`. The address is the right to answer; no token goes there.
    pub async fn respond(&self, url: &str, answer: &Value) -> Result<(), CallFault> {
        let target = url.parse().map_err(|_| call_fault::no_address("the response"))?;
        let span = Span::none();
        let sending = self.slack.http_api.connector.http_post_uri::<_, Value>(target, answer, bare(&span));
        within("the response", WRITING, sending).await.map(drop)
    }
}

async fn within<T>(
    what: &str,
    limit: Duration,
    calling: impl Future<Output = Result<T, SlackClientError>>,
) -> Result<T, CallFault> {
    match tokio::time::timeout(limit, calling).await {
        Ok(answered) => answered.map_err(|error| of_error(what, &error)),
        Err(_) => Err(timed_out(what, limit)),
    }
}

/// Without a token, and with an address that is a secret itself.
fn bare(span: &Span) -> SlackClientApiCallContext<'_> {
    SlackClientApiCallContext {
        rate_control_params: None,
        token: None,
        tracing_span: span,
        is_sensitive_url: true,
    }
}

fn query(args: &Value) -> Vec<(&str, Option<String>)> {
    let Some(args) = args.as_object() else { return vec![] };
    args.iter()
        .map(|(name, value)| {
            let text = match value {
                Value::String(text) => Some(text.clone()),
                Value::Null => None,
                other => Some(other.to_string()),
            };
            (name.as_str(), text)
        })
        .collect()
}

#[cfg(test)]
mod tests;
