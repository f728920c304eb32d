//! A forge of bare repositories: `git http-backend` behind a few lines of axum, with faults as forges have them.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Response, StatusCode};
use base64::Engine;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use tokio::io::AsyncWriteExt;
use tokio::task::JoinHandle;

/// Runs while a push is under way.
type Spy = Box<dyn Fn() + Send + Sync>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// The write happens, and its answer is lost.
    LostAnswer,
    /// The server fails before anything is written.
    Down,
    /// The token may only read.
    ReadOnly,
    /// To this port of the same machine.
    Redirect(u16),
    /// It never answers.
    Hangs,
}

struct Shared {
    root: PathBuf,
    token: String,
    fault: Mutex<Fault>,
    spy: Mutex<Option<Spy>>,
    seen: Mutex<Vec<String>>,
}

pub(crate) struct Forge {
    shared: Arc<Shared>,
    port: u16,
    task: JoinHandle<()>,
}

impl Drop for Forge {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Forge {
    pub(crate) async fn new(root: &Path, token: &str) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            root: root.to_owned(),
            token: token.to_owned(),
            fault: Mutex::new(Fault::None),
            spy: Mutex::new(None),
            seen: Mutex::new(vec![]),
        });
        let app = Router::new().fallback(answer).with_state(shared.clone());
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { shared, port, task }
    }

    pub(crate) fn address(&self, repository: &str) -> String {
        format!("http://127.0.0.1:{}/{repository}", self.port)
    }

    pub(crate) fn fails(&self, fault: Fault) {
        *self.shared.fault.lock().unwrap() = fault;
    }

    pub(crate) fn spy(&self, spy: impl Fn() + Send + Sync + 'static) {
        *self.shared.spy.lock().unwrap() = Some(Box::new(spy));
    }

    /// Method, path and query of all requests.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.shared.seen.lock().unwrap().clone()
    }
}

impl Shared {
    fn spied(&self) {
        if let Some(spy) = &*self.spy.lock().unwrap() {
            spy();
        }
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response<Body> {
    let what = format!("{} {}", request.method(), request.uri());
    shared.seen.lock().unwrap().push(what.clone());
    let is_push = what.contains("git-receive-pack");
    let is_write = is_push && what.starts_with("POST");
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("x-access-token:{}", shared.token));
    let authorization = request.headers().get("authorization").cloned();
    let fault = *shared.fault.lock().unwrap();
    match fault {
        Fault::Redirect(port) => {
            let to = format!("http://127.0.0.1:{port}{}", request.uri());
            return Response::builder()
                .status(StatusCode::FOUND)
                .header("location", to)
                .body(Body::empty())
                .unwrap();
        }
        Fault::Down => return said(StatusCode::BAD_GATEWAY, "no"),
        Fault::Hangs => std::future::pending::<()>().await,
        Fault::ReadOnly if is_push => {
            return said(StatusCode::FORBIDDEN, "Write access to repository not granted.");
        }
        _ => {}
    }
    if authorization != HeaderValue::from_str(&format!("Basic {basic}")).ok() {
        let challenge = Response::builder()
            .status(StatusCode::UNAUTHORIZED)
            .header("www-authenticate", "Basic realm=\"x\"");
        return challenge.body(Body::from("who are you")).unwrap();
    }
    if is_write {
        shared.spied();
    }
    let answered = backend(&shared.root, request).await;
    if is_write && fault == Fault::LostAnswer {
        return said(StatusCode::BAD_GATEWAY, "lost");
    }
    answered
}

fn said(status: StatusCode, text: &'static str) -> Response<Body> {
    Response::builder().status(status).body(Body::from(text)).unwrap()
}

/// As CGI: the request in the environment, the body in and out.
async fn backend(root: &Path, request: Request) -> Response<Body> {
    let (request, body) = request.into_parts();
    let header = |name: &str| {
        let value = request.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let mut command = tokio::process::Command::new("git");
    command
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("REMOTE_USER", "hubble")
        .env("REQUEST_METHOD", request.method.as_str())
        .env("PATH_INFO", request.uri.path())
        .env("QUERY_STRING", request.uri.query().unwrap_or_default())
        .env("CONTENT_TYPE", header("content-type"))
        .env("HTTP_CONTENT_ENCODING", header("content-encoding"))
        .env("GIT_PROTOCOL", header("git-protocol"))
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let body = to_bytes(body, 1 << 30).await.unwrap();
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let feed = async move {
        let _ = input.write_all(&body).await;
    };
    let (_, output) = tokio::join!(feed, child.wait_with_output());
    let output = output.unwrap().stdout;
    let end = output.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(0);
    let mut response = Response::builder();
    for line in String::from_utf8_lossy(&output[..end]).lines() {
        let Some((name, value)) = line.split_once(": ") else { continue };
        response = match name {
            "Status" => response.status(value[..3].parse::<u16>().unwrap()),
            name => response.header(name, value),
        };
    }
    response.body(Body::from(output[end + 4..].to_vec())).unwrap()
}
