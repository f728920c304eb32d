//! `gateway doctor`: whether OpenCode answers and has a usable model. Only where the configuration says how it is
//! reached; the links of plugins are looked at through the running gateway.

use super::doctor::{Finding, Level};
use crate::opencode_ui::Target;
use anyhow::{Context, ensure};
use reqwest::{Client, StatusCode};
use secrecy::ExposeSecret;
use serde_json::Value;
use std::time::Duration;

/// OpenCode answers these at once; its first request of a directory would take longer.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) async fn look(targets: &[Target], findings: &mut Vec<Finding>) {
    for target in targets {
        let at = &target.opencode;
        // An address with a place for the pod's name stands for many.
        if at.contains('{') {
            continue;
        }
        let answer = ask(target, "/global/health").await;
        let reached = answer.is_ok();
        let (level, says) = match answer {
            Ok(health) => {
                (Level::Ok, format!("{at} answers (version {})", health["version"].as_str().unwrap_or("?")))
            }
            Err(error) => (
                Level::Fault,
                format!(
                    "{at} isn't usable ({error:#}). Start it, or fix GATEWAY_OPENCODE_URL and its password"
                ),
            ),
        };
        findings.push(Finding { check: "OpenCode", level, says });
        if reached {
            let (level, says) = models(ask(target, "/config/providers").await);
            findings.push(Finding { check: "models", level, says: format!("{at}: {says}") });
        }
    }
}

async fn ask(target: &Target, path: &str) -> anyhow::Result<Value> {
    let client = Client::builder().timeout(PATIENCE).build()?;
    let mut request = client.get(format!("{}{path}", target.opencode.trim_end_matches('/')));
    if let Some(login) = &target.login {
        request = request.basic_auth(&login.user, Some(login.password.expose_secret()));
    }
    let response = request.send().await?;
    let status = response.status();
    ensure!(status != StatusCode::UNAUTHORIZED, "wrong password");
    ensure!(status.is_success(), "it responded with {status}");
    response.json().await.context("its response is not JSON")
}

/// A provider that OpenCode lists has its key.
fn models(answer: anyhow::Result<Value>) -> (Level, String) {
    let list = match answer {
        Ok(list) => list,
        Err(error) => return (Level::Warning, format!("its models could not be read ({error:#})")),
    };
    let providers = list["providers"].as_array().map(Vec::as_slice).unwrap_or_default();
    let count = |provider: &Value| provider["models"].as_object().map_or(0, serde_json::Map::len);
    let models: usize = providers.iter().map(count).sum();
    if models == 0 {
        let says = "no model is available. Sign in there with `opencode auth login`, or set a provider's key";
        return (Level::Fault, says.to_owned());
    }
    let names: Vec<_> = providers.iter().filter_map(|provider| provider["id"].as_str()).collect();
    (Level::Ok, format!("{models} models of {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn without_a_model_nobody_can_work() {
        let (level, says) = models(Ok(json!({ "providers": [{ "id": "anthropic", "models": {} }] })));
        assert_eq!(level, Level::Fault);
        assert!(says.contains("opencode auth login"), "{says}");
        let listed = json!({ "providers": [{ "id": "scripted", "models": { "scripted-1": {} } }] });
        assert_eq!(models(Ok(listed)), (Level::Ok, "1 models of scripted".to_owned()));
        assert_eq!(models(Err(anyhow::anyhow!("gone"))).0, Level::Warning);
    }
}
