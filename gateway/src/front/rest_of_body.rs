//! Who is refused hears it. Whoever still sends when an answer comes and the connection closes reads "broken pipe"
//! and not the answer, so what is left of a refused body is read first: up to a size, and for a while.

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::response::Response;
use http_body_util::BodyExt;
use hyper::body::{Frame, SizeHint};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

/// Above the largest body that any route takes, so that a file that is a little too large is told apart from a flood.
const MOST: usize = 32 * 1024 * 1024;

/// How long a refused sender may go on.
const LONGEST: Duration = Duration::from_secs(5);

/// Answers a request. If it is refused, the rest of its body is read before the answer goes out.
pub(super) async fn heard_by_its_sender<E, Answer>(
    request: Request,
    answer: impl FnOnce(Request) -> Answer,
) -> Result<Response, E>
where
    Answer: Future<Output = Result<Response, E>>,
{
    let (head, body) = request.into_parts();
    let body = SharedBody::of(body);
    let response = answer(Request::from_parts(head, Body::new(body.clone()))).await?;
    if response.status().is_client_error() && !body.is_end_stream() {
        let _ = tokio::time::timeout(LONGEST, body.read_out()).await;
    }
    Ok(response)
}

/// The body that a handler has, and that is still there after the handler let go of it.
#[derive(Clone)]
struct SharedBody(Arc<Mutex<Body>>);

impl SharedBody {
    fn of(body: Body) -> Self {
        Self(Arc::new(Mutex::new(body)))
    }

    fn held(&self) -> MutexGuard<'_, Body> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn read_out(mut self) {
        let mut read = 0;
        while read < MOST {
            let Some(Ok(frame)) = self.frame().await else { return };
            read += frame.data_ref().map_or(0, Bytes::len);
        }
    }
}

impl HttpBody for SharedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut *self.held()).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.held().is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.held().size_hint()
    }
}
