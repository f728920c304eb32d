//! Sign-in of a command line (RFC 8628): it shows a code, the person confirms it in any browser, and it asks meanwhile. The gateway
//! speaks to the provider, so that neither its secret nor the provider's tokens leave it; the command line gets a word that only
//! the table of sign-ins knows.

use super::device_offer::OfferedDevice;
use super::device_table::{AskedDevice, DeviceProvider, PendingDevice};
use super::github::GithubFault;
use super::oidc::{DeviceAnswer, ProviderFault};
use super::sign_in_entry::Carrier;
use super::sign_in_table::NewSignIn;
use super::sign_in_words::{Arrival, Door};
use super::{Access, from_no_foreign_page, plain_name};
use crate::problem::Problem;
use crate::token::WrongTokenReply;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use gateway_domain::Person;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BeginDevice {
    /// What the person recognizes the machine by in the list of their sign-ins: a plain name of up to 64 characters.
    #[serde(default)]
    machine: Option<String>,
}

/// What the person has to do.
#[derive(JsonSchema, Serialize)]
pub(crate) struct DeviceCode {
    /// Secret: who has it gets the sign-in once it is confirmed.
    device: String,
    /// What the person enters at the address.
    user_code: String,
    address: String,
    /// The same, with the code in it, where the provider has that.
    #[serde(skip_serializing_if = "Option::is_none")]
    address_with_code: Option<String>,
    ends: Timestamp,
    /// How long to wait between questions.
    interval_seconds: i64,
}

pub(crate) async fn begin_device(
    State(access): State<Arc<Access>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Result<Json<BeginDevice>, JsonRejection>,
) -> Result<Json<DeviceCode>, Problem> {
    let Json(BeginDevice { machine }) = body?;
    from_no_foreign_page(&headers)?;
    access.not_too_many_devices(peer.ip())?;
    let (provider, offered) = access.offer_device().await.map_err(|fault| not_offered(&fault))?;
    let machine = machine.as_deref().and_then(plain_name).unwrap_or("an unnamed machine");
    let now = access.clock.now();
    let ends = now.saturating_add(offered.lasts).unwrap_or(now);
    let pending = PendingDevice::new(provider, offered.code, machine, offered.interval, ends, now);
    let device = access.devices.keep(pending, now).ok_or_else(too_many)?;
    Ok(Json(DeviceCode {
        device,
        user_code: offered.user_code,
        address: offered.address,
        address_with_code: offered.address_with_code,
        ends,
        interval_seconds: offered.interval.as_secs(),
    }))
}

#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AskDevice {
    device: String,
}

/// How far it is.
#[derive(JsonSchema, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum DeviceSignIn {
    /// Not confirmed yet.
    Pending { interval_seconds: i64 },
    SignedIn {
        /// To be sent as `Authorization: Bearer …`. It is not shown again.
        token: String,
        person: Person,
        ends: Timestamp,
    },
}

pub(crate) async fn ask_device(
    State(access): State<Arc<Access>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Result<Json<AskDevice>, JsonRejection>,
) -> Result<Json<DeviceSignIn>, Problem> {
    let Json(AskDevice { device }) = body?;
    from_no_foreign_page(&headers)?;
    let now = access.clock.now();
    let asked = access.devices.ask(&device, now);
    let pending = match asked {
        AskedDevice::Now(pending) => pending,
        AskedDevice::TooSoon(interval) => return Ok(wait(interval)),
        AskedDevice::Unknown => {
            return Err(access.device_refused(peer.ip(), "there is no sign-in of that word", OVER));
        }
    };
    match access.news_of(&pending).await {
        DeviceNews::Wait => Ok(wait(pending.interval)),
        DeviceNews::SlowDown => Ok(wait(access.devices.slow_down(&device))),
        DeviceNews::SignedIn(new) => {
            access.devices.forget(&device);
            access.begin_at_device(*new, pending.provider, peer.ip()).await
        }
        DeviceNews::Refused { why, sentence } => {
            access.devices.forget(&device);
            Err(access.device_refused(peer.ip(), &why, &sentence))
        }
    }
}

/// What a provider says of a sign-in that is under way.
pub(super) enum DeviceNews {
    Wait,
    SlowDown,
    SignedIn(Box<NewSignIn>),
    /// It is over: why, for the log, and for the person.
    Refused {
        why: String,
        sentence: String,
    },
}

impl From<ProviderFault> for DeviceNews {
    fn from(fault: ProviderFault) -> Self {
        match fault {
            // Nothing was said of the person: the command line asks again.
            ProviderFault::Unreached(why) => {
                tracing::warn!(%why, "a sign-in at the command line can't be checked with its provider now");
                Self::Wait
            }
            fault => Self::Refused { why: fault.to_string(), sentence: sentence(&fault) },
        }
    }
}

impl From<GithubFault> for ProviderFault {
    fn from(fault: GithubFault) -> Self {
        match fault {
            GithubFault::Unreached(why) => Self::Unreached(why),
            GithubFault::NoDeviceFlow(why) => Self::Unusable(why),
            GithubFault::Client(why) | GithubFault::Refused(why) => Self::Refused(why),
        }
    }
}

impl Access {
    /// By the first provider that can: a command line has no page on which to choose.
    async fn offer_device(&self) -> Result<(DeviceProvider, OfferedDevice), ProviderFault> {
        let none = || ProviderFault::Unusable("no sign-in provider is configured".to_owned());
        let by_oidc = match &self.oidc {
            Some(oidc) => oidc.begin_device().await.map(|offered| (DeviceProvider::Oidc, offered)),
            None => Err(none()),
        };
        match (by_oidc, &self.github) {
            (Err(ProviderFault::Unusable(_)), Some(github)) => {
                Ok((DeviceProvider::Github, github.begin_device().await?))
            }
            (offered, _) => offered,
        }
    }

    async fn news_of(&self, pending: &PendingDevice) -> DeviceNews {
        let (code, now) = (&pending.code, self.clock.now());
        let news = match (pending.provider, &self.oidc, &self.github) {
            (DeviceProvider::Oidc, Some(oidc), _) => oidc.ask_device(code).await.map(|answer| match answer {
                DeviceAnswer::Pending => DeviceNews::Wait,
                DeviceAnswer::SlowDown => DeviceNews::SlowDown,
                DeviceAnswer::Tokens(token, refresh) => {
                    let new = oidc.new_sign_in(&token, refresh, pending.browser(), now);
                    DeviceNews::SignedIn(Box::new(NewSignIn { carrier: Carrier::Bearer, ..new }))
                }
            }),
            (DeviceProvider::Github, _, Some(github)) => {
                github.ask_device(pending, now).await.map_err(ProviderFault::from)
            }
            // Settings change with a restart only, and that ends all of these.
            _ => Err(ProviderFault::Unusable("it is no longer configured".to_owned())),
        };
        news.unwrap_or_else(DeviceNews::from)
    }

    async fn begin_at_device(
        &self,
        new: NewSignIn,
        by: DeviceProvider,
        from: IpAddr,
    ) -> Result<Json<DeviceSignIn>, Problem> {
        let person = new.person.clone();
        let door = match by {
            DeviceProvider::Oidc => Door::CommandLine,
            DeviceProvider::Github => Door::GithubCommandLine,
        };
        let arrival = Arrival { door, from: Some(from) };
        let begun = self.begin(new, arrival).await?;
        let begun = begun.ok_or_else(|| Problem::conflict(OVER))?;
        Ok(Json(DeviceSignIn::SignedIn { token: begun.word, person, ends: begun.ends }))
    }

    /// Each makes the gateway ask the provider.
    fn not_too_many_devices(&self, from: IpAddr) -> Result<(), Problem> {
        match self.devices.begun.wrong(from, self.clock.now()) {
            WrongTokenReply::Wrong(_) => Ok(()),
            WrongTokenReply::TooOften(seconds) => {
                let detail = format!(
                    "Too many sign-ins were begun from your address; try again in {seconds} seconds."
                );
                Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "Too many attempts", detail))
            }
        }
    }

    fn device_refused(&self, from: IpAddr, why: &str, sentence: &str) -> Problem {
        // What came of it is said beyond a limit too: it is over, and nobody guesses such a word.
        let _too_often = self.refused_sign_in("device", Some(from), None, why);
        Problem::new(StatusCode::FORBIDDEN, "Not signed in", sentence)
    }
}

const OVER: &str = "This sign-in has ended or was never begun. Run `gateway login` again.";

fn sentence(fault: &ProviderFault) -> String {
    match fault {
        ProviderFault::Refused(error) if error == "access_denied" => {
            "The sign-in was denied in the browser.".to_owned()
        }
        ProviderFault::Refused(error) if error == "expired_token" => {
            "The code wasn't entered in time. Run `gateway login` again.".to_owned()
        }
        _ => "The sign-in provider's answer isn't valid. If it happens again, tell whoever runs the gateway; its log says why."
            .to_owned(),
    }
}

fn wait(interval: SignedDuration) -> Json<DeviceSignIn> {
    Json(DeviceSignIn::Pending { interval_seconds: interval.as_secs() })
}

fn no_device_flow() -> Problem {
    Problem::conflict(
        "At this gateway nobody can sign in from the command line: no sign-in provider that can do this is configured. Set GATEWAY_API_TOKEN instead.",
    )
}

fn not_offered(fault: &ProviderFault) -> Problem {
    tracing::warn!(%fault, "no sign-in at the command line");
    match fault {
        ProviderFault::Unusable(_) => no_device_flow(),
        _ => Problem::new(
            StatusCode::BAD_GATEWAY,
            "Sign-in isn't possible right now",
            "The sign-in provider doesn't let the gateway begin a sign-in at the command line; the gateway's log says why.",
        ),
    }
}

fn too_many() -> Problem {
    let detail = "Too many sign-ins at the command line are under way; try again in some minutes.";
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "Too many attempts", detail)
}
