//! Acceptance checks: fetches an address and looks at the answer. It goes where the configuration says and nowhere else: what
//! answers there is the agent's, so it may not send the gateway on to another address, nor answer without end.

use futures_util::StreamExt;
use gateway_domain::{CheckEnd, Fetched, judge_fetch, one_line};
use reqwest::{Client, Response, redirect};
use std::time::Duration;
use tokio::time::Instant;

/// What of an answer is looked through.
const LONGEST_ANSWER: usize = 1024 * 1024;

pub(super) struct Fetcher(Option<Client>);

impl Default for Fetcher {
    fn default() -> Self {
        let client = Client::builder().redirect(redirect::Policy::none()).no_proxy().build();
        Self(client.inspect_err(|error| tracing::error!(%error, "acceptance checks can't run")).ok())
    }
}

impl Fetcher {
    pub(super) async fn look(&self, url: &str, status: u16, text: Option<&str>, limit: Duration) -> CheckEnd {
        let began = Instant::now();
        let fetched = match tokio::time::timeout(limit, self.fetch(url, text)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(why)) => Fetched::Unreachable { why },
            Err(_) => Fetched::Unreachable { why: format!("no answer within {} s.", limit.as_secs()) },
        };
        let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        judge_fetch(status, text.is_some(), &fetched, took_ms)
    }

    async fn fetch(&self, url: &str, text: Option<&str>) -> Result<Fetched, String> {
        let client = self.0.as_ref().ok_or("the gateway's HTTP client could not be made.")?;
        let response = client.get(url).send().await.map_err(|error| reason(&error))?;
        let status = response.status().as_u16();
        let has_text = match text {
            Some(text) => contains(response, text).await.map_err(|error| reason(&error))?,
            None => true,
        };
        Ok(Fetched::Answer { status, has_text })
    }
}

async fn contains(response: Response, text: &str) -> Result<bool, reqwest::Error> {
    let mut body: Vec<u8> = vec![];
    let mut pieces = response.bytes_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece?;
        let room = LONGEST_ANSWER.saturating_sub(body.len());
        body.extend_from_slice(&piece[..piece.len().min(room)]);
        if room <= piece.len() {
            break;
        }
    }
    Ok(String::from_utf8_lossy(&body).contains(text))
}

/// The last cause says it: that nothing listens there, that the name is not known.
fn reason(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    format!("{}.", one_line(&cause.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::response::Redirect;
    use axum::routing::get;
    use gateway_domain::CheckVerdict;

    async fn lab() -> String {
        let pages = Router::new()
            .route("/", get(|| async { "Welcome to the shop" }))
            .route("/away", get(|| async { Redirect::temporary("/") }))
            .route("/slow", get(|| async { std::future::pending::<()>().await }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, pages).await });
        format!("http://{address}")
    }

    #[tokio::test]
    async fn an_address_is_looked_at_and_never_followed_elsewhere() {
        // REQ-CHECK-03
        let lab = lab().await;
        let (fetcher, limit) = (Fetcher::default(), Duration::from_secs(5));
        let table = [
            ("/", 200, Some("to the shop"), CheckVerdict::Passed, "It answered 200 with the expected text."),
            (
                "/",
                200,
                Some("Goodbye"),
                CheckVerdict::Failed,
                "It answered 200, but without the expected text.",
            ),
            ("/none", 200, None, CheckVerdict::Failed, "It answered 404, and 200 was expected."),
            ("/away", 200, None, CheckVerdict::Failed, "It answered 307, and 200 was expected."),
            ("/away", 307, None, CheckVerdict::Passed, "It answered 307."),
        ];
        for (path, status, text, verdict, why) in table {
            let end = fetcher.look(&format!("{lab}{path}"), status, text, limit).await;
            assert_eq!((end.verdict, end.why.as_deref()), (verdict, Some(why)), "{path}");
        }
    }

    #[tokio::test]
    async fn an_address_that_does_not_answer_is_said_as_such() {
        // REQ-CHECK-03
        let lab = lab().await;
        let end =
            Fetcher::default().look(&format!("{lab}/slow"), 200, None, Duration::from_millis(200)).await;
        assert_eq!(end.why.as_deref(), Some("The address is unreachable: no answer within 0 s."));
        let end = Fetcher::default().look("http://127.0.0.1:1/", 200, None, Duration::from_secs(5)).await;
        let why = end.why.unwrap();
        assert!(why.starts_with("The address is unreachable: ") && why.contains("refused"), "{why}");
    }
}
