//! `gateway doctor`: whether the sign-in providers can be used.

use super::doctor::{Finding, Level};
use crate::access::{self, GithubSettings, OidcSettings};
use crate::clock::system;

pub(super) async fn look(config: &access::Config, findings: &mut Vec<Finding>) {
    look_at_provider(config.oidc.as_ref(), findings).await;
    look_at_github(config.github.as_ref(), findings).await;
}

async fn look_at_github(settings: Option<&GithubSettings>, findings: &mut Vec<Finding>) {
    let Some(settings) = settings else { return };
    let (level, says) = match access::github_look_up(settings.clone()).await {
        Ok(says) => (Level::Ok, says),
        Err(fault) => (Level::Fault, format!("{fault}. Check `sign_in.github` and the way to GitHub")),
    };
    findings.push(Finding { check: "sign_in.github", level, says });
}

async fn look_at_provider(settings: Option<&OidcSettings>, findings: &mut Vec<Finding>) {
    let Some(settings) = settings else { return };
    let mut add = |level, says| findings.push(Finding { check: "sign_in.oidc", level, says });
    match access::look_up(settings.clone(), system()).await {
        Ok(told) => add(Level::Ok, told.join("; ")),
        Err(fault) => add(Level::Fault, format!("{fault}. Check `sign_in.oidc` and the way to the provider")),
    }
    if settings.client_secret.is_none() {
        let says = "no `client_secret_file`: the gateway is a public client there, with PKCE alone";
        add(Level::Warning, says.to_owned());
    }
}
