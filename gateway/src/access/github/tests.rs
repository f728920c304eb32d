//! Sign-in with GitHub, with the clock in hand: who is let in, as whom, and for how long.

use super::double::GithubDouble;
use super::*;
use crate::access::sign_in_log::testing::KeptLog;
use crate::access::{Access, AccessMetrics, Config, ask_device, begin_device};
use crate::clock::Clock;
use crate::problem::Problem;
use axum::Json;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use gateway_domain::Proof;
use http_body_util::BodyExt;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// The time, moved by hand.
struct HandClock(Mutex<Timestamp>);

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

struct Scene {
    github: Arc<GithubDouble>,
    clock: Arc<HandClock>,
    access: Arc<Access>,
    log: Arc<KeptLog>,
    _state: tempfile::TempDir,
}

/// A person's browser: it keeps cookies.
#[derive(Default)]
struct Browser(Vec<String>);

impl Browser {
    fn headers(&self) -> HeaderMap {
        let cookies = HeaderValue::from_str(&self.0.join("; ")).unwrap();
        HeaderMap::from_iter([
            (header::HOST, HeaderValue::from_static("localhost:8000")),
            (header::COOKIE, cookies),
        ])
    }

    fn keeps(&mut self, answer: &Response) {
        let set = answer.headers().get_all(header::SET_COOKIE).iter();
        let set = set.map(|value| value.to_str().unwrap().split(';').next().unwrap().to_owned());
        for cookie in set {
            let name = cookie.split_once('=').unwrap().0.to_owned();
            self.0.retain(|known| known.split_once('=').unwrap().0 != name);
            self.0.push(cookie);
        }
    }
}

impl Scene {
    async fn new() -> Self {
        let github = GithubDouble::start().await;
        Self::with(github.settings(), github)
    }

    fn with(settings: GithubSettings, github: Arc<GithubDouble>) -> Self {
        let clock = Arc::new(HandClock(Mutex::new(Timestamp::from_second(1_795_000_000).unwrap())));
        let (state, log) = (tempfile::tempdir().unwrap(), Arc::new(KeptLog::default()));
        let config = Config { github: Some(settings), ..Config::default() };
        let config = config.made_ready(state.path()).unwrap();
        let access = Arc::new(Access::new(config, log.clone(), AccessMetrics::default(), clock.clone()));
        Self { github, clock, access, log, _state: state }
    }

    /// Where the browser is led.
    async fn begins(&self, browser: &mut Browser) -> String {
        let uri = format!("{BEGIN}?to=/settings").parse().unwrap();
        let wish = Query::try_from_uri(&uri).unwrap();
        let answer = begin(State(self.access.clone()), browser.headers(), wish).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        browser.keeps(&answer);
        answer.headers()[header::LOCATION].to_str().unwrap().to_owned()
    }

    /// The browser comes back with that.
    async fn returns(&self, browser: &mut Browser, query: &str) -> (StatusCode, String) {
        let uri = format!("{CALLBACK}?{query}").parse().unwrap();
        let brought = Query::try_from_uri(&uri).unwrap();
        let peer = ConnectInfo("10.0.0.1:1".parse().unwrap());
        let answer = callback(State(self.access.clone()), peer, browser.headers(), brought).await;
        browser.keeps(&answer);
        let (parts, body) = answer.into_parts();
        let text = body.collect().await.unwrap().to_bytes();
        (parts.status, String::from_utf8(text.to_vec()).unwrap())
    }

    async fn signs_in(&self, browser: &mut Browser, who: u64) -> (StatusCode, String) {
        let address = self.begins(browser).await;
        let (code, state) = self.github.authorizes(&address, who);
        self.returns(browser, &format!("code={code}&state={state}")).await
    }

    /// Who the browser is here.
    fn is(&self, browser: &Browser) -> Option<(String, String, Proof)> {
        let admitted = self.access.admit(&browser.headers(), None).ok()?;
        Some((admitted.person.id, admitted.person.name, admitted.proven.proof))
    }

    async fn after(&self, minutes: i64) {
        *self.clock.0.lock().unwrap() += SignedDuration::from_mins(minutes);
        self.access.recheck().await;
    }
}

fn octocat(login: &str) -> Option<(String, String, Proof)> {
    Some(("github:github.com#583231".into(), login.into(), Proof::Account))
}

#[tokio::test]
async fn a_person_is_their_number_at_github_whatever_they_are_called() {
    // REQ-WHO-02, REQ-PROOF-01
    let (scene, mut browser) = (Scene::new().await, Browser::default());
    let (status, page) = scene.signs_in(&mut browser, 583_231).await;
    assert!(status == StatusCode::OK && page.contains("url=/settings"), "{status} {page}");
    assert_eq!(scene.is(&browser), octocat("octocat"), "not the name that anybody can choose");
    let told = scene.log.told();
    assert!(told[0].starts_with("github:github.com#583231 signed in: with GitHub | "), "{told:?}");
    assert!(!told[0].contains("gho_") && told[0].contains("proven: account"), "{told:?}");
    // The login goes to somebody else: they are not the person.
    scene.github.is_called(583_231, "octocat-2");
    scene.github.is_called(999, "octocat");
    let mut renamed = Browser::default();
    scene.signs_in(&mut renamed, 583_231).await;
    assert_eq!(scene.is(&renamed), octocat("octocat-2"));
    let mut taker = Browser::default();
    let (status, page) = scene.signs_in(&mut taker, 999).await;
    assert!(status == StatusCode::FORBIDDEN && scene.is(&taker).is_none(), "{status}");
    assert!(page.contains("you are octocat, and nobody has added that account"), "{page}");
    assert!(page.contains("add account 999 to `people`"), "{page}");
    // Where they were signed in already, the new name shows within a quarter of an hour.
    scene.after(15).await;
    assert_eq!(scene.is(&browser), octocat("octocat-2"));
}

#[tokio::test]
async fn a_code_counts_once_in_the_browser_that_began_and_for_what_it_was_made() {
    // REQ-WHO-02: login CSRF, state fixation, codes that were seen
    let (scene, mut anna, mut evil) = (Scene::new().await, Browser::default(), Browser::default());
    let refused = |(status, page): (StatusCode, String)| {
        assert!(
            status == StatusCode::BAD_REQUEST && page.contains("You are not signed in"),
            "{status} {page}"
        );
    };
    // Somebody leads another person's browser into a sign-in of their own.
    let address = scene.begins(&mut evil).await;
    let (code, state) = scene.github.authorizes(&address, 7);
    refused(scene.returns(&mut anna, &format!("code={code}&state={state}")).await);
    // Also when that browser has one under way.
    let own = scene.begins(&mut anna).await;
    refused(scene.returns(&mut anna, &format!("code={code}&state={state}")).await);
    assert!(scene.is(&anna).is_none());
    // Their code under her state: the verifier is hers, and the code was made for another.
    let (_, own_state) = scene.github.authorizes(&own, 583_231);
    refused(scene.returns(&mut anna, &format!("code={code}&state={own_state}")).await);
    refused(scene.returns(&mut anna, &format!("code=code-1&state={own_state}")).await);
    assert!(scene.is(&anna).is_none(), "her own is over then");
    assert!(scene.log.told().iter().all(|told| !told.contains(" signed in")));
}

#[tokio::test]
async fn what_github_refuses_or_answers_oddly_signs_nobody_in() {
    // REQ-WHO-02
    let (scene, mut browser) = (Scene::new().await, Browser::default());
    let address = scene.begins(&mut browser).await;
    let (_, state) = scene.github.authorizes(&address, 583_231);
    let (_, page) =
        scene.returns(&mut browser, &format!("error=access_denied&error_description=x&state={state}")).await;
    assert!(page.contains("GitHub didn't let you in, or you stopped it."), "{page}");
    let address = scene.begins(&mut browser).await;
    let (_, state) = scene.github.authorizes(&address, 583_231);
    let (status, _) = scene.returns(&mut browser, &format!("state={state}")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "no code");
    for (answer, expected) in [
        ((200, json!({ "login": "octocat" })), StatusCode::BAD_REQUEST),
        ((200, json!({ "id": "583231", "login": "octocat" })), StatusCode::BAD_REQUEST),
        ((200, json!({ "id": 583_231, "login": "octocat", "type": "Bot" })), StatusCode::BAD_REQUEST),
        ((503, json!({})), StatusCode::BAD_GATEWAY),
    ] {
        *scene.github.ill.lock().unwrap() = Some(answer.clone());
        *scene.clock.0.lock().unwrap() += SignedDuration::from_mins(2);
        assert_eq!(scene.signs_in(&mut browser, 583_231).await.0, expected, "{answer:?}");
        assert!(scene.is(&browser).is_none(), "{answer:?}");
    }
    *scene.github.ill.lock().unwrap() = None;
    // A wrong secret is the gateway's own fault, and says so to nobody but its log.
    let settings = GithubSettings { client_secret: SecretString::from("old"), ..scene.github.settings() };
    let other = Scene::with(settings.clone(), scene.github.clone());
    assert_eq!(other.signs_in(&mut Browser::default(), 583_231).await.0, StatusCode::BAD_GATEWAY);
    assert!(look_up(settings).await.unwrap_err().to_string().contains("incorrect_client_credentials"));
    assert!(look_up(scene.github.settings()).await.unwrap().contains("takes the client's secret"));
}

#[tokio::test]
async fn every_quarter_of_an_hour_github_is_asked_and_its_refusal_ends_the_sign_in() {
    // REQ-WHO-02
    let (scene, mut browser) = (Scene::new().await, Browser::default());
    scene.signs_in(&mut browser, 583_231).await;
    scene.after(14).await;
    assert_eq!(*scene.github.asked.lock().unwrap(), 1, "when it began");
    // One that is ill, or has had enough questions, says nothing of the person.
    for (minutes, answer) in
        [(1, (503, json!({}))), (1, (403, json!({ "message": "API rate limit exceeded" })))]
    {
        *scene.github.ill.lock().unwrap() = Some(answer);
        scene.after(minutes).await;
        assert!(scene.is(&browser).is_some());
    }
    *scene.github.ill.lock().unwrap() =
        Some((403, json!({ "message": "Sorry. Your account was suspended." })));
    scene.after(1).await;
    assert!(scene.is(&browser).is_none(), "suspended");
    *scene.github.ill.lock().unwrap() = None;
    scene.signs_in(&mut browser, 583_231).await;
    scene.github.revokes(583_231);
    scene.after(15).await;
    assert!(scene.is(&browser).is_none(), "revoked");
    let told = scene.log.told();
    let ends =
        told.iter().filter(|told| told.starts_with("gateway sign-in ended: GitHub no longer holds it valid"));
    assert_eq!(ends.count(), 2, "{told:?}");
}

#[test]
fn a_sign_in_of_somebody_who_is_listed_no_more_ends_with_the_restart() {
    // REQ-WHO-02
    let settings = |ids: &[u64]| GithubSettings {
        url: "https://github.com".into(),
        api_url: "https://api.github.com".into(),
        host: "github.com".into(),
        client_id: "c".into(),
        client_secret: SecretString::from("s"),
        name: "GitHub".into(),
        lets_in: LetsIn::Listed(ids.iter().copied().collect()),
        recheck: SignedDuration::from_mins(15),
        public_url: String::new(),
        device_flow: true,
    };
    let account = GithubAccount {
        host: "github.com".into(),
        client: "c".into(),
        id: 7,
        token: "t".into(),
        due: Timestamp::UNIX_EPOCH,
    };
    assert!(settings(&[7]).holds(&account));
    assert!(!settings(&[8]).holds(&account));
    assert!(!settings(&[7]).holds(&GithubAccount { host: "ghe.example.com".into(), ..account.clone() }));
    assert!(!settings(&[7]).holds(&GithubAccount { client: "d".into(), ..account }));
}

impl Scene {
    async fn begin_device(&self) -> Result<Value, Problem> {
        let body = serde_json::from_value(json!({ "machine": "laptop" })).unwrap();
        let peer = ConnectInfo("10.0.0.1:1".parse().unwrap());
        let told = begin_device(State(self.access.clone()), peer, HeaderMap::new(), Ok(Json(body))).await?;
        Ok(serde_json::to_value(told.0).unwrap())
    }

    /// The command line asks, some seconds later.
    async fn ask_device(&self, device: &Value, later: i64) -> Result<Value, Problem> {
        *self.clock.0.lock().unwrap() += SignedDuration::from_secs(later);
        let body = serde_json::from_value(json!({ "device": device })).unwrap();
        let peer = ConnectInfo("10.0.0.1:1".parse().unwrap());
        let told = ask_device(State(self.access.clone()), peer, HeaderMap::new(), Ok(Json(body))).await?;
        Ok(serde_json::to_value(told.0).unwrap())
    }
}

#[tokio::test]
async fn a_command_line_signs_in_with_github_once_its_person_has_confirmed() {
    // REQ-WHO-02, REQ-PROOF-01
    let scene = Scene::new().await;
    let begun = scene.begin_device().await.unwrap();
    assert_eq!((&begun["user_code"], &begun["interval_seconds"]), (&json!("WDJB-MJHT"), &json!(5)));
    assert!(begun["address"].as_str().unwrap().ends_with("/login/device"), "{begun}");
    assert!(!begun.to_string().contains("dc-1"), "GitHub's code stays here");
    let device = &begun["device"];
    let pending = |seconds: i64| json!({ "state": "pending", "interval_seconds": seconds });
    assert_eq!(scene.ask_device(device, 0).await.unwrap(), pending(5));
    scene.github.device_is(Err("slow_down"));
    assert_eq!(scene.ask_device(device, 5).await.unwrap(), pending(10));
    scene.github.device_is(Ok(583_231));
    assert_eq!(scene.ask_device(device, 1).await.unwrap(), pending(10), "not more often than GitHub wants");
    let signed_in = scene.ask_device(device, 10).await.unwrap();
    let word = signed_in["token"].as_str().unwrap();
    assert_eq!(signed_in["person"], json!({ "id": "github:github.com#583231", "name": "octocat" }));
    assert!(!signed_in.to_string().contains("gho_"), "GitHub's token stays here");
    let bearer = HeaderValue::try_from(format!("Bearer {word}")).unwrap();
    let headers = HeaderMap::from_iter([(header::AUTHORIZATION, bearer)]);
    let admitted = scene.access.admit(&headers, None).unwrap();
    assert_eq!(admitted.proven.proof, Proof::Account);
    let told = scene.log.told();
    assert!(told[0].contains("signed in: at the command line, with GitHub"), "{told:?}");
    assert!(told[0].contains("Command line on laptop; from 10.0.0.1; proven: account"), "{told:?}");
    let again = scene.ask_device(device, 10).await.unwrap_err();
    assert_eq!(again.status(), StatusCode::FORBIDDEN, "only once");
    // It is asked about like any other, and ends with the person.
    scene.github.revokes(583_231);
    scene.after(15).await;
    assert!(scene.access.admit(&headers, None).is_err());
}

#[tokio::test]
async fn a_command_line_of_a_stranger_or_without_the_apps_leave_gets_nothing() {
    // REQ-WHO-02
    let scene = Scene::new().await;
    scene.github.is_called(999, "mallory");
    for (answer, said) in [
        (Ok(999), "add account 999 to `people`"),
        (Err("access_denied"), "denied in the browser"),
        (Err("expired_token"), "in time"),
        (Err("incorrect_device_code"), "isn't valid"),
    ] {
        let begun = scene.begin_device().await.unwrap();
        scene.github.device_is(answer);
        let refused = scene.ask_device(&begun["device"], 0).await.unwrap_err();
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{said}");
        assert!(format!("{refused:?}").contains(said), "{refused:?}");
        assert!(scene.ask_device(&begun["device"], 60).await.is_err(), "over");
    }
    *scene.github.device_flow_is_off.lock().unwrap() = true;
    let off_there = scene.begin_device().await.unwrap_err();
    let settings = GithubSettings { device_flow: false, ..scene.github.settings() };
    let off_here = Scene::with(settings, scene.github.clone()).begin_device().await.unwrap_err();
    for off in [off_there, off_here] {
        assert_eq!(off.status(), StatusCode::CONFLICT);
        assert!(format!("{off:?}").contains("nobody can sign in from the command line"), "{off:?}");
    }
}
