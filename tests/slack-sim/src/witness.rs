//! What happened, for tests to assert on: calls, deliveries with their acknowledgements, what people were told.

use super::api::args::Args;
use serde_json::{Value, json};
use std::time::Duration;

/// Records of a kind that are kept; the oldest go first.
const KEPT: usize = 200_000;

#[derive(Clone, Debug)]
pub struct Call {
    pub method: String,
    pub args: Value,
    pub answer: Value,
    pub status: u16,
    pub at: Duration,
}

/// One try to hand something to the app.
#[derive(Clone, Debug)]
pub struct Delivered {
    /// `events_api`, `slash_commands` or `interactive`.
    pub kind: String,
    /// The event's type, the command, or the interaction's type.
    pub what: String,
    pub id: String,
    pub payload: Value,
    pub attempt: u32,
    pub at: Duration,
    /// None: not acknowledged in time, or not yet.
    pub acked_after: Option<Duration>,
    pub answer: Value,
    /// Why it failed, as Slack would name it in a retry.
    pub failure: Option<String>,
}

/// Something that a person's screen said.
#[derive(Clone, Debug)]
pub struct ErrorShown {
    pub user: String,
    pub text: String,
    pub at: Duration,
}

#[derive(Default)]
pub struct Witness {
    pub calls: Vec<Call>,
    pub deliveries: Vec<Delivered>,
    /// Errors that Slack showed to people, such as an unanswered click.
    pub errors: Vec<ErrorShown>,
}

impl Call {
    pub(super) fn new(method: &str, args: &Args, answer: &Value, status: u16, at: Duration) -> Self {
        let args = Value::Object(args.0.clone());
        Self { method: method.to_owned(), args, answer: answer.clone(), status, at }
    }

    pub(super) fn failed(method: &str, why: &str, at: Duration) -> Self {
        let answer = json!({ "ok": false, "error": why });
        Self { method: method.to_owned(), args: Value::Null, answer, status: 0, at }
    }

    pub fn ok(&self) -> bool {
        self.answer["ok"] == true
    }
}

impl Witness {
    pub(super) fn call(&mut self, call: Call) {
        keep(&mut self.calls, call);
    }

    pub(super) fn delivery(&mut self, delivered: Delivered) {
        keep(&mut self.deliveries, delivered);
    }

    pub(super) fn told(&mut self, user: &str, text: &str, at: Duration) {
        keep(&mut self.errors, ErrorShown { user: user.to_owned(), text: text.to_owned(), at });
    }

    /// Writes the outcome beside the try it belongs to.
    pub(super) fn settle(&mut self, id: &str, attempt: u32, outcome: &Result<(Duration, Value), String>) {
        let tries = self.deliveries.iter_mut().rev();
        let Some(found) = tries.into_iter().find(|one| one.id == id && one.attempt == attempt) else {
            return;
        };
        match outcome {
            Ok((after, answer)) => {
                found.acked_after = Some(*after);
                found.answer = answer.clone();
            }
            Err(reason) => found.failure = Some(reason.clone()),
        }
    }

    /// How long acknowledgements took, shortest first.
    pub fn ack_times(&self) -> Vec<Duration> {
        let mut times: Vec<Duration> = self.deliveries.iter().filter_map(|one| one.acked_after).collect();
        times.sort();
        times
    }

    /// The acknowledgement time below which this share of all lies; none without any.
    pub fn ack_quantile(&self, share: f64) -> Option<Duration> {
        let times = self.ack_times();
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an index"
        )]
        let index = ((times.len() as f64 * share).ceil() as usize).saturating_sub(1);
        times.get(index).copied()
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

fn keep<T>(list: &mut Vec<T>, item: T) {
    if list.len() >= KEPT {
        list.drain(..KEPT / 10);
    }
    list.push(item);
}
