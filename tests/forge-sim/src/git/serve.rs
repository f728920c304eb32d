//! `git http-backend` behind the forge's own door: Basic auth with a token, rights, then git does the rest.

use crate::core::Sim;
use crate::faults::{Fault, Moment};
use crate::rest::answer::request_id;
use crate::rights::{Level, Who};
use crate::witness::Seen;
use crate::world::World;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, Response, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio_util::io::ReaderStream;

/// What a request to git's door is about.
struct Asked {
    owner: String,
    name: String,
    /// Behind `NAME.git`, with its slash.
    rest: String,
    pushes: bool,
}

/// What the door decided: where the repository is, and what the hook has to know.
struct Admitted {
    repository: u64,
    who: Who,
    environment: Vec<(&'static str, String)>,
}

type Refused = (StatusCode, &'static str);

pub(crate) async fn serve(sim: &Arc<Sim>, request: Request<Body>) -> Response<Body> {
    let Some(asked) = Asked::read(&request) else {
        return text(StatusCode::NOT_FOUND, "Not Found");
    };
    let operation = asked.operation();
    let fault = sim.quietly(|world| world.faults.draw(&operation));
    if let Some(fault) = fault.as_ref().filter(|fault| fault.moment() == Moment::Before) {
        fault.wait(sim).await;
        if !fault.only_delays() {
            return unwell(sim, &operation, fault);
        }
    }
    let admitted = sim.quietly(|world| admit(world, request.headers(), &asked));
    let (label, answer) = match admitted {
        Ok(admitted) => {
            let label = admitted.who.label();
            (label, run(sim, admitted, &asked, request).await)
        }
        Err((status, words)) => ("nobody".to_owned(), text(status, words)),
    };
    let status = answer.status().as_u16();
    sim.note(|world| world.saw(Seen { who: label, ..Seen::of(&operation, status) }));
    match fault {
        Some(fault) if fault.moment() == Moment::After => {
            fault.wait(sim).await;
            unwell(sim, &operation, &fault)
        }
        _ => answer,
    }
}

impl Asked {
    fn read(request: &Request<Body>) -> Option<Self> {
        let mut parts = request.uri().path().trim_start_matches('/').splitn(3, '/');
        let (owner, name) = (parts.next()?, parts.next()?.trim_end_matches(".git"));
        let rest = format!("/{}", parts.next()?);
        let query = request.uri().query().unwrap_or_default();
        let pushes = rest == "/git-receive-pack" || query.contains("service=git-receive-pack");
        Some(Self { owner: owner.to_owned(), name: name.to_owned(), rest, pushes })
    }

    fn operation(&self) -> String {
        let service = if self.pushes { "receive-pack" } else { "upload-pack" };
        format!("git {service} {}/{}{}", self.owner, self.name, self.rest)
    }
}

fn admit(world: &World, headers: &HeaderMap, asked: &Asked) -> Result<Admitted, Refused> {
    const UNKNOWN: Refused = (StatusCode::NOT_FOUND, "Repository not found.");
    let who = match token(headers) {
        Some(token) => {
            world.who(&token).map_err(|_| (StatusCode::UNAUTHORIZED, "Invalid username or token."))?
        }
        None => Who::Nobody,
    };
    let found = world.repository(&asked.owner, &asked.name);
    let found = found.filter(|found| world.may(&who, found, "metadata", Level::Read));
    let Some(found) = found else {
        let anonymous = matches!(who, Who::Nobody);
        return Err(if anonymous { (StatusCode::UNAUTHORIZED, "Authentication required.") } else { UNKNOWN });
    };
    let level = if asked.pushes { Level::Write } else { Level::Read };
    if !world.may(&who, found, "contents", level) {
        return Err((StatusCode::FORBIDDEN, "Write access to repository not granted."));
    }
    let workflows = world.may(&who, found, "workflows", Level::Write);
    let environment = vec![
        ("GIT_PROJECT_ROOT", found.bare.0.display().to_string()),
        ("FORGE_WORKFLOWS", if workflows { "yes" } else { "no" }.to_owned()),
        ("FORGE_GUARDS", found.guards(&who)),
    ];
    Ok(Admitted { repository: found.id, who, environment })
}

/// The password of Basic auth; git knows no other way.
fn token(headers: &HeaderMap) -> Option<String> {
    let header = headers.get("authorization")?.to_str().ok()?;
    let pair = STANDARD.decode(header.strip_prefix("Basic ")?.trim()).ok()?;
    let (_, password) = std::str::from_utf8(&pair).ok()?.split_once(':')?;
    Some(password.to_owned())
}

async fn run(sim: &Arc<Sim>, admitted: Admitted, asked: &Asked, request: Request<Body>) -> Response<Body> {
    let repository = admitted.repository;
    let writes = asked.rest == "/git-receive-pack";
    let before = sim.quietly(|world| world.branches(repository));
    let answer = backend(sim, &admitted, asked, request, writes).await;
    if writes {
        sim.enter(|world| world.pushed(repository, &admitted.who, &before));
    }
    answer.unwrap_or_else(|_| text(StatusCode::INTERNAL_SERVER_ERROR, "git http-backend failed"))
}

async fn backend(
    sim: &Arc<Sim>,
    admitted: &Admitted,
    asked: &Asked,
    request: Request<Body>,
    whole: bool,
) -> anyhow::Result<Response<Body>> {
    let (parts, body) = request.into_parts();
    let mut child = command(admitted, asked, &parts).spawn()?;
    let stdout = child.stdout.take().ok_or_else(|| anyhow::anyhow!("no stdout"))?;
    sim.spawn(feed(child, body));
    let mut stdout = BufReader::new(stdout);
    let answer = head(&mut stdout).await?;
    if !whole {
        return Ok(answer.body(Body::from_stream(ReaderStream::new(stdout)))?);
    }
    let mut written = Vec::new();
    stdout.read_to_end(&mut written).await?;
    Ok(answer.body(Body::from(super::receive::reworded(&written)))?)
}

fn command(admitted: &Admitted, asked: &Asked, parts: &axum::http::request::Parts) -> Command {
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let mut command = Command::new("git");
    command.arg("http-backend").env_clear().envs(std::env::var("PATH").map(|path| ("PATH", path)));
    command.envs(admitted.environment.iter().map(|(name, value)| (*name, value)));
    command
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", "safe.directory")
        .env("GIT_CONFIG_VALUE_0", "*")
        .env("REMOTE_USER", "forge")
        .env("REMOTE_ADDR", "127.0.0.1")
        .env("REQUEST_METHOD", parts.method.as_str())
        .env("PATH_INFO", &asked.rest)
        .env("QUERY_STRING", parts.uri.query().unwrap_or_default());
    let passed = [
        ("CONTENT_TYPE", "content-type"),
        ("CONTENT_LENGTH", "content-length"),
        ("HTTP_CONTENT_ENCODING", "content-encoding"),
        ("GIT_PROTOCOL", "git-protocol"),
    ];
    command.envs(passed.iter().filter_map(|(name, from)| Some((*name, header(from)?))));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    command
}

/// The request's body into git, then waits until git is done.
async fn feed(mut child: Child, body: Body) {
    if let Some(mut stdin) = child.stdin.take() {
        let mut pieces = body.into_data_stream();
        while let Some(Ok(piece)) = pieces.next().await {
            let piece: Bytes = piece;
            if stdin.write_all(&piece).await.is_err() {
                break;
            }
        }
    }
    let _ = child.wait().await;
}

/// Reads what a CGI program says before its body.
async fn head(stdout: &mut BufReader<ChildStdout>) -> anyhow::Result<axum::http::response::Builder> {
    let mut answer = Response::builder();
    loop {
        let mut line = String::new();
        anyhow::ensure!(stdout.read_line(&mut line).await? > 0, "git http-backend said nothing");
        let Some((name, value)) = line.trim_end().split_once(": ") else { return Ok(answer) };
        answer = if name.eq_ignore_ascii_case("status") {
            answer.status(value.split(' ').next().unwrap_or_default().parse::<u16>()?)
        } else {
            answer.header(name, value)
        };
    }
}

fn unwell(sim: &Arc<Sim>, operation: &str, fault: &Fault) -> Response<Body> {
    sim.note(|world| world.saw(Seen::of(operation, fault.status())));
    let status = StatusCode::from_u16(fault.status()).unwrap_or(StatusCode::BAD_GATEWAY);
    text(status, "The forge is unwell.")
}

fn text(status: StatusCode, words: &str) -> Response<Body> {
    let answer = Response::builder()
        .status(status)
        .header("content-type", "text/plain; charset=UTF-8")
        .header("x-github-request-id", request_id(words.len() as u64));
    let answer = match status {
        StatusCode::UNAUTHORIZED => answer.header("www-authenticate", r#"Basic realm="GitHub""#),
        _ => answer,
    };
    answer.body(Body::from(words.to_owned())).unwrap_or_default()
}

/// Where repositories lie.
pub(crate) fn place(root: &std::path::Path, id: u64) -> PathBuf {
    root.join(format!("{id}.git"))
}
