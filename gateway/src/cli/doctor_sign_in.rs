//! `gateway doctor`: whether the sign-in provider can be used.

use super::doctor::{Finding, Level};
use crate::access::{self, OidcSettings};
use crate::clock::system;

const CHECK: &str = "sign_in.oidc";

pub(super) async fn look(settings: Option<&OidcSettings>, findings: &mut Vec<Finding>) {
    let Some(settings) = settings else { return };
    let mut add = |level, says| findings.push(Finding { check: CHECK, level, says });
    match access::look_up(settings.clone(), system()).await {
        Ok(told) => add(Level::Ok, told.join("; ")),
        Err(fault) => add(Level::Fault, format!("{fault}. Check `sign_in.oidc` and the way to the provider")),
    }
    if settings.client_secret.is_none() {
        let says = "no `client_secret_file`: the gateway is a public client there, with PKCE alone";
        add(Level::Warning, says.to_owned());
    }
}
