//! What is missing at the forge, and how to then it.

use crate::app_key::AppKey;
use crate::client::{Call, Signed};
use crate::fault::ForgeFault;
use crate::forge::{Forge, SignIn};
use crate::pace::Holder;
use crate::repo_name::RepoName;
use crate::rights;
use crate::trail::Trail;
use crate::wire::{Answer, Extent};
use gateway_delivery::Refusal;
use gateway_domain::one_line;
use hyper::Method;
use hyper::body::Bytes;
use jiff::Timestamp;
use serde_json::Value;

/// A proof that is dated further off isn't taken.
const MOST_SKEW: i64 = 30;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForgeFinding {
    pub is_good: bool,
    pub says: String,
}

impl ForgeFinding {
    fn good(says: impl Into<String>) -> Self {
        Self { is_good: true, says: says.into() }
    }

    fn bad(says: impl Into<String>) -> Self {
        Self { is_good: false, says: says.into() }
    }
}

impl Forge {
    /// Looks at all that a delivery needs for this repository, and changes nothing.
    pub async fn doctor(&self, repo: &RepoName, now: Timestamp) -> Vec<ForgeFinding> {
        let mut found = match self.clock(now).await {
            Ok(clock) => vec![clock],
            Err(fault) => {
                return vec![ForgeFinding::bad(format!("{fault} Check its address and the network."))];
            }
        };
        match &self.sign_in {
            SignIn::App(key) => found.extend(Box::pin(self.app_findings(key, repo, now)).await),
            SignIn::Personal(_) => found.extend(Box::pin(self.person_findings(repo, now)).await),
        }
        found
    }

    /// Any answer has the forge's time, whoever asks.
    async fn clock(&self, now: Timestamp) -> Result<ForgeFinding, ForgeFault> {
        let (url, headers) = (self.client.address.rest("/meta"), self.client.headers("application/json"));
        let answer =
            self.client.wire.send((&Method::GET, &url), &headers, Bytes::new(), Extent::Whole).await?;
        let theirs = answer.header("date").and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
        let off = theirs.map(|theirs| theirs.timestamp().as_second() - now.as_second());
        Ok(match off {
            None => ForgeFinding::good("The forge answers."),
            Some(off) if off.abs() <= MOST_SKEW => {
                ForgeFinding::good("The forge answers, and the clocks agree.")
            }
            Some(off) => {
                let (by, way) = (off.abs(), if off > 0 { "behind" } else { "ahead of" });
                ForgeFinding::bad(format!(
                    "This machine's clock is {by} seconds {way} the forge's, so the forge won't accept the app's key. \
                     Set the clock, for example with NTP."
                ))
            }
        })
    }

    async fn app_findings(&self, key: &AppKey, repo: &RepoName, now: Timestamp) -> Vec<ForgeFinding> {
        let app = self.as_app(key, &Call::get(self.client.address.rest("/app")), now).await;
        let app: Value = match app.and_then(|answer| answer.json()) {
            Ok(app) => app,
            Err(fault) => {
                let then = "Check the app's id and its private key in the app's settings.";
                return vec![ForgeFinding::bad(format!("{fault} {then}"))];
            }
        };
        let name = one_line(app["name"].as_str().unwrap_or("The app"));
        let mut found = vec![ForgeFinding::good(format!("The forge knows the app {name}."))];
        self.tokens.forget_installation(repo);
        match self.installation(repo, now).await {
            Ok(installation) => {
                found.push(ForgeFinding::good(format!("{name} is installed for {repo}.")));
                found.extend(rights_findings(
                    &name,
                    &installation.permissions,
                    installation.html_url.as_deref(),
                ));
                found.push(self.visible(repo, now).await);
            }
            Err(fault) => found.push(not_installed(&name, repo, &fault)),
        }
        found
    }

    async fn visible(&self, repo: &RepoName, now: Timestamp) -> ForgeFinding {
        let trail = Trail::default();
        let visit = self.visit(repo, &[("metadata", "read")], now, &trail);
        match visit.get::<Value>("", "The repository").await {
            Ok(_) => ForgeFinding::good(format!("A token for {repo} works.")),
            Err(fault) => ForgeFinding::bad(format!("No token for {repo} works: {fault}")),
        }
    }

    async fn person_findings(&self, repo: &RepoName, now: Timestamp) -> Vec<ForgeFinding> {
        let SignIn::Personal(token) = &self.sign_in else { return Vec::new() };
        let signed = Signed { holder: Holder::Person, token: token.clone() };
        let call = Call::get(self.client.address.rest(&repo.path("")));
        let answered = self.client.send(&signed, &call, now, &Trail::default()).await;
        vec![match answered {
            Ok(answer) => of_person(repo, &answer),
            Err(fault) => ForgeFinding::bad(fault.to_string()),
        }]
    }
}

fn of_person(repo: &RepoName, answer: &Answer) -> ForgeFinding {
    let shown: Value = answer.json().unwrap_or_default();
    match answer.status {
        200 if shown["permissions"]["push"] == true => {
            ForgeFinding::good(format!("The personal token can push to {repo}."))
        }
        200 => ForgeFinding::bad(format!(
            "The personal token can only read {repo}. Give its owner write access."
        )),
        401 => ForgeFinding::bad("The personal token is wrong or has expired. Make a new one."),
        _ => ForgeFinding::bad(format!("The personal token can't see {repo}. Allow it that repository.")),
    }
}

fn rights_findings(name: &str, granted: &Value, settings: Option<&str>) -> Vec<ForgeFinding> {
    let missing = rights::missing(rights::LEAST, granted);
    if missing.is_empty() {
        return vec![ForgeFinding::good(format!("{name} has the rights that deliveries need."))];
    }
    let place = settings.map_or(String::new(), |url| format!(" at {}", one_line(url)));
    let then = format!("Add it in the app's settings, then an owner accepts it{place}.");
    missing.iter().map(|right| ForgeFinding::bad(format!("{name} lacks the right {right}. {then}"))).collect()
}

fn not_installed(name: &str, repo: &RepoName, fault: &ForgeFault) -> ForgeFinding {
    ForgeFinding::bad(match fault {
        ForgeFault::Refused(Refusal::NotInstalled { settings }) => {
            let place = settings.as_deref().map_or(String::new(), |url| format!(" at {}", one_line(url)));
            format!("{name} isn't installed for {repo}. An owner installs it or adds the repository{place}.")
        }
        ForgeFault::Refused(Refusal::Revoked) => {
            format!(
                "The installation of {name} for {repo} is suspended. An owner can lift that in its settings."
            )
        }
        other => other.to_string(),
    })
}
