//! Files: three-step uploads by the app, files that people post, downloads that ask for the token.

use super::core::Sim;
use super::world::World;
use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The largest file that is taken.
const MAX_FILE: usize = 64 * 1024 * 1024;

#[derive(Default)]
pub struct Files {
    pub all: BTreeMap<String, File>,
}

#[derive(Clone, Debug)]
pub struct File {
    pub id: String,
    pub name: String,
    pub title: String,
    pub user: String,
    /// What the upload announced; the bytes must be as many.
    pub announced: usize,
    pub bytes: Option<Vec<u8>>,
    /// Shared into these places: channel and message.
    pub shares: Vec<(String, String)>,
    pub complete: bool,
}

impl File {
    pub fn view(&self, base: &str) -> Value {
        let kind = self.name.rsplit_once('.').map_or("text", |(_, ending)| ending);
        let private = format!("{base}/files-pri/{}/{}", self.id, self.name);
        json!({
            "id": self.id, "name": self.name, "title": self.title, "user": self.user, "mimetype": mime(kind),
            "filetype": kind, "size": self.announced, "mode": "hosted", "is_external": false, "is_public": false,
            "created": 1_700_000_000, "timestamp": 1_700_000_000, "url_private": private,
            "url_private_download": format!("{base}/files-pri/{}/download/{}", self.id, self.name),
            "permalink": format!("https://simulated.slack.example/files/{}/{}", self.user, self.id),
        })
    }
}

fn mime(kind: &str) -> &'static str {
    match kind {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "pdf" => "application/pdf",
        "json" => "application/json",
        _ => "text/plain",
    }
}

impl World {
    /// A file that a person has at hand to post.
    pub fn persons_file(&mut self, user: &str, name: &str, bytes: &[u8]) -> Value {
        let id = self.id("F");
        let file = File {
            id: id.clone(),
            name: name.to_owned(),
            title: name.to_owned(),
            user: user.to_owned(),
            announced: bytes.len(),
            bytes: Some(bytes.to_vec()),
            shares: Vec::new(),
            complete: true,
        };
        let view = file.view(&self.base);
        self.files.all.insert(id, file);
        view
    }
}

/// Bytes for an upload, as multipart or as they are, whatever their content type says.
pub(super) async fn upload(
    State(sim): State<Arc<Sim>>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let kind =
        request.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let bytes = if kind.starts_with("multipart/form-data") {
        first_part(request).await
    } else {
        axum::body::to_bytes(request.into_body(), MAX_FILE).await.ok()
    };
    let Some(bytes) = bytes else { return (StatusCode::BAD_REQUEST, "no file").into_response() };
    let taken = sim.enter(|world| {
        let file =
            world.files.all.get_mut(&id).filter(|file| !file.complete && file.announced == bytes.len())?;
        file.bytes = Some(bytes.to_vec());
        Some(format!("OK - {}", bytes.len()))
    });
    match taken {
        Some(text) => text.into_response(),
        None => (StatusCode::BAD_REQUEST, "unknown upload, or not the announced length").into_response(),
    }
}

async fn first_part(request: Request) -> Option<Bytes> {
    let mut form = Multipart::from_request(request, &()).await.ok()?;
    while let Ok(Some(field)) = form.next_field().await {
        if let Ok(bytes) = field.bytes().await {
            return Some(bytes);
        }
    }
    None
}

pub(super) async fn download(
    State(sim): State<Arc<Sim>>,
    Path((id, _)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let token =
        headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let bytes = sim.enter(|world| {
        let may = token == format!("Bearer {}", world.app.bot_token)
            && !world.app.revoked
            && world.app.scopes.contains("files:read");
        let file = world.files.all.get(&id)?;
        may.then(|| file.bytes.clone().unwrap_or_default())
    });
    match bytes {
        Some(bytes) => bytes.into_response(),
        // Without a right to it, Slack answers with the page for signing in, and 200.
        None => ([("content-type", "text/html")], "<!DOCTYPE html><title>Sign in</title>").into_response(),
    }
}
