//! Slow, many and half-open clients, and workers that hang: whoever asks whether the gateway lives has an answer, and
//! others are served. (REQ-HARD-01, REQ-HARD-02; C1, M3)

use axum::Router;
use axum::routing::get;
use e2e::gateway::Gateway;
use e2e::opencode::free_port;
use e2e::wait;
use gateway::front::{Front, Limits, serve};
use gateway::watchdog::Pulse;
use std::net::{SocketAddr, TcpListener};
use std::process::{Command, Stdio};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

const PATIENCE: Duration = Duration::from_secs(30);

const HALF: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\n";

fn small() -> Limits {
    let head = Duration::from_millis(400);
    Limits { all: 4, one_address: 3, waiting: 8, head, shared: vec![] }
}

/// A door before a page.
fn open(limits: Limits) -> (SocketAddr, CancellationToken) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut front = Front::open(listener, limits, Pulse::default()).unwrap();
    let (address, stop) = (front.addresses()[0], CancellationToken::new());
    let (router, stopped) = (Router::new().route("/", get(|| async { "here" })), stop.clone());
    tokio::spawn(async move { serve(&mut front, router, stopped).await });
    (address, stop)
}

async fn say(address: SocketAddr, text: &[u8]) -> TcpStream {
    let mut tcp = TcpStream::connect(address).await.unwrap();
    tcp.write_all(text).await.unwrap();
    tcp
}

/// All that the other side says until it closes.
async fn heard(mut tcp: TcpStream) -> String {
    let mut text = vec![];
    // A reset is an end too.
    let _ = tokio::time::timeout(PATIENCE, tcp.read_to_end(&mut text)).await.expect("it stays open");
    String::from_utf8_lossy(&text).into_owned()
}

async fn asked(address: SocketAddr, path: &str) -> String {
    let question = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    heard(say(address, question.as_bytes()).await).await
}

#[tokio::test(flavor = "multi_thread")]
async fn half_requests_are_closed_and_cost_nobody_anything() {
    // REQ-HARD-02, M3
    let (address, stop) = open(small());
    let mut halves = vec![];
    for _ in 0..100 {
        halves.push(say(address, HALF).await);
        halves.push(TcpStream::connect(address).await.unwrap());
    }
    assert!(asked(address, "/healthz").await.ends_with("ok\n"));
    assert!(asked(address, "/").await.ends_with("here"));
    for half in halves {
        assert_eq!(heard(half).await, "", "closed, without an answer");
    }
    // One that comes in pieces is served.
    let mut slow = say(address, HALF).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    slow.write_all(b"connection: close\r\n\r\n").await.unwrap();
    assert!(heard(slow).await.ends_with("here"));
    stop.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_with_many_connections_is_told_so_and_gets_its_places_back() {
    // REQ-HARD-02, M3
    let (address, stop) = open(small());
    let mut held = vec![];
    for _ in 0..3 {
        let mut open = say(address, b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
        let mut first = [0; 12];
        open.read_exact(&mut first).await.unwrap();
        assert_eq!(&first, b"HTTP/1.1 200");
        held.push(open);
    }
    let refused = asked(address, "/").await;
    assert!(refused.starts_with("HTTP/1.1 503") && refused.ends_with("Try again later.\n"), "{refused}");
    assert!(asked(address, "/healthz").await.ends_with("ok\n"));
    drop(held);
    let served = async || asked(address, "/").await.ends_with("here");
    wait::until("the places to come back", served).await.unwrap();
    stop.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_lets_answers_end_and_closes_the_door() {
    // REQ-OPS-05
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut front = Front::open(listener, small(), Pulse::default()).unwrap();
    let (address, stop) = (front.addresses()[0], CancellationToken::new());
    let (begun, go_on) = (std::sync::Arc::new(tokio::sync::Notify::new()), CancellationToken::new());
    let (tell, wait) = (begun.clone(), go_on.clone());
    let slow = move || {
        let (tell, wait) = (tell.clone(), wait.clone());
        async move {
            tell.notify_one();
            wait.cancelled().await;
            "at last"
        }
    };
    let (router, stopped) = (Router::new().route("/", get(slow)), stop.clone());
    let serving = tokio::spawn(async move { serve(&mut front, router, stopped).await });
    let answer = tokio::spawn(asked(address, "/"));
    begun.notified().await;
    stop.cancel();
    let closed = async || TcpStream::connect(address).await.is_err();
    wait::until("the door to close", closed).await.unwrap();
    go_on.cancel();
    assert!(answer.await.unwrap().ends_with("at last"));
    tokio::time::timeout(PATIENCE, serving).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_a_listener_of_its_own_is_served_there_and_nowhere_else() {
    // REQ-HARD-05, M14: with Slack over HTTP whoever could deliver a webhook could read metrics and try tokens.
    let mut gateway = Gateway::prepare().unwrap();
    let ports = [gateway.port, free_port().unwrap(), free_port().unwrap(), free_port().unwrap()];
    for (name, port) in ["BRIDGE", "WEBHOOKS", "METRICS"].into_iter().zip(&ports[1..]) {
        gateway.env.push((format!("GATEWAY_{name}_LISTEN"), format!("127.0.0.1:{port}")));
    }
    for (name, value) in [
        ("SLACK_BOT_TOKEN", "xoxb-of-the-tests"),
        ("SLACK_SIGNING_SECRET", "signing-secret-of-the-tests"),
        ("SLACK_API_URL", "http://127.0.0.1:9"),
    ] {
        gateway.env.push((name.to_owned(), value.to_owned()));
    }
    gateway.spawn().await.unwrap();
    let paths = ["/api/v1/me", "/ws/bridge", "/slack/events", "/metrics"];
    for (listener, port) in ports.into_iter().enumerate() {
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        for (owner, path) in paths.into_iter().enumerate() {
            let answer = asked(address, path).await;
            let missing = answer.starts_with("HTTP/1.1 404");
            assert_eq!(missing, listener != owner, "{path} at listener {listener}: {answer}");
        }
        assert!(asked(address, "/healthz").await.ends_with("ok\n"));
        assert!(asked(address, "/readyz").await.starts_with("HTTP/1.1 200"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_real_gateway_answers_while_hundreds_stall() {
    // REQ-HARD-02, M3: with 200 descriptors 260 half requests made it deaf.
    let mut gateway = Gateway::prepare().unwrap();
    gateway.descriptors = Some(200);
    gateway.spawn().await.unwrap();
    let address = SocketAddr::from(([127, 0, 0, 1], gateway.port));
    let mut halves = vec![];
    for _ in 0..400 {
        halves.push(say(address, HALF).await);
    }
    for _ in 0..5 {
        assert!(asked(address, "/healthz").await.ends_with("ok\n"));
        assert_eq!(gateway.get("/api/v1/me").await.unwrap()["person"]["name"], "operator");
    }
    drop(halves);
}

#[tokio::test]
async fn a_process_whose_workers_hang_still_says_how_it_is_and_ends_with_a_trace() {
    // REQ-HARD-01, C1: nothing answered any more, nothing was logged, nothing ended.
    let this = std::env::current_exe().unwrap();
    let program = this.ancestors().skip(1).take(2).map(|folder| folder.join("hanging-workers"));
    let program = program.into_iter().find(|path| path.is_file()).expect("run `make build` first");
    let port = free_port().unwrap();
    let mut child = Command::new(program)
        .arg(port.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let health = || {
        use std::io::{Read, Write};
        let mut tcp = std::net::TcpStream::connect(("127.0.0.1", port))?;
        tcp.set_read_timeout(Some(PATIENCE))?;
        tcp.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")?;
        let mut answer = String::new();
        tcp.read_to_string(&mut answer).map(|_| answer)
    };
    let mut said = vec![];
    let looking = wait::within(PATIENCE * 2).looking_every(Duration::from_millis(100));
    let ended = looking.until("the end of it", || {
        said.extend(health().ok());
        std::future::ready(child.try_wait().transpose())
    });
    let ended = ended.await;
    if ended.is_err() {
        child.kill().unwrap();
    }
    let status = ended.unwrap_or_else(|error| panic!("{error}: {said:?}")).unwrap();
    assert!(!status.success(), "whoever starts it again must know that it did not end well");
    assert!(said.iter().any(|answer| answer.starts_with("HTTP/1.1 200")), "{said:?}");
    assert!(said.iter().any(|answer| answer.contains("the workers have been stuck for")), "{said:?}");
    let mut log = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut log).unwrap();
    for part in ["all workers are stuck", "no heartbeat after number", "last started: a test that hangs"] {
        assert!(log.contains(part), "{part} in {log}");
    }
}
