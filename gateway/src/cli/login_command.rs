//! `gateway login`: signs this user's command line in, with a code that they confirm in any browser. `gateway logout` ends that.

use super::api::is_of_this_machine;
use super::stored_sign_ins::{StoredSignIn, StoredSignIns};
use super::{ApiClient, Remote, output};
use crate::clock::system;
use anyhow::{Context, ensure};
use gateway_domain::Person;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use std::process::ExitCode;
use std::time::Duration;

/// Between questions, whatever the gateway says.
const LONGEST_INTERVAL: u64 = 120;

#[derive(Deserialize)]
struct DeviceCode {
    device: String,
    user_code: String,
    address: String,
    address_with_code: Option<String>,
    ends: Timestamp,
    interval_seconds: u64,
}

/// How far it is: the last three once it is confirmed.
#[derive(Deserialize)]
struct DeviceSignIn {
    interval_seconds: Option<u64>,
    token: Option<String>,
    person: Option<Person>,
    ends: Option<Timestamp>,
}

pub(super) async fn login(remote: &Remote) -> anyhow::Result<ExitCode> {
    ensure!(
        remote.url.starts_with("https://") || is_of_this_machine(&remote.url),
        "{} would send your sign-in unencrypted. Use an https:// address.",
        remote.url
    );
    let (stored, api) = (stored()?, ApiClient::unknown(remote)?);
    let code: DeviceCode = api.post("/api/v1/sign-in/device", &json!({ "machine": machine() })).await?;
    show(&code, remote.json)?;
    let (token, person, ends) = confirmed(&api, &code).await?;
    stored.put(&remote.url, StoredSignIn { token, person: person.name.clone(), ends })?;
    let until = ends.strftime("%Y-%m-%d %H:%M UTC");
    if remote.json {
        output::json(&json!({ "person": person, "ends": ends }))?;
    } else {
        output::line(&format!("Signed in as {} until {until}. `gateway logout` ends it.", person.name))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn show(code: &DeviceCode, as_json: bool) -> anyhow::Result<()> {
    let DeviceCode { user_code, address, address_with_code, ends, .. } = code;
    if as_json {
        let shown = json!({ "address": address, "user_code": user_code, "address_with_code": address_with_code, "ends": ends });
        return Ok(output::json(&shown)?);
    }
    output::line(&format!("Open {address} in a browser and enter the code {user_code}"))?;
    if let Some(whole) = address_with_code {
        output::line(&format!("or open {whole} and check that it shows the same code."))?;
    }
    Ok(output::line("Waiting until you confirm it there …")?)
}

async fn confirmed(api: &ApiClient, code: &DeviceCode) -> anyhow::Result<(String, Person, Timestamp)> {
    let mut interval = code.interval_seconds;
    loop {
        tokio::time::sleep(Duration::from_secs(interval.clamp(1, LONGEST_INTERVAL))).await;
        ensure!(system().now() < code.ends, "The code wasn't entered in time. Run `gateway login` again.");
        let asked = json!({ "device": code.device });
        let told: DeviceSignIn = api.post("/api/v1/sign-in/device/token", &asked).await?;
        if let (Some(token), Some(person), Some(ends)) = (told.token, told.person, told.ends) {
            return Ok((token, person, ends));
        }
        interval = told.interval_seconds.unwrap_or(interval);
    }
}

pub(super) async fn logout(remote: &Remote) -> anyhow::Result<ExitCode> {
    let stored = stored()?;
    let Some(StoredSignIn { token, .. }) = stored.at(&remote.url, system().now())? else {
        stored.remove(&remote.url)?;
        output::line(&format!("You are not signed in at {}.", remote.url))?;
        return Ok(ExitCode::SUCCESS);
    };
    let api = ApiClient::unknown(remote)?.bearing(token);
    // The word is thrown away only once it is worth nothing.
    api.act("/api/v1/sign-out", &json!({})).await?;
    stored.remove(&remote.url)?;
    output::line("Signed out.")?;
    Ok(ExitCode::SUCCESS)
}

fn stored() -> anyhow::Result<StoredSignIns> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    StoredSignIns::of_user(&variable)
        .context("There is no folder for the sign-in: set HOME, or XDG_CONFIG_HOME to an absolute path")
}

/// What the person recognizes this machine by, in the list of their sign-ins.
fn machine() -> String {
    let named = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = named.or_else(|| std::env::var("HOSTNAME").ok()).unwrap_or_default();
    name.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')).take(64).collect()
}
