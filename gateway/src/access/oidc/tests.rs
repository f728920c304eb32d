//! A provider of our own making, with the clock in hand: what is asked how often, and what ends a sign-in.

use super::*;
use crate::access::sign_in_entry::{Carrier, Provided, Refresh, Way};
use crate::access::sign_in_log::testing::KeptLog;
use crate::access::sign_in_table::NewSignIn;
use crate::access::{Access, AccessMetrics, Config, ask_device, begin_device};
use crate::clock::Clock;
use crate::problem::Problem;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gateway_domain::{Person, Proof};
use jiff::Timestamp;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use std::sync::Mutex;

/// The time, moved by hand.
struct HandClock(Mutex<Timestamp>);

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// What the double answers, and what it was asked.
struct Double {
    issuer: String,
    key: EcdsaKeyPair,
    kid: Mutex<&'static str>,
    keys_asked: Mutex<u32>,
    /// Of the token endpoint, one after the other.
    answers: Mutex<Vec<(u16, Value)>>,
    forms: Mutex<Vec<String>>,
}

impl Double {
    async fn start() -> Arc<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let pkcs8 =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        let key =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &SystemRandom::new());
        let double = Arc::new(Self {
            issuer,
            key: key.unwrap(),
            kid: Mutex::new("first"),
            keys_asked: Mutex::default(),
            answers: Mutex::default(),
            forms: Mutex::default(),
        });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(published))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .route("/device", post(token))
            .with_state(Arc::clone(&double));
        drop(tokio::spawn(async move { axum::serve(listener, router).await }));
        double
    }

    fn settings(&self) -> OidcSettings {
        OidcSettings {
            issuer: self.issuer.clone(),
            client_id: "gateway".into(),
            client_secret: None,
            name: "Example".into(),
            groups_claim: Some("groups".into()),
            scopes: vec![],
            device_flow: true,
            recheck: SignedDuration::from_mins(15),
            public_url: "http://localhost:8000".into(),
        }
    }

    fn signed(&self, kid: &str, claims: &Value) -> String {
        let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let signed = format!("{}.{}", part(&json!({ "alg": "ES256", "kid": kid })), part(claims));
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn id_token(&self, subject: &str, groups: &[&str], now: Timestamp) -> String {
        let (iat, exp) = (now.as_second(), now.as_second() + 300);
        let claims = json!({ "iss": self.issuer, "aud": "gateway", "sub": subject, "iat": iat, "exp": exp,
            "name": "Anna Example", "groups": groups });
        self.signed("first", &claims)
    }

    fn logout_token(&self, kid: &str, now: Timestamp) -> String {
        let (iat, exp) = (now.as_second(), now.as_second() + 300);
        let events = json!({ "http://schemas.openid.net/event/backchannel-logout": {} });
        self.signed(
            kid,
            &json!({ "iss": self.issuer, "aud": "gateway", "sub": "u-1", "iat": iat, "exp": exp, "jti": "j",
                "events": events }),
        )
    }
}

async fn published(State(double): State<Arc<Double>>) -> Json<Value> {
    let issuer = &double.issuer;
    Json(json!({ "issuer": issuer, "authorization_endpoint": format!("{issuer}/auth"),
        "device_authorization_endpoint": format!("{issuer}/device"), "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/keys"),
        "scopes_supported": ["openid", "offline_access"] }))
}

async fn keys(State(double): State<Arc<Double>>) -> Json<Value> {
    *double.keys_asked.lock().unwrap() += 1;
    let point = double.key.public_key().as_ref();
    let [x, y] = [&point[1..33], &point[33..65]].map(|part| URL_SAFE_NO_PAD.encode(part));
    let kid = *double.kid.lock().unwrap();
    Json(json!({ "keys": [{ "kty": "EC", "crv": "P-256", "kid": kid, "x": x, "y": y }] }))
}

async fn token(State(double): State<Arc<Double>>, form: Bytes) -> (StatusCode, Json<Value>) {
    double.forms.lock().unwrap().push(String::from_utf8(form.to_vec()).unwrap());
    let (status, answer) = double.answers.lock().unwrap().remove(0);
    (StatusCode::from_u16(status).unwrap(), Json(answer))
}

struct Scene {
    double: Arc<Double>,
    clock: Arc<HandClock>,
    access: Arc<Access>,
    log: Arc<KeptLog>,
}

impl Scene {
    async fn new() -> Self {
        let double = Double::start().await;
        let clock = Arc::new(HandClock(Mutex::new(Timestamp::from_second(1_795_000_000).unwrap())));
        let config = Config { oidc: Some(double.settings()), ..Config::default() };
        let log = Arc::new(KeptLog::default());
        let access = Arc::new(Access::new(config, log.clone(), AccessMetrics::default(), clock.clone()));
        Self { double, clock, access, log }
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn provider(&self) -> &Provider {
        &self.access.oidc.as_ref().unwrap().provider
    }

    /// The cookie's word of somebody whom the double signed in.
    fn sign_in(&self) -> String {
        let way = Way::Oidc(Provided {
            issuer: self.double.issuer.clone(),
            client: "gateway".into(),
            subject: "u-1".into(),
            session: None,
            auth_time: None,
            refresh: Some(Refresh { token: "r-1".into(), due: self.now() + SignedDuration::from_mins(15) }),
        });
        let person = Person { id: format!("oidc:{}#u-1", self.double.issuer), name: "Anna".into() };
        let new = NewSignIn {
            person,
            groups: vec!["release".into()],
            way,
            carrier: Carrier::Cookie,
            browser: String::new(),
            until: None,
        };
        self.access.sign_ins.begin(new, self.now())
    }

    fn groups(&self, word: &str) -> Option<Vec<String>> {
        self.access.sign_ins.check(word, Carrier::Cookie, self.now()).map(|current| current.groups)
    }

    async fn after(&self, minutes: i64, answers: Vec<(u16, Value)>) {
        *self.double.answers.lock().unwrap() = answers;
        *self.clock.0.lock().unwrap() += SignedDuration::from_mins(minutes);
        self.access.recheck().await;
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.double.forms.lock().unwrap())
    }
}

#[tokio::test]
async fn every_quarter_of_an_hour_the_provider_is_asked_and_its_refusal_ends_the_sign_in() {
    // REQ-WHO-02
    let scene = Scene::new().await;
    let word = scene.sign_in();
    scene.after(14, vec![]).await;
    assert_eq!(scene.asked().len(), 0);
    let now = scene.now() + SignedDuration::from_mins(1);
    let renewed =
        json!({ "id_token": scene.double.id_token("u-1", &["developers"], now), "refresh_token": "r-2" });
    scene.after(1, vec![(200, renewed)]).await;
    assert!(scene.asked()[0].contains("refresh_token=r-1"));
    assert_eq!(scene.groups(&word).unwrap(), ["developers"], "what the provider says now");
    // A provider that is ill signs nobody out.
    scene.after(15, vec![(503, json!({}))]).await;
    assert!(scene.asked()[0].contains("refresh_token=r-2"), "each token is used once");
    scene.after(1, vec![(401, json!({ "error": "invalid_client" }))]).await;
    assert!(scene.groups(&word).is_some());
    let over = scene.access.sign_ins.check(&word, Carrier::Cookie, scene.now()).unwrap().over;
    scene.after(1, vec![(400, json!({ "error": "invalid_grant" }))]).await;
    assert!(scene.groups(&word).is_none() && over.is_cancelled());
    // REQ-PROOF-01
    let told = scene.log.told();
    let why = "gateway sign-in ended: the provider no longer holds it valid | Sign-in ";
    assert!(told.len() == 1 && told[0].starts_with(why) && told[0].ends_with("#u-1"), "{told:?}");
    scene.after(60, vec![]).await;
    assert_eq!(scene.asked().len(), 2, "about one that has ended nobody is asked");
}

#[tokio::test]
async fn a_refresh_that_names_another_person_ends_the_sign_in() {
    // REQ-WHO-02
    let scene = Scene::new().await;
    let word = scene.sign_in();
    let now = scene.now() + SignedDuration::from_mins(15);
    let other = json!({ "id_token": scene.double.id_token("u-2", &[], now) });
    scene.after(15, vec![(200, other)]).await;
    assert!(scene.groups(&word).is_none());
}

#[tokio::test]
async fn keys_that_nobody_knows_make_the_provider_asked_once_a_minute_at_most() {
    // REQ-WHO-02
    let scene = Scene::new().await;
    let unknown = || scene.double.logout_token("second", scene.now());
    for _ in 0..20 {
        assert!(scene.provider().logout_token(&unknown()).await.is_err());
    }
    assert_eq!(*scene.double.keys_asked.lock().unwrap(), 1);
    // It has a new key now.
    *scene.double.kid.lock().unwrap() = "second";
    assert!(scene.provider().logout_token(&unknown()).await.is_err(), "not within the minute");
    *scene.clock.0.lock().unwrap() += SignedDuration::from_secs(60);
    assert!(scene.provider().logout_token(&unknown()).await.is_ok());
    assert!(scene.provider().logout_token(&scene.double.logout_token("first", scene.now())).await.is_err());
    assert_eq!(*scene.double.keys_asked.lock().unwrap(), 2);
    // A key that was withdrawn counts for an hour at most.
    *scene.double.kid.lock().unwrap() = "third";
    *scene.clock.0.lock().unwrap() += SignedDuration::from_hours(1);
    assert!(scene.provider().logout_token(&unknown()).await.is_err());
}

#[tokio::test]
async fn a_provider_under_another_name_is_not_used() {
    // REQ-WHO-02
    let scene = Scene::new().await;
    let settings = OidcSettings { issuer: format!("{}/", scene.double.issuer), ..scene.double.settings() };
    let fault = look_up(settings, scene.clock.clone()).await.unwrap_err();
    assert!(fault.to_string().contains("it calls itself"), "{fault}");
    let settings = OidcSettings { issuer: "http://127.0.0.1:1".into(), ..scene.double.settings() };
    let fault = look_up(settings, scene.clock.clone()).await.unwrap_err();
    assert!(fault.to_string().contains("can't be reached"), "{fault}");
    assert!(look_up(scene.double.settings(), scene.clock.clone()).await.unwrap()[0].contains("1 keys"));
}

impl Scene {
    /// The body of the answer to a command line.
    async fn begin_device(&self) -> Result<Value, Problem> {
        let offer = json!({ "device_code": "dc-1", "user_code": "WDJB-MJHT", "expires_in": 600, "interval": 5,
            "verification_uri": format!("{}/device", self.double.issuer) });
        self.double.answers.lock().unwrap().push((200, offer));
        let body = serde_json::from_value(json!({ "machine": "laptop" })).unwrap();
        let peer = ConnectInfo("10.0.0.1:1".parse().unwrap());
        let told = begin_device(State(self.access.clone()), peer, HeaderMap::new(), Ok(Json(body))).await?;
        Ok(serde_json::to_value(told.0).unwrap())
    }

    async fn ask_device(
        &self,
        device: &Value,
        later: i64,
        answer: Option<(u16, Value)>,
    ) -> Result<Value, Problem> {
        *self.clock.0.lock().unwrap() += SignedDuration::from_secs(later);
        self.double.answers.lock().unwrap().extend(answer);
        let body = serde_json::from_value(json!({ "device": device })).unwrap();
        let peer = ConnectInfo("10.0.0.1:1".parse().unwrap());
        let told = ask_device(State(self.access.clone()), peer, HeaderMap::new(), Ok(Json(body))).await?;
        Ok(serde_json::to_value(told.0).unwrap())
    }

    fn error(code: &str) -> Option<(u16, Value)> {
        Some((400, json!({ "error": code })))
    }
}

#[tokio::test]
async fn a_command_line_signs_in_once_its_person_has_confirmed() {
    // REQ-WHO-02, REQ-PROOF-01
    let scene = Scene::new().await;
    let begun = scene.begin_device().await.unwrap();
    assert_eq!((&begun["user_code"], &begun["interval_seconds"]), (&json!("WDJB-MJHT"), &json!(5)));
    assert!(!begun.to_string().contains("dc-1"), "the provider's code stays here");
    let device = &begun["device"];
    let pending = |seconds: i64| json!({ "state": "pending", "interval_seconds": seconds });
    let asked = scene.ask_device(device, 0, Scene::error("authorization_pending")).await;
    assert_eq!(asked.unwrap(), pending(5));
    assert_eq!(scene.asked().len(), 2);
    assert_eq!(scene.ask_device(device, 1, None).await.unwrap(), pending(5));
    assert_eq!(scene.asked().len(), 0, "the provider is not asked more often than it wants");
    assert_eq!(scene.ask_device(device, 4, Scene::error("slow_down")).await.unwrap(), pending(10));
    // A provider that is ill says nothing of the person.
    assert_eq!(scene.ask_device(device, 10, Some((503, json!({})))).await.unwrap(), pending(10));
    let token = scene.double.id_token("u-1", &["developers"], scene.now());
    let tokens = json!({ "id_token": token, "refresh_token": "r-1" });
    let signed_in = scene.ask_device(device, 10, Some((200, tokens))).await.unwrap();
    let word = signed_in["token"].as_str().unwrap();
    assert_eq!(signed_in["person"]["id"], format!("oidc:{}#u-1", scene.double.issuer));
    let bearer = HeaderValue::try_from(format!("Bearer {word}")).unwrap();
    let headers = HeaderMap::from_iter([(header::AUTHORIZATION, bearer)]);
    let admitted = scene.access.admit(&headers, None).unwrap();
    assert_eq!((admitted.person.name.as_str(), admitted.proven.proof), ("Anna Example", Proof::Account));
    assert_eq!(admitted.proven.groups, ["developers"]);
    let told = scene.log.told();
    assert!(told[0].contains("signed in: at the command line, with the sign-in provider"), "{told:?}");
    assert!(told[0].contains("Command line on laptop; from 10.0.0.1; proven: account"), "{told:?}");
    assert!(!told[0].contains(word));
    let again = scene.ask_device(device, 10, None).await.unwrap_err();
    assert_eq!(again.status(), StatusCode::FORBIDDEN, "only once");
    // It is asked about like any other, and ends with the person.
    scene.after(15, vec![(400, json!({ "error": "invalid_grant" }))]).await;
    assert!(scene.access.admit(&headers, None).is_err());
}

#[tokio::test]
async fn a_command_line_that_was_denied_is_late_or_brings_forged_tokens_is_refused() {
    // REQ-WHO-02
    let scene = Scene::new().await;
    let other = json!({ "id_token": scene.double.id_token("u-1", &[], scene.now()).replace('.', ".A") });
    for (answer, said) in [
        (Scene::error("access_denied"), "denied in the browser"),
        (Scene::error("expired_token"), "in time"),
        (Scene::error("invalid_grant"), "isn't valid"),
        (Some((200, other)), "isn't valid"),
        (Some((200, json!({}))), "isn't valid"),
    ] {
        let begun = scene.begin_device().await.unwrap();
        let refused = scene.ask_device(&begun["device"], 0, answer).await.unwrap_err();
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{said}");
        assert!(format!("{refused:?}").contains(said), "{refused:?}");
        assert!(scene.ask_device(&begun["device"], 60, None).await.is_err(), "over");
    }
    let begun = scene.begin_device().await.unwrap();
    assert!(scene.ask_device(&begun["device"], 600, None).await.is_err(), "late");
    for _ in 0..5 {
        scene.begin_device().await.unwrap();
    }
    let flood = scene.begin_device().await.unwrap_err();
    assert_eq!(flood.status(), StatusCode::TOO_MANY_REQUESTS);
}
