//! What the first container of a lab does with what a gateway answers, or somebody in its place.

use super::files_fetch::{FetchFault, FetchedFiles, FilesOrder, fetch_files};
use super::files_listing::listed;
use super::files_packing::FilesArchive;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use futures_util::stream;
use std::collections::VecDeque;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// What is answered, in order, and what was presented.
#[derive(Default)]
struct Answers {
    left: VecDeque<Answer>,
    presented: Vec<String>,
}

enum Answer {
    Status(StatusCode),
    Bytes(Vec<u8>),
    /// More than any lab takes.
    Endless,
}

struct Scene {
    folder: TempDir,
    order: FilesOrder,
    answers: Arc<Mutex<Answers>>,
}

impl Scene {
    async fn new(digest: &str, answers: Vec<Answer>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let answers = Arc::new(Mutex::new(Answers { left: answers.into(), presented: vec![] }));
        let shared = Arc::clone(&answers);
        let answer = move |headers: HeaderMap| async move {
            let mut answers = shared.lock().unwrap();
            let presented = headers.get(header::AUTHORIZATION).unwrap().to_str().unwrap().to_owned();
            answers.presented.push(presented);
            match answers.left.pop_front().unwrap() {
                Answer::Status(status) => status.into_response(),
                Answer::Bytes(bytes) => bytes.into_response(),
                Answer::Endless => {
                    let pieces = stream::repeat_with(|| Ok::<_, std::io::Error>(vec![0; 1024 * 1024]));
                    Body::from_stream(pieces).into_response()
                }
            }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(axum::serve(listener, Router::new().route("/files", get(answer))).into_future());
        fs::write(folder.path().join("token"), "token-of-the-pod\n").unwrap();
        let into = folder.path().join("volume");
        fs::create_dir(&into).unwrap();
        let order = FilesOrder {
            from: format!("http://{address}/files"),
            digest: digest.to_owned(),
            token_file: folder.path().join("token"),
            into,
        };
        Self { folder, order, answers }
    }

    fn presented(&self) -> Vec<String> {
        self.answers.lock().unwrap().presented.clone()
    }

    fn content(&self) -> Option<String> {
        fs::read_to_string(self.order.into.join("content/server.js")).ok()
    }
}

/// An archive with one file in it, and its digest.
fn archive(content: &str) -> (Vec<u8>, String) {
    let folder = tempfile::tempdir().unwrap();
    let files = folder.path().join("files");
    fs::create_dir(&files).unwrap();
    fs::write(files.join("server.js"), content).unwrap();
    let made = FilesArchive::in_folder(folder.path(), &files, &listed(&files).unwrap()).unwrap();
    (fs::read(FilesArchive::path(folder.path(), &made.digest).unwrap()).unwrap(), made.digest)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|one| one.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = entries.collect();
    names.sort();
    names
}

#[tokio::test]
async fn files_are_fetched_once_and_replaced_whole() {
    // REQ-LAB-02, REQ-LAB-09
    let ((first, digest), (second, newer)) = (archive("listen()"), archive("listen(again)"));
    let mut scene = Scene::new(&digest, vec![Answer::Bytes(first), Answer::Bytes(second)]).await;
    assert_eq!(fetch_files(&scene.order).await.unwrap(), FetchedFiles::Fetched { files: 1, bytes: 8 });
    assert_eq!(scene.content().unwrap(), "listen()");
    assert_eq!(scene.presented(), ["Bearer token-of-the-pod"]);
    assert_eq!(fetch_files(&scene.order).await.unwrap(), FetchedFiles::ThereAlready);
    assert_eq!(scene.presented().len(), 1, "what is there is not fetched again");

    // The next attempt, in the same claim.
    fs::write(scene.order.into.join("content/gone.js"), "of the old attempt").unwrap();
    scene.order.digest = newer;
    fetch_files(&scene.order).await.unwrap();
    assert_eq!(scene.content().unwrap(), "listen(again)");
    assert_eq!(names(&scene.order.into.join("content")), ["server.js"]);
    assert_eq!(names(&scene.order.into), ["content", "digest"], "nothing is left over");
}

#[tokio::test]
async fn an_archive_that_was_not_announced_is_not_unpacked() {
    // REQ-LAB-09
    let ((bytes, digest), (other, _)) = (archive("listen()"), archive("steal()"));
    let scene = Scene::new(&digest, vec![Answer::Bytes(other), Answer::Bytes(bytes[..40].to_vec())]).await;
    for _ in 0..2 {
        let told = fetch_files(&scene.order).await.unwrap_err();
        assert!(matches!(told, FetchFault::Digest { .. }), "{told}");
        assert!(names(&scene.order.into).is_empty(), "{:?}", names(&scene.order.into));
    }
}

#[tokio::test]
async fn a_refusal_ends_it_and_a_gateway_that_starts_is_waited_for() {
    // REQ-LAB-09, REQ-LAB-11
    for status in [StatusCode::UNAUTHORIZED, StatusCode::NOT_FOUND, StatusCode::FOUND] {
        let scene = Scene::new(&"0".repeat(64), vec![Answer::Status(status)]).await;
        let told = fetch_files(&scene.order).await.unwrap_err();
        assert!(matches!(told, FetchFault::Refused(refused) if refused == status), "{told}");
        assert!(!told.to_string().contains("token-of-the-pod"));
    }
    let (bytes, digest) = archive("listen()");
    let busy = || Answer::Status(StatusCode::SERVICE_UNAVAILABLE);
    let scene = Scene::new(&digest, vec![busy(), Answer::Bytes(bytes)]).await;
    fetch_files(&scene.order).await.unwrap();
    assert_eq!((scene.presented().len(), scene.content().as_deref()), (2, Some("listen()")));
}

#[tokio::test]
async fn more_than_a_lab_takes_is_not_kept() {
    // REQ-LAB-02
    let scene = Scene::new(&"0".repeat(64), vec![Answer::Endless]).await;
    let told = fetch_files(&scene.order).await.unwrap_err();
    assert!(matches!(told, FetchFault::TooLarge), "{told}");
    assert_eq!(scene.content(), None);
    fs::remove_file(scene.folder.path().join("token")).unwrap();
    let told = fetch_files(&scene.order).await.unwrap_err();
    assert!(matches!(told, FetchFault::Disk { .. }), "{told}");
}
