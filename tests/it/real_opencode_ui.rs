//! OpenCode's own web UI through the gateway's door, with a real OpenCode that wants a password.

use e2e::PATIENCE;
use e2e::gateway::Gateway;
use e2e::opencode::{OpenCode, Options, free_port};
use e2e::opencode_stage::OpenCodeStage;
use futures_util::{SinkExt, StreamExt};
use reqwest::header::{ACCEPT, COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use std::net::TcpListener;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};

const PASSWORD: &str = "password-of-opencode-in-the-tests";
const TOKEN: &str = "api-token-of-the-tests";

fn show(gateway: &mut Gateway, opencode: u16, settings: &[(&str, &str)]) -> String {
    let listen = format!("127.0.0.1:{}", free_port().unwrap());
    let opencode = format!("http://127.0.0.1:{opencode}");
    let all = [("GATEWAY_OPENCODE_URL", opencode.as_str()), ("GATEWAY_OPENCODE_UI_LISTEN", &listen)];
    let all = all.iter().chain(settings);
    gateway.env.extend(all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    listen
}

fn client() -> Client {
    Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// A program that is let in.
fn known(request: RequestBuilder) -> RequestBuilder {
    request.bearer_auth(TOKEN)
}

/// As a browser asks when somebody opens a page.
fn visit(url: &str) -> RequestBuilder {
    client().get(url).header(ACCEPT, "text/html,*/*;q=0.8")
}

async fn text(request: RequestBuilder) -> (StatusCode, String) {
    let response = request.send().await.unwrap();
    (response.status(), response.text().await.unwrap())
}

/// A connected pod whose OpenCode wants a password, and the address of the door to its web UI.
async fn stage() -> (OpenCodeStage, String) {
    let mut stage = OpenCodeStage::around(Gateway::prepare().unwrap(), |options: &mut Options| {
        options.password = Some(PASSWORD.to_owned());
    })
    .await
    .unwrap();
    let login = [("GATEWAY_OPENCODE_PASSWORD", PASSWORD)];
    let door = show(&mut stage.gateway, stage.opencode.port, &login);
    stage.gateway.spawn().await.unwrap();
    stage.until_connected().await.unwrap();
    (stage, door)
}

#[tokio::test]
async fn the_web_ui_is_shown_with_the_gateways_login_and_streams_go_through() {
    // REQ-PLUGIN-03, REQ-START-11
    let (stage, door) = stage().await;
    let direct = format!("http://127.0.0.1:{}/session", stage.opencode.port);
    assert_eq!(client().get(direct).send().await.unwrap().status(), 401);

    let (status, page) = text(known(visit(&format!("http://{door}/")))).await;
    assert_eq!(status, 200);
    assert!(page.contains("<title>OpenCode</title>"), "{page}");
    assert!(page.contains(r#"<script type="module" src="/__gw/p.js"></script></head>"#), "{page}");
    let (status, script) = text(known(client().get(format!("http://{door}/__gw/p.js")))).await;
    assert!(status == 200 && script.contains("/__gw/presence"), "{script}");

    let events = known(client().get(format!("http://{door}/global/event"))).send().await.unwrap();
    assert_eq!(events.status(), 200);
    let session = stage.session("Seen in OpenCode").await.unwrap();
    let mut stream = events.bytes_stream();
    let mut told = String::new();
    while !(told.contains("session.created") && told.contains(&session)) {
        let chunk = tokio::time::timeout(PATIENCE, stream.next()).await.unwrap().unwrap().unwrap();
        told.push_str(&String::from_utf8_lossy(&chunk));
    }

    assert!(terminal_echoes(&stage, &door).await, "the terminal echoes");
    drop(stream);

    let view = stage.gateway.get(&format!("/api/v1/sessions/{session}")).await.unwrap();
    let link = view["opencode_url"].as_str().unwrap().to_owned();
    assert!(
        link.starts_with(&format!("http://{}/", door.replace("127.0.0.1", "localhost")))
            && link.ends_with(&format!("/session/{session}")),
        "{link}"
    );
    assert_eq!(text(known(visit(&link))).await.0, 200);
    let cards = stage.gateway.get("/api/v1/cards").await.unwrap();
    assert_eq!(cards[0]["opencode_url"], link);
    assert_eq!(stage.gateway.cli(&["sessions", "link", &session]).unwrap().trim(), link);

    let beat = client().post(format!("http://{door}/__gw/presence")).json(&json!({ "session": session }));
    assert_eq!(text(known(beat)).await.0, 204);
    let here = stage.gateway.get("/api/v1/presence").await.unwrap();
    assert_eq!(
        (here[0]["session"].as_str(), here[0]["person"]["name"].as_str()),
        (Some(&*session), Some("operator"))
    );
    let metrics = text(client().get(format!("{}/metrics", stage.gateway.url()))).await.1;
    assert!(metrics.contains("gateway_opencode_ui_people 1"), "{metrics}");
    let nonsense = client().post(format!("http://{door}/__gw/presence")).json(&json!({ "session": "../x" }));
    assert_eq!(text(known(nonsense)).await.0, 400);

    let log = stage.gateway.log();
    assert!(!log.contains(PASSWORD) && !log.contains("Basic "), "{log}");
}

/// Makes a terminal in OpenCode and writes into its socket, all through the door.
async fn terminal_echoes(stage: &OpenCodeStage, door: &str) -> bool {
    let query = [("directory", stage.directory.display().to_string())];
    let made = client().post(format!("http://{door}/pty")).query(&query).json(&json!({}));
    let made: Value = serde_json::from_str(&text(known(made)).await.1).unwrap();
    let id = made["id"].as_str().unwrap();
    let url = format!("ws://{door}/pty/{id}/connect?directory={}", query[0].1);
    let mut request = url.into_client_request().unwrap();
    // As a browser does.
    request.headers_mut().insert("origin", format!("http://{door}").parse().unwrap());
    request.headers_mut().insert("authorization", format!("Bearer {TOKEN}").parse().unwrap());
    let (mut socket, response) = tokio_tungstenite::connect_async(request).await.unwrap();
    assert_eq!(response.status(), 101);
    socket.send(Message::text("echo sum-$((40+2))\n")).await.unwrap();
    let mut shown = String::new();
    while !shown.contains("sum-42") {
        let Ok(Some(Ok(message))) = tokio::time::timeout(PATIENCE, socket.next()).await else { return false };
        shown.push_str(&String::from_utf8_lossy(&message.into_data()));
    }
    true
}

#[tokio::test]
async fn pages_of_other_origins_and_other_names_get_nothing() {
    // REQ-CONSOLE-03
    let (stage, door) = stage().await;
    for origin in ["http://evil.test", &format!("http://127.0.0.1:{}", stage.gateway.port)] {
        let post = client().post(format!("http://{door}/session")).header(ORIGIN, origin).json(&json!({}));
        assert_eq!(text(post).await.0, 403, "{origin}");
        let beat =
            client().post(format!("http://{door}/__gw/presence")).header(ORIGIN, origin).json(&json!({}));
        assert_eq!(text(beat).await.0, 403, "{origin}");
        let mut socket = format!("ws://{door}/pty/pty_1/connect").into_client_request().unwrap();
        socket.headers_mut().insert("origin", origin.parse().unwrap());
        let refused = tokio_tungstenite::connect_async(socket).await.unwrap_err();
        assert!(matches!(&refused, tungstenite::Error::Http(answer) if answer.status() == 403), "{refused}");
    }
    let hidden = client().get(format!("http://{door}/session")).header("sec-fetch-site", "same-site");
    assert_eq!(text(hidden).await.0, 403, "a picture or script on another page");
    let framed = visit(&format!("http://{door}/")).header("sec-fetch-site", "cross-site");
    assert_eq!(text(framed.header("sec-fetch-dest", "iframe")).await.0, 403);
    let rebound = visit(&format!("http://{door}/")).header("host", "rebound.test");
    assert_eq!(text(rebound).await.0, 401);
    assert_eq!(stage.opencode.api().sessions(&stage.directory).await.unwrap(), json!([]));
}

/// A gateway that wants a sign-in, beside an OpenCode without the plugin.
async fn guarded(password: &str, settings: &[(&str, &str)]) -> (Gateway, OpenCode, String) {
    let mut options = Options::new("http://127.0.0.1:9".to_owned());
    options.password = Some(PASSWORD.to_owned());
    let opencode = OpenCode::start(options).await.unwrap();
    let mut gateway = Gateway::prepare().unwrap();
    let all = [&[("GATEWAY_API_TOKEN", TOKEN), ("GATEWAY_OPENCODE_PASSWORD", password)], settings].concat();
    let door = show(&mut gateway, opencode.port, &all);
    gateway.spawn().await.unwrap();
    (gateway, opencode, door)
}

async fn cookie(gateway: &Gateway) -> String {
    let body = json!({ "token": TOKEN, "name": "anna" });
    let answer = client().post(format!("{}/api/v1/sign-in", gateway.url())).json(&body).send().await.unwrap();
    answer.headers()[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn who_is_not_signed_in_sees_where_to_sign_in_and_nothing_of_opencode() {
    // REQ-CONSOLE-03
    let (gateway, _opencode, door) = guarded(PASSWORD, &[]).await;
    let home = format!("http://{door}/x/session/ses_00000001?a=b");
    let (status, page) = text(visit(&home)).await;
    assert_eq!(status, 401);
    let back = format!(
        "{}/opencode/enter?host={}&amp;to=%2Fx%2Fsession",
        gateway.page_url(),
        door.replace(':', "%3A")
    );
    assert!(page.contains(&back), "{back} in {page}");
    for path in ["/", "/session", "/global/event", "/assets/index.js", "/__gw/p.js", "/doc"] {
        let (status, body) = text(client().get(format!("http://{door}{path}"))).await;
        assert!(status == 401 && body.contains("Sign-in required"), "{path}: {status} {body}");
    }
    let beat = client().post(format!("http://{door}/__gw/presence")).json(&json!({}));
    assert_eq!(text(beat).await.0, 401);
    let forged = visit(&home).header("authorization", "Basic b3BlbmNvZGU6eA==");
    assert_eq!(text(forged).await.0, 401);

    // The console's cookie is one of the host, whatever the port.
    let cookie = cookie(&gateway).await;
    assert_eq!(text(visit(&home).header(COOKIE, &cookie)).await.0, 200);
    let foreign = client().request(Method::POST, format!("http://{door}/session")).header(COOKIE, &cookie);
    assert_eq!(text(foreign.header(ORIGIN, "http://evil.test")).await.0, 403);
    assert!(!gateway.log().contains(PASSWORD) && !gateway.log().contains(TOKEN));
}

#[tokio::test]
async fn the_console_hands_a_person_over_to_another_host_once() {
    // REQ-CONSOLE-03
    let other = "http://opencode.localhost";
    let (gateway, _opencode, door) = guarded(PASSWORD, &[("GATEWAY_OPENCODE_UI_URL", other)]).await;
    let enter =
        format!("{}/opencode/enter?host=opencode.localhost&to=/x/session/ses_00000001", gateway.url());
    assert_eq!(text(visit(&enter)).await.0, 401, "the console knows nobody yet");
    let cookie = cookie(&gateway).await;
    let answer = visit(&enter).header(COOKIE, &cookie).send().await.unwrap();
    assert_eq!(answer.status(), 303);
    let there = answer.headers()[LOCATION].to_str().unwrap().to_owned();
    let path = there.strip_prefix(other).unwrap_or_else(|| panic!("{there}"));
    let at_door = |host: &str| visit(&format!("http://{door}{path}")).header("host", host);
    assert_eq!(text(at_door("elsewhere.localhost")).await.0, 401, "the ticket is for one host");
    let entered = at_door("opencode.localhost").send().await.unwrap();
    assert_eq!(entered.status(), 200);
    let carried = entered.headers()[SET_COOKIE].to_str().unwrap().to_owned();
    assert!(carried.contains("HttpOnly; SameSite=Strict"), "{carried}");
    assert!(entered.text().await.unwrap().contains("url=/x/session/ses_00000001"));
    assert_eq!(text(at_door("opencode.localhost")).await.0, 401, "the ticket is used");
    let carried = carried.split(';').next().unwrap();
    assert_eq!(text(visit(&format!("http://{door}/")).header(COOKIE, carried)).await.0, 200);
    let beat = client().post(format!("http://{door}/__gw/presence")).header(COOKIE, carried);
    assert_eq!(text(beat.json(&json!({ "session": "ses_00000001" }))).await.0, 204);
    let here = client().get(format!("{}/api/v1/presence", gateway.url())).bearer_auth(TOKEN);
    let here: Value = serde_json::from_str(&text(here).await.1).unwrap();
    assert_eq!(here[0]["person"]["id"], "web:anna");
    // Nobody is sent to a foreign address, nor to one that a browser makes of it. (L3)
    let smuggled = format!("{}/opencode/enter?host=opencode.localhost&to=/%09/evil.test", gateway.url());
    assert_eq!(visit(&smuggled).header(COOKIE, &cookie).send().await.unwrap().status(), 404);
    let evil = format!("{}/opencode/enter?host=evil.test&to=//evil.test/", gateway.url());
    let answer = visit(&evil).header(COOKIE, &cookie).send().await.unwrap();
    let sent = answer.headers().get(LOCATION).map(|to| to.to_str().unwrap().to_owned()).unwrap_or_default();
    assert!(sent.is_empty() || sent.starts_with(other), "{sent}");
}

#[tokio::test]
async fn a_wrong_password_and_an_opencode_that_is_away_are_told_in_words() {
    let (gateway, mut opencode, door) = guarded("not-the-password", &[]).await;
    let cookie = cookie(&gateway).await;
    let open = || visit(&format!("http://{door}/")).header(COOKIE, &cookie);
    let answer = open().send().await.unwrap();
    assert_eq!(answer.status(), 502);
    assert!(!answer.headers().contains_key("www-authenticate"), "nobody is asked for OpenCode's password");
    assert!(answer.text().await.unwrap().contains("refused the gateway's login"));
    opencode.kill();
    let (status, page) = text(open()).await;
    assert!(status == 502 && page.contains("isn't answering"), "{status} {page}");
    assert!(!gateway.log().contains("not-the-password"));
}

#[tokio::test]
async fn a_stop_does_not_wait_for_what_streams_or_hangs() {
    // An OpenCode that takes requests and never answers cannot be had for real.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut gateway = Gateway::prepare().unwrap();
    let door = show(&mut gateway, silent.local_addr().unwrap().port(), &[]);
    gateway.spawn().await.unwrap();
    let hanging = tokio::spawn(known(client().get(format!("http://{door}/session"))).send());
    let (mut taken, _) = silent.accept().await.unwrap();
    taken.read_exact(&mut [0; 3]).await.unwrap();
    let stopped = gateway.terminate().await.unwrap();
    assert!(stopped < Duration::from_secs(5), "{stopped:?}");
    assert_eq!(hanging.await.unwrap().unwrap().status(), 502);
}

#[tokio::test]
async fn too_much_at_once_is_refused_in_words() {
    let (gateway, _opencode, door) = guarded(PASSWORD, &[]).await;
    let (host, size) = (&door, 65 * 1024 * 1024);
    let cookie = cookie(&gateway).await;
    let head = format!(
        "POST /session HTTP/1.1\r\nhost: {host}\r\ncookie: {cookie}\r\ncontent-length: {size}\r\n\r\n"
    );
    let mut wire = tokio::net::TcpStream::connect(&door).await.unwrap();
    wire.write_all(head.as_bytes()).await.unwrap();
    let mut said = String::new();
    while !said.contains("64 MiB") {
        let mut part = [0; 1024];
        let read = tokio::time::timeout(PATIENCE, wire.read(&mut part)).await.unwrap().unwrap();
        assert!(read > 0, "{said}");
        said.push_str(&String::from_utf8_lossy(&part[..read]));
    }
    assert!(said.starts_with("HTTP/1.1 413"), "{said}");
}

#[tokio::test]
async fn a_taken_port_stops_the_start_with_a_sentence() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut gateway = Gateway::prepare().unwrap();
    show(&mut gateway, 9, &[("GATEWAY_OPENCODE_UI_LISTEN", &taken.local_addr().unwrap().to_string())]);
    let mut output = gateway.command(&["serve"]).unwrap();
    output
        .env("GATEWAY_LISTEN", "127.0.0.1:0")
        .env("GATEWAY_STATE", gateway.state())
        .envs(gateway.env.iter().cloned());
    let output = output.output().unwrap();
    assert!(!output.status.success());
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(said.contains(&taken.local_addr().unwrap().to_string()), "{said}");
}
