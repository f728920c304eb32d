//! The workers' side: connections that have come in are answered by a router, until somebody says stop.

use super::rest_of_body::heard_by_its_sender;
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
    let Arrival { tcp, peer, entrance, slot } = arrival;
    let Ok(tcp) = TcpStream::from_std(tcp) else { return };
    let answer = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        let admitted = entrance.admits(request.uri().path());
        let here = if admitted { router.clone() } else { Router::new() };
        heard_by_its_sender(request, |request| here.oneshot(request))
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

#[cfg(test)]
mod tests {
    use super::super::{Entrance, Limits, Surface};
    use super::*;
    use crate::watchdog::Pulse;
    use axum::extract::DefaultBodyLimit;
    use axum::routing::{get, post};
    use std::net::{SocketAddr, TcpListener};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    async fn asked(address: SocketAddr, path: &str) -> String {
        let mut tcp = TcpStream::connect(address).await.unwrap();
        let question = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        tcp.write_all(question.as_bytes()).await.unwrap();
        let mut answer = String::new();
        tcp.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn each_listener_has_its_own_paths_and_the_probe() {
        // REQ-HARD-05, M14
        let listener = || TcpListener::bind("127.0.0.1:0").unwrap();
        let listeners = vec![
            (listener(), Entrance::to(&[Surface::People, Surface::Bridge, Surface::Webhooks])),
            (listener(), Entrance::to(&[Surface::Metrics])),
        ];
        let mut front = Front::open_all(listeners, Limits::of_this_process(), Pulse::default()).unwrap();
        let [people, metrics] = front.addresses() else { panic!("two listeners") };
        let (people, metrics, stop) = (*people, *metrics, CancellationToken::new());
        let router = Router::new().route("/metrics", get(|| async { "numbers" }));
        let router = router.route("/api/v1/me", get(|| async { "me" }));
        let (stopped, ask) = (stop.clone(), async {
            assert!(asked(people, "/api/v1/me").await.ends_with("me"));
            assert!(asked(people, "/metrics").await.starts_with("HTTP/1.1 404"));
            assert!(asked(metrics, "/metrics").await.ends_with("numbers"));
            assert!(asked(metrics, "/api/v1/me").await.starts_with("HTTP/1.1 404"));
            assert!(asked(metrics, "/healthz").await.ends_with("ok\n"));
            stop.cancel();
        });
        tokio::join!(serve(&mut front, router, stopped), ask);
    }

    #[tokio::test]
    async fn who_sends_too_much_can_send_it_and_reads_why_it_was_refused() {
        // The connection used to close in the middle, and the sender read "broken pipe".
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut front = Front::open(listener, Limits::of_this_process(), Pulse::default()).unwrap();
        let (address, stop) = (front.addresses()[0], CancellationToken::new());
        let router =
            Router::new().route("/small", post(|_: String| async {})).layer(DefaultBodyLimit::max(1000));
        let (stopped, sends) = (stop.clone(), async {
            let mut tcp = TcpStream::connect(address).await.unwrap();
            let body = vec![b'x'; 16 * 1024 * 1024];
            let head = format!("POST /small HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", body.len());
            tcp.write_all(head.as_bytes()).await.unwrap();
            tcp.write_all(&body).await.unwrap();
            let mut answer = [0; 12];
            tcp.read_exact(&mut answer).await.unwrap();
            assert_eq!(&answer, b"HTTP/1.1 413");
            drop(tcp);
            stop.cancel();
        });
        tokio::join!(serve(&mut front, router, stopped), sends);
    }
}
