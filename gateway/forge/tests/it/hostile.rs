//! REQ-DELIVER-04: a forge that is not what it says gets no token to carry away, and can't make us read without end.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use gateway_delivery::{Attempt, Order, Outcome, Preset, Refusal};
use gateway_forge::{ApiAddress, Forge, ForgeFault, ForgeSettings, RepoName, SignIn};
use jiff::Timestamp;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const TOKEN: &str = "an-opaque-token-of-no-known-form";

type Answer = dyn Fn(&Request) -> Response<Body> + Send + Sync;

struct Server {
    url: String,
    seen: Arc<Mutex<Vec<String>>>,
}

struct Inner {
    answer: Box<Answer>,
    seen: Arc<Mutex<Vec<String>>>,
}

async fn take(State(inner): State<Arc<Inner>>, request: Request) -> Response<Body> {
    let line = format!("{} {} {:?}", request.method(), request.uri(), request.headers());
    inner.seen.lock().unwrap().push(line);
    (inner.answer)(&request)
}

async fn serve(answer: impl Fn(&Request) -> Response<Body> + Send + Sync + 'static) -> Server {
    let seen = Arc::new(Mutex::default());
    let inner = Arc::new(Inner { answer: Box::new(answer), seen: Arc::clone(&seen) });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(take).with_state(inner);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Server { url, seen }
}

fn answer(status: u16, body: impl Into<Body>) -> Response<Body> {
    Response::builder().status(status).body(body.into()).unwrap()
}

fn forge(server: &Server) -> Forge {
    let settings = ForgeSettings::new(ApiAddress::new(&server.url).unwrap(), Preset::default());
    let settings =
        ForgeSettings { patience: Duration::from_secs(3), write_pause: Duration::ZERO, ..settings };
    Forge::new(settings, SignIn::Personal(TOKEN.into())).unwrap()
}

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

fn repo() -> RepoName {
    RepoName::parse("acme/shop").unwrap()
}

fn open() -> Order {
    let text = |text: &str| text.to_owned();
    Order::OpenPull { branch: text("b"), base: text("main"), title: text("t"), section: text("s") }
}

#[tokio::test]
async fn a_redirect_to_another_host_gets_nothing() {
    for status in [301, 302, 303, 307, 308] {
        let thief = serve(|_| answer(200, "{}")).await;
        let target = thief.url.clone();
        let server = serve(move |_| {
            let to = format!("{target}/api/v3/repos/acme/shop/pulls/1");
            Response::builder().status(status).header("location", to).body(Body::empty()).unwrap()
        })
        .await;
        let forge = forge(&server);
        let looked = forge.look(&repo(), 1, &[], now()).await;
        assert!(matches!(looked, Err(ForgeFault::Refused(Refusal::Other { .. }))), "{status}: {looked:?}");
        let opened = forge.carry_out(&repo(), &open(), Attempt::First, now()).await;
        assert!(matches!(opened, Outcome::Refused(Refusal::Other { .. })), "{status}: {opened:?}");
        assert!(thief.seen.lock().unwrap().is_empty(), "{status}: {:?}", thief.seen.lock().unwrap());
    }
}

#[tokio::test]
async fn redirects_without_end_end() {
    let server =
        serve(|_| Response::builder().status(301).header("location", "/again").body(Body::empty()).unwrap())
            .await;
    assert!(matches!(forge(&server).look(&repo(), 1, &[], now()).await, Err(ForgeFault::Refused(_))));
    assert_eq!(server.seen.lock().unwrap().len(), 4);
}

#[tokio::test]
async fn a_next_page_on_another_host_is_not_asked_for() {
    let thief = serve(|_| answer(200, "[]")).await;
    let link = format!("<{}/x?page=2>; rel=\"next\"", thief.url);
    let server = serve(move |_| {
        Response::builder().status(200).header("link", link.as_str()).body(Body::from("[]")).unwrap()
    })
    .await;
    let outcome = forge(&server).carry_out(&repo(), &open(), Attempt::OnlyLook, now()).await;
    assert_eq!(outcome, Outcome::NotDone);
    assert!(thief.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_log_at_another_host_is_read_without_the_token_or_not_at_all() {
    let thief = serve(|_| answer(200, "log")).await;
    let target = thief.url.clone();
    let server = serve(move |request| {
        let path = request.uri().path();
        if path.ends_with("/logs") {
            let to = format!("{target}/log");
            return Response::builder().status(302).header("location", to).body(Body::empty()).unwrap();
        }
        let run = r#"{"check_runs":[{"id":1,"name":"test","status":"completed","conclusion":"failure",
            "details_url":"https://x.test/acme/shop/actions/runs/5/job/1"}]}"#;
        match path {
            path if path.ends_with("/check-runs") => answer(200, run),
            path if path.ends_with("/statuses") => answer(200, "[]"),
            _ => answer(404, "{}"),
        }
    })
    .await;
    let text = forge(&server).read_failures(&repo(), "abc", &["test".to_owned()], now()).await.unwrap();
    assert!(text.contains("Its log can't be read."), "{text}");
    assert!(thief.seen.lock().unwrap().is_empty(), "plain http elsewhere isn't asked at all");
}

#[tokio::test]
async fn a_forge_that_repeats_the_token_does_not_bring_it_into_an_error() {
    let server = serve(|request| {
        let said = request.headers()["authorization"].to_str().unwrap();
        answer(422, format!(r#"{{"message":"I was given {said}"}}"#))
    })
    .await;
    let outcome = forge(&server).carry_out(&repo(), &open(), Attempt::First, now()).await;
    let shown = format!("{outcome:?}");
    assert!(shown.contains("I was given") && !shown.contains(TOKEN), "{shown}");
}

#[tokio::test]
async fn an_answer_without_end_and_one_that_is_no_json_are_no_answers() {
    let server = serve(|_| answer(200, vec![b' '; 11 * 1024 * 1024])).await;
    assert_eq!(forge(&server).carry_out(&repo(), &open(), Attempt::First, now()).await, Outcome::Unknown);
    let server = serve(|_| answer(StatusCode::OK.as_u16(), "<html>sign in</html>")).await;
    assert_eq!(forge(&server).carry_out(&repo(), &open(), Attempt::First, now()).await, Outcome::Unknown);
    assert!(matches!(forge(&server).look(&repo(), 1, &[], now()).await, Err(ForgeFault::NoAnswer { .. })));
}

#[tokio::test]
async fn each_request_says_who_asks_and_for_which_version() {
    // REQ-DELIVER-17
    let server = serve(|_| answer(200, "[]")).await;
    forge(&server).carry_out(&repo(), &open(), Attempt::OnlyLook, now()).await;
    let seen = server.seen.lock().unwrap();
    assert!(seen[0].contains("hubble-gateway/") && seen[0].contains("x-github-api-version"), "{seen:?}");
}

#[tokio::test]
async fn where_nobody_listens_nothing_is_known() {
    let server = serve(|_| answer(200, "")).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gone = Server { url: format!("http://{}", listener.local_addr().unwrap()), seen: server.seen };
    drop(listener);
    assert_eq!(forge(&gone).carry_out(&repo(), &open(), Attempt::First, now()).await, Outcome::Unknown);
}
