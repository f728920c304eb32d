//! A small app of the tests' own: calls the Web API, listens on a socket, acknowledges as it is told.

use e2e::slack::SlackSim;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;

pub(super) struct App {
    api: String,
    token: String,
    http: reqwest::Client,
}

impl App {
    pub(super) fn of(slack: &SlackSim) -> Self {
        Self { api: slack.api_url(), token: slack.bot_token(), http: reqwest::Client::new() }
    }

    pub(super) async fn call(&self, method: &str, args: Value) -> Value {
        self.answer(method, args).await.unwrap()
    }

    /// As the call went on the wire: reads go as forms, the rest as JSON.
    pub(super) async fn answer(&self, method: &str, args: Value) -> reqwest::Result<Value> {
        let request = self.http.post(format!("{}/{method}", self.api)).bearer_auth(&self.token);
        let reads = ["info", "list", "history", "replies", "members", "getPermalink", "getUploadURLExternal"];
        let request = if reads.iter().any(|read| method.ends_with(read)) {
            let fields = args.as_object().into_iter().flatten();
            let pairs = fields
                .map(|(key, value)| (key.clone(), value.as_str().map_or(value.to_string(), str::to_owned)));
            request.query(&pairs.collect::<Vec<_>>())
        } else {
            request.json(&args)
        };
        request.send().await?.json().await
    }

    /// The error of a call; "ok" if there is none.
    pub(super) async fn error(&self, method: &str, args: Value) -> String {
        let answer = self.call(method, args).await;
        answer["error"].as_str().unwrap_or("ok").to_owned()
    }

    pub(super) async fn post(&self, channel: &str, text: &str) -> String {
        let answer = self.call("chat.postMessage", json!({ "channel": channel, "text": text })).await;
        answer["ts"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }
}

/// A socket whose envelopes are acknowledged with what `answer` says; None lets them time out.
pub(super) struct Socket {
    pub(super) frames: mpsc::Receiver<Value>,
}

impl Socket {
    pub(super) async fn open(slack: &SlackSim, answer: fn(&Value) -> Option<Value>) -> Self {
        let url = ticket(slack).await;
        let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
        let (sender, frames) = mpsc::channel(1000);
        tokio::spawn(async move {
            while let Some(Ok(message)) = socket.next().await {
                let Message::Text(text) = message else { continue };
                let frame: Value = serde_json::from_str(&text).unwrap();
                let acked = frame.get("envelope_id").and_then(|_| answer(&frame));
                if let Some(payload) = acked {
                    let ack = json!({ "envelope_id": frame["envelope_id"], "payload": payload });
                    socket.send(Message::text(ack.to_string())).await.unwrap();
                }
                if sender.send(frame).await.is_err() {
                    return;
                }
            }
        });
        let mut socket = Self { frames };
        assert_eq!(socket.next().await["type"], "hello");
        socket
    }

    pub(super) async fn next(&mut self) -> Value {
        tokio::time::timeout(e2e::PATIENCE, self.frames.recv())
            .await
            .expect("a frame in time")
            .unwrap_or_default()
    }

    /// The next frame of this type.
    pub(super) async fn next_of(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.next().await;
            if frame["type"] == kind || frame.is_null() {
                return frame;
            }
        }
    }
}

pub(super) async fn ticket(slack: &SlackSim) -> String {
    let request = reqwest::Client::new().post(format!("{}/apps.connections.open", slack.api_url()));
    let answer: Value = request.bearer_auth(slack.app_token()).send().await.unwrap().json().await.unwrap();
    answer["url"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// Acknowledges everything, with nothing to say.
pub(super) fn yes(_: &Value) -> Option<Value> {
    Some(json!({}))
}
