//! What became of a call that did not succeed: everything else depends on telling these apart.

use serde_json::Value;
use slack_morphism::errors::{SlackClientError, SlackClientHttpProtocolError};
use std::time::Duration;

/// Waited when Slack says that it was too much, but not for how long.
const UNSAID: Duration = Duration::from_secs(30);

/// HTTP's word for a request that took too long on its way.
const REQUEST_TIMEOUT: u16 = 408;

/// Codes after which the call may have taken effect all the same.
const IN_DOUBT: [&str; 4] = ["fatal_error", "internal_error", "request_timeout", "service_unavailable"];

#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CallFault {
    /// Slack says no, and why.
    #[error("Slack refused {method}: {code}")]
    Refused { method: String, code: String, response: Value },
    #[error("Slack rate-limits {method} for {} s", after.as_secs())]
    RateLimited { method: String, after: Duration },
    /// It never reached Slack.
    #[error("{method} could not be sent: {why}")]
    NotSent { method: String, why: String },
    /// It may have taken effect or not.
    #[error("It is unknown whether {method} took effect: {why}")]
    Unknown { method: String, why: String },
}

impl CallFault {
    /// Slack's word for why not, if it said one.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => Some(code),
            _ => None,
        }
    }
}

pub(super) fn timed_out(method: &str, limit: Duration) -> CallFault {
    unknown(method, format!("no answer within {} s", limit.as_secs_f32()))
}

pub(super) fn odd_answer(method: &str) -> CallFault {
    unknown(method, "the response was not from Slack".to_owned())
}

pub(super) fn no_address(what: &str) -> CallFault {
    CallFault::NotSent { method: what.to_owned(), why: "its address is not valid".to_owned() }
}

fn unknown(method: &str, why: String) -> CallFault {
    CallFault::Unknown { method: method.to_owned(), why }
}

/// What the crate's error tells. Its own text may hold whole bodies, so none of it is used.
pub(super) fn of_error(method: &str, error: &SlackClientError) -> CallFault {
    match error {
        SlackClientError::ApiError(refused) => {
            refusal(method, &refused.code, refused.http_response_body.as_deref())
        }
        SlackClientError::RateLimitError(limited) => {
            rate_limited(method, limited.retry_after.unwrap_or(UNSAID))
        }
        SlackClientError::HttpError(http)
            if http.status_code.is_server_error() || http.status_code.as_u16() == REQUEST_TIMEOUT =>
        {
            unknown(method, format!("HTTP {}", http.status_code.as_u16()))
        }
        SlackClientError::HttpError(http) => CallFault::Refused {
            method: method.to_owned(),
            code: format!("http_{}", http.status_code.as_u16()),
            response: Value::Null,
        },
        SlackClientError::HttpProtocolError(broken) => broken_off(method, broken),
        SlackClientError::ProtocolError(_) => odd_answer(method),
        _ => unknown(method, "the connection broke".to_owned()),
    }
}

fn refusal(method: &str, code: &str, body: Option<&str>) -> CallFault {
    if IN_DOUBT.contains(&code) {
        return unknown(method, format!("Slack said {code}"));
    }
    if matches!(code, "ratelimited" | "rate_limited") {
        return rate_limited(method, UNSAID);
    }
    let response = body.and_then(|body| serde_json::from_str(body).ok()).unwrap_or(Value::Null);
    CallFault::Refused { method: method.to_owned(), code: code.to_owned(), response }
}

fn rate_limited(method: &str, after: Duration) -> CallFault {
    CallFault::RateLimited { method: method.to_owned(), after }
}

fn broken_off(method: &str, broken: &SlackClientHttpProtocolError) -> CallFault {
    let cause = broken.cause.as_ref();
    let hyper = cause.and_then(|cause| cause.downcast_ref::<hyper_util::client::legacy::Error>());
    match hyper {
        Some(error) if error.is_connect() => {
            CallFault::NotSent { method: method.to_owned(), why: "no connection to Slack".to_owned() }
        }
        _ => unknown(method, "the connection broke".to_owned()),
    }
}
