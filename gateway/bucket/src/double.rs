//! A bucket in this process, for tests: it has versions and a lock, knows one access key, and goes wrong as it is told. Signatures
//! are not checked here; a judge that isn't ours does that (`tests/it/bucket.rs`).

use crate::{AccessKeys, AccessSource, Addressing, BucketSettings, Endpoint};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What the double is told to do with a call instead of answering it.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// This status, with an error of that code.
    Says(u16, &'static str),
    /// 200, with that body.
    Garbage(String),
    /// No answer for as long as anyone waits.
    Silence,
    /// The call is carried out, and its answer is lost.
    LostAnswer,
}

/// A body, or none for a marker of a deletion.
type Versions = Vec<(u64, Option<Bytes>)>;

#[derive(Debug, Default)]
struct Inside {
    /// The newest version of each is its last.
    objects: BTreeMap<String, Versions>,
    written: u64,
    lock: Option<String>,
    has_no_versions: bool,
    troubles: VecDeque<Trouble>,
    calls: Vec<String>,
}

/// Ends with its test.
#[derive(Debug)]
pub struct BucketDouble {
    inside: Arc<Mutex<Inside>>,
    port: u16,
    serving: JoinHandle<()>,
}

impl Drop for BucketDouble {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl BucketDouble {
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (inside, port) = (Arc::<Mutex<Inside>>::default(), listener.local_addr()?.port());
        let router = Router::new().fallback(answer).with_state(Arc::clone(&inside));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap_or_default() });
        Ok(Self { inside, port, serving })
    }

    /// How to reach it, with a key of nothing.
    pub fn settings(&self) -> BucketSettings {
        let secret = ["not", "a", "secret"].join("-").into();
        let keys = AccessKeys { id: "DOUBLE".to_owned(), secret, session_token: None };
        let here = Endpoint { is_https: false, host: format!("127.0.0.1:{}", self.port) };
        BucketSettings {
            endpoint: here,
            name: "heads".to_owned(),
            region: "us-east-1".to_owned(),
            prefix: "gateway/".to_owned(),
            addressing: Addressing::Path,
            access: AccessSource::Given(keys),
        }
    }

    /// The next calls go wrong so, one each.
    pub fn goes_wrong(&self, troubles: impl IntoIterator<Item = Trouble>) {
        self.inside().troubles.extend(troubles);
    }

    /// As somebody else with a key would.
    pub fn write(&self, key: &str, body: impl Into<Bytes>) {
        self.inside().add(key, Some(body.into()));
    }

    pub fn delete(&self, key: &str) {
        self.inside().add(key, None);
    }

    /// As an administrator of a bucket without a lock would.
    pub fn purge(&self) {
        self.inside().objects.clear();
    }

    pub fn is_locked(&self, rule: &str) {
        self.inside().lock = Some(rule.to_owned());
    }

    pub fn has_no_versions(&self) {
        self.inside().has_no_versions = true;
    }

    /// The newest versions that are no deletions.
    pub fn objects(&self) -> Vec<(String, String)> {
        let newest = |versions: &Versions| versions.last().and_then(|(_, body)| body.clone());
        let inside = self.inside();
        let found =
            inside.objects.iter().filter_map(|(key, versions)| Some((key.clone(), newest(versions)?)));
        found.map(|(key, body)| (key, String::from_utf8_lossy(&body).into_owned())).collect()
    }

    /// Method, path and query of each call since the last time.
    pub fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.inside().calls)
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Asked = HashMap<String, String>;

async fn answer(
    State(inside): State<Arc<Mutex<Inside>>>,
    method: Method,
    uri: Uri,
    Query(query): Query<Asked>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (reply, lost) = {
        let mut inside = inside.lock().unwrap_or_else(PoisonError::into_inner);
        inside.calls.push(format!("{method} {uri}"));
        match inside.troubles.pop_front() {
            Some(Trouble::Says(status, code)) => return says(status, code),
            Some(Trouble::Garbage(body)) => return body.into_response(),
            Some(Trouble::Silence) => (says(500, "Never"), true),
            trouble => (inside.reply(&method, uri.path(), &query, &headers, body), trouble.is_some()),
        }
    };
    if lost {
        std::future::pending::<()>().await;
    }
    reply
}

fn says(status: u16, code: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    // As a real one does, with what is better not repeated.
    let body = format!("<Error><Code>{code}</Code><Message>You sent StringToSign</Message></Error>");
    (status, body).into_response()
}

impl Inside {
    fn add(&mut self, key: &str, body: Option<Bytes>) {
        self.written += 1;
        self.objects.entry(key.to_owned()).or_default().push((self.written, body));
    }

    fn reply(
        &mut self,
        method: &Method,
        path: &str,
        query: &Asked,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Response {
        let has = |name: &str| headers.contains_key(name);
        if !["authorization", "x-amz-date", "x-amz-content-sha256"].iter().all(|name| has(name)) {
            return says(403, "AccessDenied");
        }
        match (method.as_str(), path.strip_prefix("/heads")) {
            (_, None) => says(404, "NoSuchBucket"),
            ("GET", Some("" | "/")) => self.bucket(query),
            ("GET", Some(key)) => self.read(key.trim_start_matches('/'), query.get("versionId")),
            ("PUT", Some(key)) => self.put(key.trim_start_matches('/'), headers, body),
            _ => says(405, "MethodNotAllowed"),
        }
    }

    fn put(&mut self, key: &str, headers: &HeaderMap, body: Bytes) -> Response {
        if !["x-amz-checksum-sha256", "x-amz-sdk-checksum-algorithm"]
            .iter()
            .all(|name| headers.contains_key(*name))
        {
            return says(400, "InvalidRequest");
        }
        let is_there = self
            .objects
            .get(key)
            .and_then(|versions| versions.last())
            .is_some_and(|(_, body)| body.is_some());
        if headers.contains_key("if-none-match") && is_there {
            return says(412, "PreconditionFailed");
        }
        self.add(key, Some(body));
        StatusCode::OK.into_response()
    }

    fn read(&self, key: &str, version: Option<&String>) -> Response {
        let versions = self.objects.get(key).map_or(&[][..], Vec::as_slice);
        let found = match version {
            Some(version) => versions.iter().find(|(number, _)| number.to_string() == *version),
            None => versions.last(),
        };
        match found.and_then(|(_, body)| body.clone()) {
            Some(body) => body.into_response(),
            None => says(404, "NoSuchKey"),
        }
    }

    fn bucket(&self, query: &Asked) -> Response {
        if query.contains_key("object-lock") {
            return match &self.lock {
                Some(rule) => {
                    format!("<ObjectLockConfiguration>{rule}</ObjectLockConfiguration>").into_response()
                }
                None => says(404, "ObjectLockConfigurationNotFoundError"),
            };
        }
        if query.contains_key("versioning") {
            let status = if self.has_no_versions { "" } else { "<Status>Enabled</Status>" };
            return format!("<VersioningConfiguration>{status}</VersioningConfiguration>").into_response();
        }
        match (query.contains_key("versions"), self.has_no_versions) {
            (true, true) => says(501, "NotImplemented"),
            (true, false) => self.list(query, "ListVersionsResult", query.get("key-marker")),
            (false, _) => self.list(query, "ListBucketResult", query.get("start-after")),
        }
    }

    /// With the name behind which it begins in it, as some services have it; deletions come last, as in others.
    fn list(&self, query: &Asked, root: &str, after: Option<&String>) -> Response {
        let (prefix, most) = (query.get("prefix").cloned().unwrap_or_default(), query.get("max-keys"));
        let most = most.and_then(|most| most.parse::<usize>().ok()).unwrap_or(1000);
        let fits = |key: &String| key.starts_with(&prefix) && after.is_none_or(|after| key >= after);
        let all: Vec<_> = self.objects.iter().filter(|(key, _)| fits(key)).collect();
        let (mut versions, mut deletions) = (String::new(), String::new());
        for (key, kept) in all.iter().take(most) {
            let key = key.replace('&', "&amp;").replace('<', "&lt;");
            let shown = if self.has_no_versions { kept.len() - 1 } else { 0 };
            for (number, body) in kept[shown..].iter().rev() {
                let _ = match (body, self.has_no_versions) {
                    (Some(_), true) => write!(versions, "<Contents><Key>{key}</Key></Contents>"),
                    (None, true) => Ok(()),
                    (Some(_), false) => write!(versions, "<Version>{}</Version>", one(&key, *number)),
                    (None, false) => write!(deletions, "<DeleteMarker>{}</DeleteMarker>", one(&key, *number)),
                };
            }
        }
        let more = all.len() > most;
        format!("<{root} xmlns=\"x\"><IsTruncated>{more}</IsTruncated>{versions}{deletions}</{root}>")
            .into_response()
    }
}

fn one(key: &str, number: u64) -> String {
    format!("<Key>{key}</Key><VersionId>{number}</VersionId>")
}
