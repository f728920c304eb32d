//! Where labs fetch the archive of their files: a port of the gateway that has nothing else. A pod presents the token that the cluster
//! made for it; it is for one archive of one attempt, and the cluster says whose it is. The gateway keeps nothing for that, so
//! one that was started in between hands out the same.

use super::ClusterLabConfig;
use super::lab_place::LabPlace;
use super::pod_token::{Vouching, audience};
use crate::lab::attempt_folder::AttemptFolder;
use crate::token;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::stream;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::fs::File;
use tokio::io::AsyncReadExt;

/// The front serves it at its own listener (`front/entrance.rs`).
const ROUTE: &str = "/lab-files/{attempt}/{digest}";

const PIECE: usize = 64 * 1024;

/// As a URL below `base`.
pub(super) fn url(base: &str, attempt: &str, digest: &str) -> String {
    let base = base.trim_end_matches('/');
    format!("{base}/lab-files/{attempt}/{digest}")
}

pub(super) struct FilesDoor {
    /// Where copies of workspaces are.
    pub(super) folder: PathBuf,
    pub(super) cluster: ClusterLabConfig,
    pub(super) vouching: Arc<dyn Vouching>,
}

pub(super) fn router(door: FilesDoor) -> Router {
    Router::new().route(ROUTE, get(hand_out)).with_state(Arc::new(door))
}

/// Whatever is wrong with a question, the answer does not say what there is.
async fn hand_out(
    State(door): State<Arc<FilesDoor>>,
    Path((attempt, digest)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let Some(token) = token::bearer(&headers) else { return StatusCode::UNAUTHORIZED.into_response() };
    // Nobody is asked about tokens of those who don't know what there is.
    let Some((file, namespace)) = door.archive(&attempt, &digest).await else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let account = format!("system:serviceaccount:{namespace}:default");
    match door.vouching.pod_with(token, &audience(&attempt, &digest), &account).await {
        Ok(Some(pod)) => {
            tracing::info!(attempt, pod, namespace, "files of a lab handed out");
            sent(file).await
        }
        Ok(None) => {
            tracing::warn!(attempt, namespace, "files of a lab refused: the token is not one of its pods'");
            StatusCode::UNAUTHORIZED.into_response()
        }
        Err(error) => {
            tracing::warn!(attempt, error, "the token of a lab's pod could not be checked");
            (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "2")]).into_response()
        }
    }
}

impl FilesDoor {
    /// With the namespace of its lab. None when there is no such archive, or none any more.
    async fn archive(&self, attempt: &str, digest: &str) -> Option<(File, String)> {
        let folder = AttemptFolder::of(&self.folder, attempt)?;
        let file = File::open(folder.archive(digest)?).await.ok()?;
        let noted = tokio::task::spawn_blocking(move || folder.noted()).await.ok()??;
        Some((file, LabPlace::of(&noted.plan.name, &self.cluster.domain).namespace))
    }
}

async fn sent(file: File) -> Response {
    let Ok(about) = file.metadata().await else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
    let pieces = stream::try_unfold(file, |mut file| async move {
        let mut piece = vec![0; PIECE];
        let read = file.read(&mut piece).await?;
        piece.truncate(read);
        Ok::<_, io::Error>((read > 0).then_some((piece, file)))
    });
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/gzip")),
        (header::CONTENT_LENGTH, HeaderValue::from(about.len())),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, Body::from_stream(pieces)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::attempt_folder::AttemptNote;
    use axum::http::Request;
    use futures_util::FutureExt;
    use futures_util::future::BoxFuture;
    use gateway_domain::LabPlan;
    use http_body_util::BodyExt;
    use std::fs;
    use tower::ServiceExt;

    const ACCOUNT: &str = "system:serviceaccount:shop-auth-lab:default";

    /// Knows one token, which is for one archive; and one whose cluster does not answer.
    struct OneToken(String);

    impl Vouching for OneToken {
        fn pod_with<'a>(
            &'a self,
            token: &'a str,
            audience: &'a str,
            account: &'a str,
        ) -> BoxFuture<'a, Result<Option<String>, String>> {
            let is_its = token == "right" && audience == self.0 && account == ACCOUNT;
            let answer = match token {
                "away" => Err("the cluster is away".to_owned()),
                _ => Ok(is_its.then(|| "shop-auth-1".to_owned())),
            };
            async { answer }.boxed()
        }
    }

    struct Scene {
        _folder: tempfile::TempDir,
        attempt: AttemptFolder,
        router: Router,
        digest: String,
    }

    impl Scene {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let attempt = AttemptFolder::of(folder.path(), "lab7").unwrap();
            attempt.make().unwrap();
            let digest = "0123456789abcdef".repeat(4);
            fs::write(attempt.archive(&digest).unwrap(), vec![7; PIECE + 1]).unwrap();
            let plan = LabPlan { name: "shop-auth".to_owned(), ..LabPlan::default() };
            let made_at = jiff::Timestamp::UNIX_EPOCH;
            attempt.note(&AttemptNote { session: "s".into(), project: None, made_at, plan }).unwrap();
            let vouching = Arc::new(OneToken(audience("lab7", &digest)));
            let cluster = ClusterLabConfig::sample();
            let router = router(FilesDoor { folder: folder.path().to_owned(), cluster, vouching });
            Self { _folder: folder, attempt, router, digest }
        }

        async fn asks(&self, path: &str, token: Option<&str>) -> (StatusCode, Vec<u8>) {
            let mut request = Request::get(path);
            if let Some(token) = token {
                request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
            }
            let answer = self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
            let status = answer.status();
            (status, answer.into_body().collect().await.unwrap().to_bytes().to_vec())
        }
    }

    #[tokio::test]
    async fn an_archive_is_handed_to_its_own_pod_and_to_nobody_else() {
        // REQ-LAB-09
        let scene = Scene::new();
        let path = url("", "lab7", &scene.digest);
        assert_eq!(scene.asks(&path, Some("right")).await, (StatusCode::OK, vec![7; PIECE + 1]));
        let refused = |status: StatusCode| (status, vec![]);
        assert_eq!(scene.asks(&path, None).await, refused(StatusCode::UNAUTHORIZED));
        assert_eq!(scene.asks(&path, Some("wrong")).await, refused(StatusCode::UNAUTHORIZED));
        assert_eq!(scene.asks(&path, Some("away")).await, refused(StatusCode::SERVICE_UNAVAILABLE));
        let digest = &scene.digest;
        for other in [
            url("", "lab8", digest),
            url("", "lab7", &digest.replace('0', "1")),
            url("", "lab7", "..%2Fplan.json"),
            url("", "..%2F..%2Fetc", digest),
        ] {
            assert_eq!(scene.asks(&other, Some("right")).await.0, StatusCode::NOT_FOUND, "{other}");
        }
    }

    #[tokio::test]
    async fn what_is_cleaned_is_handed_to_nobody() {
        // REQ-LAB-06, REQ-LAB-09
        let scene = Scene::new();
        scene.attempt.remove().unwrap();
        let answer = scene.asks(&url("", "lab7", &scene.digest), Some("right")).await;
        assert_eq!(answer.0, StatusCode::NOT_FOUND);
    }
}
