//! A GitHub of our own making, as strict as the documentation of the true one: a code counts once, for the client, the redirect
//! address and the verifier that it was made for; and a program has to say what it is called.

use super::{GithubSettings, LetsIn};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use reqwest::Url;
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

pub(super) const CLIENT: &str = "Ov23abc";
pub(super) const SECRET: &str = "a secret of the app";
pub(super) const REDIRECT: &str = "http://localhost:8000/sign-in/github/callback";

/// What a code was made for.
struct Code {
    challenge: String,
    redirect_uri: String,
    /// The person's number.
    of: u64,
}

#[derive(Default)]
pub(super) struct GithubDouble {
    url: String,
    /// Logins by number.
    pub(super) people: Mutex<HashMap<u64, Value>>,
    codes: Mutex<HashMap<String, Code>>,
    tokens: Mutex<HashMap<String, u64>>,
    /// Codes of command lines, and who confirmed them, or what is said instead.
    devices: Mutex<HashMap<String, Result<u64, &'static str>>>,
    /// Whether the app's settings have it on.
    pub(super) device_flow_is_off: Mutex<bool>,
    /// What is answered about accounts instead.
    pub(super) ill: Mutex<Option<(u16, Value)>>,
    /// How often it was asked whose a token is.
    pub(super) asked: Mutex<u32>,
}

impl GithubDouble {
    pub(super) async fn start() -> Arc<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let double = Arc::new(Self { url, ..Self::default() });
        double.is_called(583_231, "octocat");
        let router = Router::new()
            .route("/login/oauth/access_token", post(token))
            .route("/login/device/code", post(device_code))
            .route("/api/v3/user", get(user))
            .with_state(Arc::clone(&double));
        drop(tokio::spawn(async move { axum::serve(listener, router).await }));
        double
    }

    pub(super) fn settings(&self) -> GithubSettings {
        GithubSettings {
            url: self.url.clone(),
            api_url: format!("{}/api/v3", self.url),
            host: "github.com".into(),
            client_id: CLIENT.into(),
            client_secret: SecretString::from(SECRET),
            name: "GitHub".into(),
            lets_in: LetsIn::Listed(BTreeSet::from([583_231, 7])),
            recheck: SignedDuration::from_mins(15),
            public_url: "http://localhost:8000".into(),
            device_flow: true,
        }
    }

    pub(super) fn is_called(&self, id: u64, login: &str) {
        let user = json!({ "id": id, "login": login, "type": "User", "name": "Ben Example" });
        self.people.lock().unwrap().insert(id, user);
    }

    /// The person says yes at the address that their browser was led to: the code and the state that it goes back with.
    pub(super) fn authorizes(&self, address: &str, of: u64) -> (String, String) {
        let url = Url::parse(address).unwrap();
        assert_eq!(format!("{}/login/oauth/authorize", self.url), address.split('?').next().unwrap());
        let said: HashMap<String, String> = url.query_pairs().into_owned().collect();
        assert_eq!((said["client_id"].as_str(), said["redirect_uri"].as_str()), (CLIENT, REDIRECT));
        assert_eq!(said["code_challenge_method"], "S256");
        assert!(!said.contains_key("scope"), "knowing who it is needs none");
        let code = format!("code-{}", self.codes.lock().unwrap().len());
        let made = Code {
            challenge: said["code_challenge"].clone(),
            redirect_uri: said["redirect_uri"].clone(),
            of,
        };
        self.codes.lock().unwrap().insert(code.clone(), made);
        (code, said["state"].clone())
    }

    /// The person takes the gateway's access back.
    pub(super) fn revokes(&self, of: u64) {
        self.tokens.lock().unwrap().retain(|_, whose| *whose != of);
    }

    /// What becomes of the newest command line's code: the number of the person who confirmed it, or an error.
    pub(super) fn device_is(&self, what: Result<u64, &'static str>) {
        let mut devices = self.devices.lock().unwrap();
        let newest = format!("dc-{}", devices.len());
        assert!(devices.insert(newest, what).is_some(), "no command line has begun");
    }

    /// The code counts once, for the client that it was made for; no secret is needed.
    fn token_for_device(&self, form: &HashMap<String, String>) -> Result<String, &'static str> {
        let said = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        if said("grant_type") != "urn:ietf:params:oauth:grant-type:device_code" {
            return Err("unsupported_grant_type");
        }
        if said("client_id") != CLIENT || form.contains_key("client_secret") {
            return Err("incorrect_client_credentials");
        }
        let mut devices = self.devices.lock().unwrap();
        let of = devices.get_mut(said("device_code")).ok_or("incorrect_device_code")?;
        let confirmed = std::mem::replace(of, Err("incorrect_device_code"));
        if let Err(error @ ("authorization_pending" | "slow_down")) = confirmed {
            *of = Err(error);
        }
        let token = format!("gho_d{}", self.tokens.lock().unwrap().len());
        self.tokens.lock().unwrap().insert(token.clone(), confirmed?);
        Ok(token)
    }

    fn token_for(&self, form: &HashMap<String, String>) -> Result<String, &'static str> {
        if form.contains_key("grant_type") {
            return self.token_for_device(form);
        }
        let said = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
        if (said("client_id"), said("client_secret")) != (CLIENT, SECRET) {
            return Err("incorrect_client_credentials");
        }
        // Whatever comes of it, it was used.
        let code = self.codes.lock().unwrap().remove(said("code")).ok_or("bad_verification_code")?;
        if said("redirect_uri") != code.redirect_uri {
            return Err("redirect_uri_mismatch");
        }
        let shown = URL_SAFE_NO_PAD.encode(Sha256::digest(said("code_verifier").as_bytes()));
        if shown != code.challenge {
            return Err("bad_verification_code");
        }
        let token = format!("gho_{}", self.tokens.lock().unwrap().len());
        self.tokens.lock().unwrap().insert(token.clone(), code.of);
        Ok(token)
    }
}

/// Errors come with 200, as there.
async fn token(State(double): State<Arc<GithubDouble>>, headers: HeaderMap, form: Bytes) -> Json<Value> {
    assert_eq!(headers[header::ACCEPT], "application/json", "else the answer is a form");
    let form: HashMap<String, String> = form_urlencoded::parse(&form).into_owned().collect();
    Json(match double.token_for(&form) {
        Ok(token) => json!({ "access_token": token, "token_type": "bearer", "scope": "" }),
        Err(error) => json!({ "error": error, "error_description": "Look at the documentation." }),
    })
}

async fn device_code(
    State(double): State<Arc<GithubDouble>>,
    headers: HeaderMap,
    form: Bytes,
) -> (StatusCode, Json<Value>) {
    assert_eq!(headers[header::ACCEPT], "application/json", "else the answer is a form");
    let form: HashMap<String, String> = form_urlencoded::parse(&form).into_owned().collect();
    assert_eq!(
        form.keys().collect::<Vec<_>>(),
        ["client_id"],
        "knowing who it is needs no scope, and no secret"
    );
    if *double.device_flow_is_off.lock().unwrap() {
        return (StatusCode::BAD_REQUEST, Json(json!({ "error": "device_flow_disabled" })));
    }
    if form["client_id"] != CLIENT {
        return (StatusCode::NOT_FOUND, Json(json!({ "error": "Not Found" })));
    }
    let mut devices = double.devices.lock().unwrap();
    let code = format!("dc-{}", devices.len() + 1);
    devices.insert(code.clone(), Err("authorization_pending"));
    let offer = json!({ "device_code": code, "user_code": "WDJB-MJHT", "expires_in": 900, "interval": 5,
        "verification_uri": format!("{}/login/device", double.url) });
    (StatusCode::OK, Json(offer))
}

async fn user(State(double): State<Arc<GithubDouble>>, headers: HeaderMap) -> (StatusCode, Json<Value>) {
    *double.asked.lock().unwrap() += 1;
    if !headers.contains_key(header::USER_AGENT) {
        return (
            StatusCode::FORBIDDEN,
            Json(json!({ "message": "Request forbidden by administrative rules." })),
        );
    }
    if let Some((status, answer)) = double.ill.lock().unwrap().clone() {
        return (StatusCode::from_u16(status).unwrap(), Json(answer));
    }
    let token =
        headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let whose = token.and_then(|token| double.tokens.lock().unwrap().get(token).copied());
    let user = whose.and_then(|id| double.people.lock().unwrap().get(&id).cloned());
    match user {
        Some(user) => (StatusCode::OK, Json(user)),
        None => (StatusCode::UNAUTHORIZED, Json(json!({ "message": "Bad credentials" }))),
    }
}
