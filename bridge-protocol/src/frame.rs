//! Envelopes: one JSON object a frame, its `type` says which.
//!
//! Decoding reads the head first (`v`, `type`, `request_id`, `seq`), so that a frame that cannot be read is
//! still answered with a sentence about that very frame.

use crate::command::{Command, Request};
use crate::event::{Event, EventFrame};
use crate::handshake::{Hello, Refused, Welcome};
use crate::limits::MAX_FRAME_BYTES;
use crate::reply::{CommandError, Reply};
use crate::streamed;
use crate::trace::Spans;
use crate::{OLDEST_PROTOCOL_VERSION, PROTOCOL_VERSION};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Frames that the plugin sends.
#[derive(Clone, Debug, PartialEq)]
pub enum PluginFrame {
    Hello(Box<Hello>),
    Event(Box<EventFrame>),
    Reply(Box<Reply>),
    /// `session.error`: a command failed.
    Error(CommandError),
    /// `trace.spans`
    Spans(Spans),
    Ping(Heartbeat),
    Pong(Heartbeat),
    ProtocolError(ProtocolError),
}

/// Frames that the gateway sends.
#[derive(Clone, Debug, PartialEq)]
pub enum GatewayFrame {
    Welcome(Welcome),
    Refused(Refused),
    Request(Box<Request>),
    Ack(Ack),
    Ping(Heartbeat),
    Pong(Heartbeat),
    ProtocolError(ProtocolError),
}

/// `ping` and `pong`. A pong carries its ping's nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "generate", derive(ts_rs::TS))]
pub struct Heartbeat {
    pub nonce: u32,
}

/// The gateway has taken all events up to this position into its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "generate", derive(ts_rs::TS))]
pub struct Ack {
    pub seq: u64,
}

/// A frame could not be used. The link stays open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "generate", derive(ts_rs::TS))]
pub struct ProtocolError {
    pub code: ProtocolErrorCode,
    /// What was wrong, where, and what would have been right.
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// With `event_gap`: the position the gateway waits for. The plugin sends again from there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_seq: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "generate", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ProtocolErrorCode {
    NotText,
    NotJson,
    WrongVersion,
    UnknownType,
    WrongField,
    TooLarge,
    /// A frame that is right in itself came at the wrong time.
    WrongOrder,
    /// An event from further on than the next position.
    EventGap,
    /// A reply to a request that nobody waits for.
    UnknownRequest,
    #[serde(other)]
    Unknown,
}

/// Why a frame could not be read, and which one it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct DecodeError {
    pub code: ProtocolErrorCode,
    pub message: String,
    pub request_id: Option<String>,
    pub seq: Option<u64>,
}

impl From<DecodeError> for ProtocolError {
    fn from(error: DecodeError) -> Self {
        let DecodeError { code, message, request_id, seq } = error;
        Self { code, message, request_id, seq, expected_seq: None }
    }
}

// === impl PluginFrame ===

impl PluginFrame {
    pub fn decode(text: &str) -> Result<Self, DecodeError> {
        if let Some(event) = streamed::read(text) {
            return Ok(Self::Event(Box::new(event)));
        }
        Self::decode_by_head(text)
    }

    /// What was read in one go is the same as this.
    pub(crate) fn decode_by_head(text: &str) -> Result<Self, DecodeError> {
        let head = Head::read(text)?;
        let kind = head.kind.as_ref();
        match kind {
            "hello" => body(text, &head).map(|hello| Self::Hello(Box::new(hello))),
            "reply" => body(text, &head).map(|reply| Self::Reply(Box::new(reply))),
            "session.error" => body(text, &head).map(Self::Error),
            "trace.spans" => body(text, &head).map(Self::Spans),
            "ping" => body(text, &head).map(Self::Ping),
            "pong" => body(text, &head).map(Self::Pong),
            "protocol.error" => body(text, &head).map(Self::ProtocolError),
            _ if Event::NAMES.contains(&kind) => body(text, &head).map(|event| Self::Event(Box::new(event))),
            _ => Err(head.unknown_type()),
        }
    }

    pub fn encode(&self) -> String {
        match self {
            Self::Hello(body) => tagged("hello", body),
            Self::Event(body) => untagged(body),
            Self::Reply(body) => tagged("reply", body),
            Self::Error(body) => tagged("session.error", body),
            Self::Spans(body) => tagged("trace.spans", body),
            Self::Ping(body) => tagged("ping", body),
            Self::Pong(body) => tagged("pong", body),
            Self::ProtocolError(body) => tagged("protocol.error", body),
        }
    }
}

// === impl GatewayFrame ===

impl GatewayFrame {
    pub fn decode(text: &str) -> Result<Self, DecodeError> {
        let head = Head::read(text)?;
        let kind = head.kind.as_ref();
        match kind {
            "welcome" => body(text, &head).map(Self::Welcome),
            "refused" => body(text, &head).map(Self::Refused),
            "ack" => body(text, &head).map(Self::Ack),
            "ping" => body(text, &head).map(Self::Ping),
            "pong" => body(text, &head).map(Self::Pong),
            "protocol.error" => body(text, &head).map(Self::ProtocolError),
            _ if Command::NAMES.contains(&kind) => body(text, &head).map(|req| Self::Request(Box::new(req))),
            _ => Err(head.unknown_type()),
        }
    }

    pub fn encode(&self) -> String {
        match self {
            Self::Welcome(body) => tagged("welcome", body),
            Self::Refused(body) => tagged("refused", body),
            Self::Request(body) => untagged(body),
            Self::Ack(body) => tagged("ack", body),
            Self::Ping(body) => tagged("ping", body),
            Self::Pong(body) => tagged("pong", body),
            Self::ProtocolError(body) => tagged("protocol.error", body),
        }
    }
}

// === helpers ===

/// What every frame begins with.
#[derive(Deserialize)]
struct Head<'a> {
    v: u16,
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(default, borrow)]
    request_id: Option<Cow<'a, str>>,
    #[serde(default)]
    seq: Option<u64>,
}

impl<'a> Head<'a> {
    fn read(text: &'a str) -> Result<Self, DecodeError> {
        if text.len() > MAX_FRAME_BYTES {
            let message =
                format!("The frame has {} bytes; at most {MAX_FRAME_BYTES} are accepted.", text.len());
            return Err(bare(ProtocolErrorCode::TooLarge, message));
        }
        let head: Self = serde_json::from_str(text).map_err(|error| head_error(&error))?;
        // `hello` and `refused` are read in any version: they are how the ends find out.
        let negotiating = matches!(head.kind.as_ref(), "hello" | "refused");
        if !negotiating && !(OLDEST_PROTOCOL_VERSION..=PROTOCOL_VERSION).contains(&head.v) {
            let message = format!(
                "Frame version {} is not spoken here; use {OLDEST_PROTOCOL_VERSION} to {PROTOCOL_VERSION}.",
                head.v
            );
            return Err(head.error(ProtocolErrorCode::WrongVersion, message));
        }
        Ok(head)
    }

    fn unknown_type(&self) -> DecodeError {
        let shown: String = self.kind.chars().take(64).collect();
        let message = format!("The type {shown:?} is not known in protocol version {PROTOCOL_VERSION}.");
        self.error(ProtocolErrorCode::UnknownType, message)
    }

    fn error(&self, code: ProtocolErrorCode, message: String) -> DecodeError {
        let request_id = self.request_id.as_ref().map(|id| id.to_string());
        DecodeError { code, message, request_id, seq: self.seq }
    }
}

fn head_error(error: &serde_json::Error) -> DecodeError {
    if error.is_data() {
        return bare(ProtocolErrorCode::WrongField, format!("The frame's head is wrong: {error}."));
    }
    bare(ProtocolErrorCode::NotJson, format!("The frame is not a JSON object: {error}."))
}

fn bare(code: ProtocolErrorCode, message: String) -> DecodeError {
    DecodeError { code, message, request_id: None, seq: None }
}

fn body<'de, T: Deserialize<'de>>(text: &'de str, head: &Head<'_>) -> Result<T, DecodeError> {
    serde_json::from_str(text).map_err(|error| {
        let message = format!("A field of the {:?} frame is wrong: {error}.", head.kind);
        head.error(ProtocolErrorCode::WrongField, message)
    })
}

#[derive(Serialize)]
struct Tagged<'a, T: Serialize> {
    v: u16,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(flatten)]
    body: &'a T,
}

#[derive(Serialize)]
struct Untagged<'a, T: Serialize> {
    v: u16,
    #[serde(flatten)]
    body: &'a T,
}

fn tagged<T: Serialize>(kind: &'static str, body: &T) -> String {
    json(&Tagged { v: PROTOCOL_VERSION, kind, body })
}

fn untagged<T: Serialize>(body: &T) -> String {
    json(&Untagged { v: PROTOCOL_VERSION, body })
}

/// Wire types hold no map with other than string keys, so writing them cannot fail.
fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
