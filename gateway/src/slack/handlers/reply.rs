//! Words for one person: beside the button or command that they used, or where they are.

use super::SlackContext;
use crate::slack::client::{CallFault, WRITING};
use crate::slack::formatting::esc;
use crate::slack::inbound::event::{ReplyTokens, SlackUser};
use crate::slack::sentences;
use serde_json::{Value, json};
use std::time::Duration;

/// If Slack rate-limits an ephemeral message, it is retried once, after at most this long.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where a person is told something.
#[derive(Clone, Debug, Default)]
pub(super) struct ReplyTarget {
    pub(super) user: String,
    pub(super) channel: Option<String>,
    pub(super) thread: Option<String>,
    pub(super) response_url: Option<String>,
}

impl ReplyTarget {
    pub(super) fn of(
        who: &SlackUser,
        reply: &ReplyTokens,
        channel: Option<&str>,
        thread: Option<&str>,
    ) -> Self {
        Self {
            user: who.user.clone(),
            channel: channel.map(str::to_owned),
            thread: thread.map(str::to_owned),
            response_url: reply.response_url.clone(),
        }
    }

    /// In a thread, or where one would begin.
    pub(super) fn in_thread(
        who: &SlackUser,
        reply: &ReplyTokens,
        channel: &str,
        thread: Option<&str>,
    ) -> Self {
        Self::of(who, reply, Some(channel), thread)
    }
}

impl SlackContext {
    pub(super) async fn tell(&self, at: &ReplyTarget, text: &str) {
        self.show(at, &esc(text), &[]).await;
    }

    /// In the person's own conversation with the app; where Slack takes nothing there, beside what they did.
    pub(super) async fn tell_alone(&self, at: &ReplyTarget, text: &str) {
        let alone = ReplyTarget { user: at.user.clone(), ..ReplyTarget::default() };
        if let Err(error) = self.show_at(&alone, &esc(text), &[]).await {
            tracing::warn!(%error, user = at.user, "direct message not delivered");
            if error.code().is_some() {
                self.tell(at, text).await;
            }
        }
    }

    /// Escaped already, and drawn. Only this person sees it. What Slack refuses is told in plain words, and where it
    /// takes none, in the person's own conversation with the app: nobody is left without an answer.
    pub(super) async fn show(&self, at: &ReplyTarget, text: &str, blocks: &[Value]) {
        let Err(error) = self.show_at(at, text, blocks).await else { return };
        tracing::warn!(%error, user = at.user, "ephemeral message not delivered");
        // Told twice would be worse than told late: only what Slack surely has not taken is told another way.
        if error.code().is_none() {
            return;
        }
        let mut plain = text.to_owned();
        if !blocks.is_empty() {
            plain.push_str(&format!("\n{}", esc(sentences::NOT_SHOWN)));
            if self.show_at(at, &plain, &[]).await.is_ok() {
                return;
            }
        }
        let alone = ReplyTarget { user: at.user.clone(), ..ReplyTarget::default() };
        if at.channel.is_some()
            && let Err(error) = self.show_at(&alone, &plain, &[]).await
        {
            tracing::warn!(%error, user = at.user, "direct message not delivered either");
        }
    }

    async fn show_at(&self, at: &ReplyTarget, text: &str, blocks: &[Value]) -> Result<(), CallFault> {
        let mut message = json!({ "text": text });
        if !blocks.is_empty() {
            message["blocks"] = json!(blocks);
        }
        if let Some(url) = &at.response_url {
            let mut answer = message.clone();
            answer["response_type"] = json!("ephemeral");
            answer["replace_original"] = json!(false);
            if self.client.respond(url, &answer).await.is_ok() {
                return Ok(());
            }
        }
        self.show_there(at, message).await
    }

    /// Without a channel it goes into the person's own conversation with the app.
    async fn show_there(&self, at: &ReplyTarget, mut message: Value) -> Result<(), CallFault> {
        message["unfurl_links"] = json!(false);
        message["unfurl_media"] = json!(false);
        let Some(channel) = &at.channel else {
            message["channel"] = json!(at.user);
            return self.patiently("chat.postMessage", &message).await;
        };
        message["channel"] = json!(channel);
        message["user"] = json!(at.user);
        if let Some(thread) = &at.thread {
            message["thread_ts"] = json!(thread);
        }
        self.patiently("chat.postEphemeral", &message).await
    }

    async fn patiently(&self, method: &str, args: &Value) -> Result<(), CallFault> {
        match self.client.call(method, args, WRITING).await {
            Err(CallFault::RateLimited { after, .. }) if after <= PATIENCE => {
                tokio::time::sleep(after).await;
                self.client.call(method, args, WRITING).await.map(drop)
            }
            other => other.map(drop),
        }
    }
}
