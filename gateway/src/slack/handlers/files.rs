//! Files that people post: fetched from Slack with the bot's token, and handed on with their message.
//!
//! The token goes to Slack's own hosts and nowhere else, whatever address a delivery names.

use super::SlackContext;
use super::reply::ReplyTarget;
use crate::sessions::Attachments;
use crate::slack::client::https;
use crate::slack::config::SLACK_API;
use crate::slack::inbound::event::{FileSent, Message};
use crate::slack::sentences;
use axum::http::{Request, Uri, header};
use http_body_util::{BodyExt, Empty, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use secrecy::ExposeSecret;
use std::time::Duration;

/// A file of the largest size on a slow line.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where Slack keeps files.
const HOSTS: [&str; 2] = ["files.slack.com", "slack-files.com"];

type Fault = Box<dyn std::error::Error + Send + Sync>;

impl SlackContext {
    /// The message's files. Whoever posted one that cannot be taken is told; the words go on without it.
    pub(super) async fn files(&self, reply_to: &ReplyTarget, message: &Message) -> Attachments {
        if message.files.is_empty() {
            return Attachments::default();
        }
        let (mut fetched, mut lost) = (vec![], vec![]);
        for file in &message.files {
            match self.fetch(file).await {
                Ok(content) => fetched.push((file.name.clone(), content)),
                Err(error) => {
                    tracing::warn!(error, "attachment not fetched");
                    lost.push(file.name.as_str());
                }
            }
        }
        if !lost.is_empty() {
            self.tell(
                reply_to,
                &sentences::files_not_taken(&lost, "They couldn't be downloaded from Slack."),
            )
            .await;
        }
        match Attachments::check(fetched) {
            Ok(files) => files,
            Err(refused) => {
                let names: Vec<_> = message.files.iter().map(|file| file.name.as_str()).collect();
                self.tell(reply_to, &sentences::files_not_taken(&names, &refused.to_string())).await;
                Attachments::default()
            }
        }
    }

    async fn fetch(&self, file: &FileSent) -> Result<Vec<u8>, Fault> {
        let uri: Uri = file.url.parse()?;
        if !is_slacks(&uri, &self.config.api_url) {
            return Err("its address is not on Slack's servers".into());
        }
        let client = Client::builder(TokioExecutor::new()).build(https(Some(&self.config.api_url))?);
        let token = format!("Bearer {}", self.config.bot_token.expose_secret());
        let request =
            Request::get(uri).header(header::AUTHORIZATION, token).body(Empty::<axum::body::Bytes>::new())?;
        let fetching = async {
            // Redirects are not followed: they would take the token elsewhere.
            let response = client.request(request).await?;
            if !response.status().is_success() {
                return Err(Fault::from(format!("Slack answered {}", response.status())));
            }
            Ok(Limited::new(response.into_body(), gateway_domain::MAX_FILES_BYTES)
                .collect()
                .await?
                .to_bytes()
                .to_vec())
        };
        tokio::time::timeout(PATIENCE, fetching).await?
    }
}

/// Slack's own, over TLS; with another base address (a simulator on this machine) that one's.
fn is_slacks(uri: &Uri, api: &str) -> bool {
    if api == SLACK_API {
        return uri.scheme_str() == Some("https") && uri.host().is_some_and(|host| HOSTS.contains(&host));
    }
    let base: Result<Uri, _> = api.parse();
    base.is_ok_and(|base| uri.scheme() == base.scheme() && uri.authority() == base.authority())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_goes_to_slack_only() {
        // REQ-START-08, REQ-THREAD-06
        let ours = |uri: &str, api: &str| is_slacks(&uri.parse().unwrap(), api);
        assert!(ours("https://files.slack.com/files-pri/T1-F1/a.png", SLACK_API));
        for evil in [
            "http://files.slack.com/a",
            "https://files.slack.com.evil.test/a",
            "https://evil.test/files.slack.com",
            "https://files.slack.com@evil.test/a",
        ] {
            assert!(!ours(evil, SLACK_API), "{evil}");
        }
        let sim = "http://127.0.0.1:7301/api";
        assert!(ours("http://127.0.0.1:7301/files/a", sim));
        assert!(!ours("http://127.0.0.1:7302/files/a", sim) && !ours("https://files.slack.com/a", sim));
    }
}
