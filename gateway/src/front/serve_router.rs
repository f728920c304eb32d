//! The workers' side: connections that have come in are answered by a router, until somebody says stop.

use super::{Arrival, Front};
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// How long a connection may be open between two requests, and take for the head of the next.
const NEXT_HEAD: Duration = Duration::from_secs(30);

/// How long somebody whom nobody knows yet may take for a whole request.
const STRANGER: Duration = Duration::from_secs(10);

/// Serves until `stop`, then until the requests that are under way have their answers. Dropped, it cuts them.
pub async fn serve(front: &mut Front, router: Router, stop: CancellationToken) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            Some(_) = connections.join_next() => {}
            arrival = front.next() => match arrival {
                Some(arrival) => drop(connections.spawn(connection(arrival, router.clone(), stop.clone()))),
                None => break,
            },
        }
    }
    front.shut();
    while connections.join_next().await.is_some() {}
}

async fn connection(arrival: Arrival, router: Router, stop: CancellationToken) {
    let Arrival { tcp, peer, slot } = arrival;
    let Ok(tcp) = TcpStream::from_std(tcp) else { return };
    let answer = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(NEXT_HEAD)
        .serve_connection(TokioIo::new(tcp), answer)
        .with_upgrades();
    tokio::pin!(served);
    let ended = tokio::select! {
        ended = served.as_mut() => ended,
        () = stop.cancelled() => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "connection ended");
    }
    drop(slot);
}

/// For routes that read a body before they know who sends it.
pub async fn in_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(STRANGER, next.run(request)).await {
        Ok(response) => response,
        Err(_) => (StatusCode::REQUEST_TIMEOUT, "The request did not arrive in time.\n").into_response(),
    }
}
