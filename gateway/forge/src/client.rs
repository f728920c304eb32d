//! One request to the API with all that belongs to it: who asks, the pace, tags, redirects, and reads that are tried again.

use crate::api_address::ApiAddress;
use crate::fault::ForgeFault;
use crate::pace::{Holder, Kind, Lane, Pace, limited_until};
use crate::tag_cache::TagCache;
use crate::trail::Trail;
use crate::wire::{Answer, Extent, Wire};
use gateway_delivery::Refusal;
use gateway_domain::MASK;
use hyper::Method;
use hyper::body::Bytes;
use hyper::header::{self, HeaderName, HeaderValue};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Supported until two years after its successor.
const API_VERSION: &str = "2022-11-28";
const MOST_REDIRECTS: usize = 3;
/// Pauses before a read is tried again.
const AGAIN_AFTER: [Duration; 2] = [Duration::from_millis(200), Duration::from_millis(800)];

pub(crate) struct Client {
    pub(crate) address: ApiAddress,
    pub(crate) wire: Wire,
    pub(crate) pace: Pace,
    user_agent: HeaderValue,
    tags: TagCache,
    asked: AtomicU64,
    unchanged: AtomicU64,
}

/// Whose token goes with a request.
#[derive(Clone)]
pub(crate) struct Signed {
    pub(crate) holder: Holder,
    pub(crate) token: SecretString,
}

pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) body: Option<Value>,
    pub(crate) kind: Kind,
    pub(crate) graphql: bool,
    pub(crate) accept: &'static str,
}

impl Call {
    pub(crate) fn get(url: String) -> Self {
        let accept = "application/vnd.github+json";
        Self { method: Method::GET, url, body: None, kind: Kind::Read, graphql: false, accept }
    }

    pub(crate) fn with(method: Method, url: String, body: Option<Value>, kind: Kind) -> Self {
        Self { method, body, kind, ..Self::get(url) }
    }

    fn lane(&self, signed: &Signed) -> Lane {
        Lane { holder: signed.holder.clone(), graphql: self.graphql }
    }
}

impl Client {
    pub(crate) fn new(address: ApiAddress, user_agent: HeaderValue, wire: Wire, pace: Pace) -> Self {
        let (asked, unchanged) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { address, wire, pace, user_agent, tags: TagCache::default(), asked, unchanged }
    }

    /// Requests so far, and how many of them found nothing new.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.asked.load(Ordering::Relaxed), self.unchanged.load(Ordering::Relaxed))
    }

    /// An answer of the forge, or none. Limits, suspension and a forge that is down are faults; other refusals aren't yet.
    pub(crate) async fn send(
        &self,
        signed: &Signed,
        call: &Call,
        now: Timestamp,
        trail: &Trail,
    ) -> Result<Answer, ForgeFault> {
        let tagged = (call.method == Method::GET).then(|| self.tags.get(&tag_key(call))).flatten();
        let lane = call.lane(signed);
        self.pace.admit(&lane, call.kind, now).map_err(rate_limited)?;
        let answer = match call.kind {
            Kind::Write => {
                let _turn = self.pace.write_turn().await;
                self.followed(signed, call, None).await
            }
            Kind::Token => self.followed(signed, call, None).await,
            Kind::Read => self.read(signed, call, tagged.as_ref()).await,
        }?;
        trail.note_request(call.kind, &answer);
        self.pace.note(&lane, &answer);
        let answer = self.with_tag(call, answer, tagged);
        self.judged(&lane, answer, now)
    }

    /// Reads change nothing, so they may be asked for again.
    async fn read(
        &self,
        signed: &Signed,
        call: &Call,
        tagged: Option<&Answer>,
    ) -> Result<Answer, ForgeFault> {
        let _seat = self.pace.seat().await;
        for pause in AGAIN_AFTER {
            match self.followed(signed, call, tagged).await {
                Ok(answer) if answer.status < 500 => return Ok(answer),
                Err(fault @ ForgeFault::Refused(_)) => return Err(fault),
                _ => tokio::time::sleep(pause).await,
            }
        }
        self.followed(signed, call, tagged).await
    }

    /// Follows what GitHub answers for a repository that was renamed, and only on its own host.
    async fn followed(
        &self,
        signed: &Signed,
        call: &Call,
        tagged: Option<&Answer>,
    ) -> Result<Answer, ForgeFault> {
        let mut url = call.url.clone();
        for _ in 0..=MOST_REDIRECTS {
            let answer = self.once(signed, call, &url, tagged).await?;
            if !matches!(answer.status, 301 | 307 | 308) {
                return Ok(answer);
            }
            let next = answer.header("location").and_then(|to| self.address.same_host(to));
            url = next.ok_or_else(|| {
                ForgeFault::other("it sent the request to another host, which isn't followed")
            })?;
        }
        Err(ForgeFault::other("it sends the request from one address to the next without end"))
    }

    async fn once(
        &self,
        signed: &Signed,
        call: &Call,
        url: &str,
        tagged: Option<&Answer>,
    ) -> Result<Answer, ForgeFault> {
        let mut headers = self.headers(call.accept);
        let mut token = HeaderValue::try_from(format!("Bearer {}", signed.token.expose_secret()))
            .map_err(|_| ForgeFault::other("the token has characters that no token has"))?;
        token.set_sensitive(true);
        headers.push((header::AUTHORIZATION, token));
        let tag = tagged.and_then(|answer| answer.headers.get(header::ETAG));
        headers.extend(tag.map(|tag| (header::IF_NONE_MATCH, tag.clone())));
        let body = call.body.as_ref().map_or(Bytes::new(), |body| Bytes::from(body.to_string()));
        if !body.is_empty() {
            headers.push((header::CONTENT_TYPE, HeaderValue::from_static("application/json")));
        }
        self.asked.fetch_add(1, Ordering::Relaxed);
        let answer = self.wire.send((&call.method, url), &headers, body, Extent::Whole).await?;
        Ok(without_token(answer, signed.token.expose_secret()))
    }

    pub(crate) fn headers(&self, accept: &'static str) -> Vec<(HeaderName, HeaderValue)> {
        vec![
            (header::USER_AGENT, self.user_agent.clone()),
            (header::ACCEPT, HeaderValue::from_static(accept)),
            (HeaderName::from_static("x-github-api-version"), HeaderValue::from_static(API_VERSION)),
        ]
    }

    fn with_tag(&self, call: &Call, answer: Answer, tagged: Option<Answer>) -> Answer {
        if let Some(known) = tagged.filter(|_| answer.status == 304) {
            self.unchanged.fetch_add(1, Ordering::Relaxed);
            return known;
        }
        let has_tag = answer.status == 200 && answer.headers.contains_key(header::ETAG);
        if call.method == Method::GET && has_tag {
            self.tags.put(&tag_key(call), &answer);
        }
        answer
    }

    fn judged(&self, lane: &Lane, answer: Answer, now: Timestamp) -> Result<Answer, ForgeFault> {
        if let Some(until) = limited_until(&answer, now) {
            self.pace.block(lane, until);
            return Err(rate_limited(until));
        }
        match answer.status {
            500.. => Err(ForgeFault::no_answer(format!("it answered with status {}", answer.status))),
            403 if answer.message().contains("has been suspended") => {
                Err(ForgeFault::Refused(Refusal::Revoked))
            }
            _ => Ok(answer),
        }
    }
}

/// A forge may repeat what it was given; from here on its words are shown to people.
fn without_token(answer: Answer, token: &str) -> Answer {
    if answer.is_good() || token.is_empty() {
        return answer;
    }
    let text = String::from_utf8_lossy(&answer.body);
    let body = text.contains(token).then(|| Bytes::from(text.replace(token, MASK)));
    Answer { body: body.unwrap_or_else(|| answer.body.clone()), ..answer }
}

fn tag_key(call: &Call) -> String {
    format!("{} {}", call.accept, call.url)
}

pub(crate) fn rate_limited(until: Timestamp) -> ForgeFault {
    ForgeFault::Refused(Refusal::RateLimited { until })
}
